"""What is pushed when central fails: nothing overtakes what it needs, and no item is blamed for a proxy."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx

from kiosk.domain.errors import Busy
from kiosk.domain.people import Pass
from kiosk.sync.outgoing import Outgoing
from kiosk.wire import forms
from kiosk.wire.pushed import ITEMS_MOST, Answer, Answered, Item, Kind, Push
from tests.store.making import NOON, a_decision, open_store, somebody
from tests.store.syncing import pair, settled
from tests.sync.making import Kiosk

NUMBERS = itertools.count(1)


def items_of(request: httpx.Request) -> list[Item]:
    if not request.url.path.endswith("/push"):
        return []
    content = request.read()
    plain = forms.unpacked(content) if request.headers.get("Content-Encoding") == "gzip" else content
    return list(forms.read(plain, Push).items)


def bad_gateway(_request: httpx.Request | None = None) -> httpx.Response:
    return httpx.Response(502, stream=httpx.ByteStream(b"<html>502 Bad Gateway</html>"))


def failing(is_bad: Callable[[Item], bool]) -> Callable[[httpx.Request], httpx.Response | None]:
    """A central that fails on some items, whatever they are pushed with."""
    return lambda request: bad_gateway() if any(is_bad(item) for item in items_of(request)) else None


def enrolled_with_pass(kiosk: Kiosk, name: str = "Ada Lovelace", seed: int = 0) -> str:
    person = kiosk.enrol(name, seed)
    now = kiosk.clock.utc().replace(microsecond=0)
    ends, number = now + timedelta(hours=8), f"01890000-0000-7000-8000-{next(NUMBERS):012d}"
    kiosk.store.passes.keep(Pass(number, person, "north", now, ends, single_use=False))
    return person


def test_a_proxy_that_answers_for_a_central_that_restarts_changes_no_order(kiosk: Kiosk) -> None:
    kiosk.run()
    kiosk.network.rule = bad_gateway
    enrolled_with_pass(kiosk)
    kiosk.run(300)
    kiosk.network.rule = lambda _request: None
    kiosk.run(30)
    assert kiosk.store.outbox.dead(10) == ()
    assert kiosk.store.outbox.waiting().waiting == 0


def test_nothing_overtakes_what_it_needs_while_only_pushes_fail(kiosk: Kiosk) -> None:
    kiosk.run()
    kiosk.network.rule = lambda request: bad_gateway() if items_of(request) else None
    person = enrolled_with_pass(kiosk)
    kiosk.store.people.rename(person, "Ada King", kiosk.clock.utc())
    kiosk.run(600)
    kiosk.network.rule = lambda _request: None
    kiosk.run(60)
    assert kiosk.store.outbox.dead(10) == ()
    assert kiosk.store.outbox.waiting().waiting == 0


def test_what_needs_an_item_that_central_fails_on_waits_and_all_else_goes(kiosk: Kiosk) -> None:
    kiosk.run()
    bad = enrolled_with_pass(kiosk, "Bad Luck")
    enrolled_with_pass(kiosk, "Good Luck", seed=1)
    kiosk.store.people.rename(bad, "Worse Luck", kiosk.clock.utc())
    kiosk.network.rule = failing(lambda item: item.body.get("id") == bad)
    kiosk.run(600)
    left = kiosk.store.outbox.pending(100)
    assert [item.kind for item in left] == [Kind.PERSON, Kind.PASS, Kind.EDIT]
    kiosk.network.rule = lambda _request: None
    kiosk.run(60)
    assert kiosk.store.outbox.dead(10) == ()
    assert kiosk.store.outbox.waiting().waiting == 0


def test_more_bad_items_than_a_batch_hold_up_nothing_behind_them(tmp_path: Path) -> None:
    with open_store(tmp_path / "store") as store:
        pair(store)
        settled(store)
        for number in range(ITEMS_MOST + 1):
            store.journal.record(a_decision(f"bad-{number}"), NOON)
        store.people.erase(store.people.enrol(somebody(), NOON).id, NOON)
        outgoing, arrived = Outgoing(store.outbox, "store"), list[Item]()

        def exchange(pushes: int) -> None:
            for _ in range(pushes):
                push = outgoing.next(receipts=True)
                if push is None:
                    return
                outgoing.note_answer()
                if any(item.kind == Kind.EVENT and item.body["outcome"] == "unknown" for item in push.items):
                    outgoing.failed(Busy("central can't answer now (500)"), NOON)
                    continue
                arrived.extend(push.items)
                outgoing.answered(push, [Answered(id=item.id, answer=Answer.ACCEPTED) for item in push.items], NOON)

        exchange(5 * ITEMS_MOST)
        assert Kind.ERASURE in {item.kind for item in arrived}
        arrived.clear()
        store.people.erase(store.people.enrol(somebody(), NOON).id, NOON)
        exchange(2)
        assert Kind.ERASURE in {item.kind for item in arrived}, "it waited for all that were tried again"
        assert store.outbox.waiting().waiting == ITEMS_MOST + 1
