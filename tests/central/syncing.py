"""A kiosk as central sees it: pulls that it applies, and pushes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
from httpx import Response

from kiosk.domain.ids import new_id
from kiosk.wire import forms
from kiosk.wire.fields import packed
from kiosk.wire.forms import CBOR
from kiosk.wire.pulled import Gone, Known, Page
from kiosk.wire.pushed import Answered, Item, Push, PushAnswer
from tests.central.making import Running
from tests.central.test_fleet import made

NUMBERS = count(1)
PAGES_MOST = 200
CONSENT = {"text_version": "kept-1", "language": "en", "given_utc": "2026-11-21T10:00:00Z", "channel": "kiosk"}


@dataclass
class Puller:
    """A kiosk that keeps what it is told, as the wire says."""

    central: Running
    id: str
    token: dict[str, str]
    cursor: str = ""
    people: dict[str, Known] = field(default_factory=dict)
    passes: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    notices: dict[str, Any] = field(default_factory=dict)
    policy: Any = None
    model: Any = None
    gone: list[tuple[str, bool]] = field(default_factory=list)
    last_gone: Gone | None = None
    named: set[str] | None = None
    reasons: list[str] = field(default_factory=list)

    def page(self, limit: int = 500) -> Page:
        query = {"cursor": self.cursor, "limit": limit}
        headers = {**self.token, "Accept": CBOR}
        answer = self.central.nobody("GET", "/v1/kiosk/pull", headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        return forms.read(answer.content, Page)

    def pull(self, limit: int = 500) -> bool:
        """Apply one page; whether there is more."""
        page = self.page(limit)
        assert len(page.changes) <= limit
        if page.reset:
            self.named = set()
            self.reasons.append(page.reason)
        for change in page.changes:
            self._apply(change)
        if self.named is not None and not page.more:
            self.people = {one: who for one, who in self.people.items() if one in self.named}
            self.named = None
        self.cursor = page.cursor
        return page.more

    def sync(self, limit: int = 500) -> "Puller":
        """Pull until there is nothing more."""
        for _ in range(PAGES_MOST):
            if not self.pull(limit):
                return self
        raise AssertionError("the feed does not end")

    def push(self, *items: dict[str, Any]) -> list[Answered]:
        answer = self.send(*items)
        assert answer.status_code == 200, answer.text
        return PushAnswer.model_validate(answer.json()).answers

    def told(self, kind: str, **body: Any) -> tuple[str, str]:
        """Push one item; the answer and the reason."""
        (answer,) = self.push(an_item(kind, body))
        return answer.answer.value, answer.reason

    def send(self, *items: dict[str, Any]) -> Response:
        push = Push(store="store", items=[Item.model_validate(item) for item in items])
        headers = {**self.token, "Content-Type": CBOR}
        return self.central.nobody("POST", "/v1/kiosk/push", headers=headers, content=forms.written(push))

    def _apply(self, change: Any) -> None:
        if change.kind == "person":
            self.people[change.person.id] = change.person
            if self.named is not None:
                self.named.add(change.person.id)
        elif change.kind == "gone":
            self.people.pop(change.gone.id, None)
            self.gone.append((change.gone.id, change.gone.erased))
            self.last_gone = change.gone
        elif change.kind == "pass-gone":
            self.passes.pop(change.pass_gone, None)
        else:
            self._keep(change)

    def _keep(self, change: Any) -> None:
        if change.kind == "pass":
            self.passes[change.pass_.id] = change.pass_
        elif change.kind == "key":
            self.keys[change.key.id] = change.key
        elif change.kind == "notice":
            self.notices[change.notice.language] = change.notice
        else:
            setattr(self, change.kind, getattr(change, change.kind))


def a_kiosk(central: Running, **more: Any) -> Puller:
    kiosk, token = made(central, f"Syncing {next(NUMBERS)}", **more)
    return Puller(central, kiosk["id"], token)


def an_item(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"id": new_id(datetime.now(UTC)), "seq": next(NUMBERS), "kind": kind, "body": body}


def somebody(name: str = "Kay Iosk", faces: int = 1, **more: Any) -> dict[str, Any]:
    """Somebody enrolled at a kiosk, with an id as kiosks make them."""
    number = next(NUMBERS)
    usual = {
        "id": f"personabcdefg{number:03d}"[-16:],
        "name": name,
        "enrolled_utc": "2026-11-20T09:00:00Z",
        "consents": [CONSENT] if faces else [],
        "faces": [a_face() for _ in range(faces)],
    }
    return usual | more


def a_face(**more: Any) -> dict[str, Any]:
    number = next(NUMBERS)
    vector = np.random.default_rng(number).normal(size=128).astype(np.float32)
    usual = {
        "id": f"template{number:08d}",
        "model": "a model",
        "samples": 5,
        "made_utc": "2026-11-20T09:00:00Z",
        "vector": packed(vector / np.linalg.norm(vector)),
    }
    return usual | more
