"""Kiosks are woken when there is something for them, wherever it was written, and let go when they may not listen."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import text

from kiosk.central.database import open_database
from kiosk.runtime.clock import SystemClock
from tests.central.live import listening
from tests.central.making import Running
from tests.central.syncing import Puller, a_kiosk

SOON_S = 2.0


@pytest.fixture(scope="module")
def address(central: Running) -> Iterator[str]:
    with listening(central) as address:
        yield address


@contextmanager
def woken(address: str, kiosk: Puller) -> Iterator[Iterator[str]]:
    """The lines of the stream, from the first sign of life on."""
    with httpx.stream("GET", f"{address}/v1/kiosk/stream", headers=kiosk.token, timeout=30) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines).startswith("retry: ")
        yield lines


def settled(kiosk: Puller) -> Puller:
    """With nothing more to pull, which central knows."""
    kiosk.sync().page()
    return kiosk


def quiet(lines: Iterator[str]) -> None:
    """The stream is open, and there was nothing before."""
    assert [next(lines), next(lines)] == ["", ":"]


def until_wake(lines: Iterator[str]) -> None:
    for line in lines:
        if line == "event: wake":
            return
    raise EOFError


def test_a_kiosk_is_woken_soon_after_a_commit_of_another_process(central: Running, address: str) -> None:
    kiosk = settled(a_kiosk(central))
    other = open_database(central.settings.database_url, central.settings.database)

    async def write() -> None:
        async with other.writing() as session:
            await session.execute(
                text("INSERT INTO policies VALUES ('site','normal','strict',true,true,null,365,'[\"en\"]',:now,1)"),
                {"now": central.clock.utc().replace(tzinfo=None) if not other.is_postgresql else central.clock.utc()},
            )
        await other.close()

    clock = SystemClock()
    with woken(address, kiosk) as lines:
        quiet(lines)
        began = clock.monotonic()
        central.run(write)
        until_wake(lines)
        assert clock.monotonic() - began < SOON_S
    assert kiosk.sync().policy.version == 1


def test_what_came_before_it_listened_wakes_a_kiosk_too(central: Running, address: str) -> None:
    kiosk = settled(a_kiosk(central))
    central.person("Came Before")
    with woken(address, kiosk) as lines:
        until_wake(lines)


def test_a_kiosk_sleeps_through_what_is_not_for_it(central: Running, address: str) -> None:
    kiosk, other = settled(a_kiosk(central, site="quiet site")), settled(a_kiosk(central))
    with woken(address, kiosk) as calm, woken(address, other) as busy:
        quiet(calm)
        quiet(busy)
        central.person("Of The Other Site")
        until_wake(busy)
        other.sync()
        central.admin("PUT", "/v1/policies/quiet site", json={"version": 0})
        until_wake(calm)
    before = kiosk.cursor
    assert [change.kind for change in kiosk.page().changes] == ["policy"] and kiosk.cursor == before


def test_a_stream_ends_when_its_kiosk_is_revoked(central: Running, address: str) -> None:
    kiosk = settled(a_kiosk(central))
    with woken(address, kiosk) as lines:
        quiet(lines)
        central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke")
        central.clock.forward(minutes=1)
        central.person("After It Was Revoked")  # the stream looks again when there is something to say
        assert "event: wake" not in list(lines)
    refused = httpx.get(f"{address}/v1/kiosk/stream", headers=kiosk.token, timeout=10)
    assert refused.status_code in (401, 410)


def test_without_a_kiosk_s_token_nothing_is_told(central: Running, address: str) -> None:
    assert httpx.get(f"{address}/v1/kiosk/stream", timeout=10).status_code == 401
