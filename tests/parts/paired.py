"""What central tells a paired kiosk, as the tests of rules need it."""

from typing import Any

from kiosk.domain.people import Person
from kiosk.store import Store
from kiosk.wire.pairing import Credentials
from kiosk.wire.pulled import Change, Known, Notice, Page, SitePolicy

CREDENTIALS = Credentials(
    kiosk="kiosk-1", token="t" * 32, name="By the door", site="harbour", signer=bytes(32), epoch="e"
)


def join(store: Store) -> None:
    """From now on the kiosk is paired."""
    store.membership.join("https://central.example", CREDENTIALS, store.journal.clock.utc())


def tell(store: Store, *changes: Change) -> None:
    """Central says that, to a kiosk that is paired by then."""
    if store.membership.member() is None:
        join(store)
    after, now = store.inbox.cursor(), store.journal.clock.utc()
    page = Page(
        changes=list(changes), cursor=f"e.{len(after) + 1}.v", more=False, epoch="e", site="harbour", at_utc=now
    )
    assert not store.inbox.apply(page, after, now).stale


def person(who: Person, **rules: Any) -> Change:
    """Somebody as they are, with these rules."""
    known = Known(**({"id": who.id, "version": 1, "name": who.name, "enrolled_utc": who.enrolled_utc} | rules))
    return Change(kind="person", person=known)


def policy(**rules: Any) -> Change:
    """The site's policy."""
    return Change(kind="policy", policy=SitePolicy(**({"version": 1, "search_level": "", "claim_level": ""} | rules)))


def notice(language: str, text: str = "What is kept, and why.") -> Change:
    """A privacy notice of the site."""
    return Change(kind="notice", notice=Notice(language=language, version=f"harbour-{language}-1", text=text))
