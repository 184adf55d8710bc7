"""What the tests of sync in the store are made of: a paired store, pages of central's, answers to a push."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kiosk.store import Store
from kiosk.wire.fields import packed
from kiosk.wire.pairing import Credentials
from kiosk.wire.pulled import Change, Gone, Known, KnownKey, KnownPass, Page, SitePolicy
from kiosk.wire.pushed import Answer, Answered, Consented, Face, Item, Kind
from tests.store.making import MODEL, NOON, an_embedding

URL = "https://central.example"
CREDENTIALS = Credentials(
    kiosk="kiosk-1", token="t" * 32, name="By the door", site="here", signer=bytes(32), epoch="epoch1"
)


def pair(store: Store) -> int:
    return store.membership.join(URL, CREDENTIALS, NOON)


def settled(store: Store) -> Sequence[Item]:
    """Everything that waits, taken by central."""
    items: list[Item] = []
    while found := store.outbox.pending(100):
        items += found
        answer_all(store, found)
    return items


def answer_all(store: Store, items: Sequence[Item], answer: Answer = Answer.ACCEPTED, reason: str = "") -> None:
    store.outbox.settle([Answered(id=item.id, answer=answer, reason=reason) for item in items], NOON)


def of_kind(items: Sequence[Item], *kinds: Kind) -> list[Item]:
    return [item for item in items if item.kind in kinds]


def a_face(seed: int = 0, number: str = "", vector: bytes = b"") -> Face:
    vector = vector or packed(an_embedding(seed).vector)
    return Face(id=number or f"face-{seed}", model=MODEL, samples=5, made_utc=NOON, vector=vector)


def a_person(number: str = "ann", version: int = 1, name: str = "Ann Example", **more: Any) -> Change:
    faces = more.pop("faces", [a_face(sum(number.encode()), f"face-of-{number}")])
    consents = [Consented(text_version="2026-01", language="en", given_utc=NOON, channel="screen")]
    known = Known(
        id=number, version=version, name=name, enrolled_utc=NOON, faces=faces, consents=more.pop("consents", consents),
        **more
    )  # fmt: skip
    return Change(kind="person", person=known)


def gone(number: str = "ann", *, erased: bool = False) -> Change:
    return Change(kind="gone", gone=Gone(id=number, erased=erased))


def a_known_pass(number: str = "p1", person: str = "ann", **more: Any) -> Change:
    dates = {"not_before_utc": NOON, "expires_utc": NOON + timedelta(hours=8)}
    return Change(kind="pass", pass_=KnownPass(**({"id": number, "person": person, "site": "here"} | dates | more)))


def a_key(number: str, public: bytes, **more: Any) -> Change:
    return Change(kind="key", key=KnownKey(id=number, public=public, **more))


def a_policy(search: str = "strict", claim: str = "normal", *, keep_pictures: bool = True) -> Change:
    rest = {"windows_apply": False, "keep_pictures": keep_pictures}
    policy = SitePolicy(version=1, search_level=search, claim_level=claim, **rest)
    return Change(kind="policy", policy=policy)


def a_page(*changes: Change, cursor: str = "e.1.v", **more: Any) -> Page:
    rest = {"more": False, "epoch": "e", "site": "here", "at_utc": NOON} | more
    return Page(changes=list(changes), cursor=cursor, **rest)


def told(store: Store, *changes: Change, **more: Any) -> tuple[str, ...]:
    """Central says that; who is gone."""
    after = store.inbox.cursor()
    position = int(after.split(".")[1]) + 1 if after else 1
    applied = store.inbox.apply(a_page(*changes, **({"cursor": f"e.{position}.v"} | more)), after, NOON)
    assert not applied.stale
    return applied.gone
