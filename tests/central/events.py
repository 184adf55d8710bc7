"""Events as a kiosk would write them, and pushing them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from httpx import Response

from kiosk.domain.ids import new_id
from tests.central.making import Running
from tests.central.test_fleet import made

NUMBERS = count(1)


def an_event(**more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    usual = {"id": new_id(now), "seq": next(NUMBERS), "kind": "recognised", "taken_utc": now.isoformat()}
    return usual | more


def push(central: Running, token: dict[str, str], *events: dict[str, Any]) -> Response:
    return central.nobody("POST", "/v1/kiosk/events", headers=token, json={"events": list(events)})


def answers(central: Running, token: dict[str, str], *events: dict[str, Any]) -> list[str]:
    """What became of each."""
    answer = push(central, token, *events)
    assert answer.status_code == 200, answer.text
    return [receipt["answer"] for receipt in answer.json()["receipts"]]


def pushed(central: Running, *events: dict[str, Any], name: str = "", **more: Any) -> dict[str, Any]:
    """A new kiosk that pushed these events."""
    kiosk, token = made(central, name or f"Kiosk {next(NUMBERS)}", **more)
    assert set(answers(central, token, *events)) <= {"accepted"}
    return kiosk


def kept(central: Running, **sought: Any) -> list[dict[str, Any]]:
    answer = central.admin("GET", "/v1/events", params=sought)
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events
