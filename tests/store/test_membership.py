"""What the kiosk is to central: sealed, counted without end, and forgotten when it leaves."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.domain.errors import Refused
from kiosk.domain.reckoning import Doubt
from kiosk.domain.trust import Levels, Strictness
from kiosk.passes.keys import PassKey
from kiosk.store import Store
from kiosk.sync.ports import Inbox, Membership, Outbox
from kiosk.wire import signing
from kiosk.wire.pushed import Kind
from tests.fakes.clock import FakeClock
from tests.store.making import NOON, a_pass, all_bytes, open_store, query, somebody
from tests.store.syncing import (
    CREDENTIALS,
    URL,
    a_key,
    a_known_pass,
    a_person,
    a_policy,
    gone,
    of_kind,
    pair,
    settled,
    told,
)


def test_a_paired_kiosk_remembers_with_whom_and_by_what(store: Store, folder: Path) -> None:
    assert store.membership.member() is None
    pair(store)
    with open_store(folder) as again:
        member = again.membership.member()
    assert member is not None
    assert (member.url, member.credentials, member.contact_utc) == (URL, CREDENTIALS, None)
    assert store.membership.sites() == {"here"}
    assert store.membership.epoch() == "epoch1"


def test_token_and_device_key_lie_sealed_on_the_disk(store: Store, folder: Path) -> None:
    key = store.membership.device_key()
    pair(store)
    store.membership.renew("n" * 32)
    content = all_bytes(folder)
    assert not [secret for secret in (key, b"t" * 32, b"n" * 32) if secret in content]


def test_two_connections_make_one_device_key(store: Store, folder: Path) -> None:
    with open_store(folder) as other:
        assert other.membership.device_key() == store.membership.device_key() == other.membership.device_key()


def test_a_new_token_takes_the_place_of_the_old(store: Store) -> None:
    store.membership.renew("n" * 32)
    assert store.membership.member() is None
    pair(store)
    store.membership.renew("n" * 32)
    member = store.membership.member()
    assert member is not None
    assert member.credentials == CREDENTIALS.model_copy(update={"token": "n" * 32})


def test_a_kiosk_that_is_paired_is_not_paired_again(store: Store) -> None:
    pair(store)
    with pytest.raises(Refused, match="paired already"):
        store.membership.join("https://other.example", CREDENTIALS, NOON)
    member = store.membership.member()
    assert member is not None
    assert member.url == URL


def test_a_counter_is_never_given_twice(store: Store, folder: Path) -> None:
    blocks = [store.membership.reserve(signing.Lane.MAIN, 10) for _ in range(3)]
    with open_store(folder) as other:
        blocks.append(other.membership.reserve(signing.Lane.MAIN, 10))
    assert blocks == [1, 11, 21, 31]
    assert store.membership.reserve(signing.Lane.STREAM, 1) == 1
    store.membership.raise_counter(signing.Lane.MAIN, 100)
    store.membership.raise_counter(signing.Lane.MAIN, 50)
    store.membership.raise_counter(signing.Lane.FILE, 6)
    assert store.membership.reserve(signing.Lane.MAIN, 1) == 101
    assert store.membership.reserve(signing.Lane.FILE, 1) == 7
    pair(store)
    store.membership.leave(NOON, revoked=True)
    assert store.membership.reserve(signing.Lane.MAIN, 1) == 102


@pytest.mark.parametrize("revoked", [False, True])
def test_who_leaves_keeps_whom_it_enrolled_unless_central_took_that_away(store: Store, *, revoked: bool) -> None:
    pair(store)
    confirmed, told_of = (store.people.enrol(somebody(name), NOON).id for name in ("Confirmed", "Told Of"))
    settled(store)
    told(store, a_person(told_of, 2, name="Told Of"), a_person("ann"), a_known_pass("p1"), a_known_pass("p2", told_of))
    unheard = store.people.enrol(somebody("Unheard"), NOON).id
    count = store.membership.leave(NOON, revoked=revoked)
    expected = {unheard} if revoked else {unheard, confirmed, told_of}
    assert {person.id for person in store.people.everybody()} == expected
    assert count == (3 if revoked else 1)
    assert not store.passes.passes_of(told_of)


def test_who_left_keeps_nothing_of_central(store: Store, folder: Path) -> None:
    pair(store)
    other = PassKey.generate()
    told(store, a_person("ann", name="Ann"), a_key(other.id.hex(), other.public_bytes), a_policy("strictest"))
    device = store.membership.device_key()
    sealed = query(folder, "SELECT name, extra FROM people UNION ALL SELECT vector, NULL FROM templates")
    sealed += query(folder, "SELECT sealed, NULL FROM secrets WHERE name IN ('device-key', 'credentials')")
    store.membership.leave(NOON, revoked=True)
    assert (store.membership.member(), store.inbox.cursor(), store.inbox.policy()) == (None, "", None)
    assert store.membership.sites() == frozenset()
    assert store.secrets.good_keys() == store.secrets.pass_keys()
    assert store.outbox.waiting().waiting == 0
    content = all_bytes(folder)
    assert not [value for row in sealed for value in row if value is not None and value[:60] in content]
    assert store.membership.device_key() != device
    assert store.journal.chain.verify().holds
    assert store.membership.leave(NOON, revoked=True) == 0


def test_a_kiosk_that_joins_again_tells_everything_also_whom_it_erased_meanwhile(store: Store) -> None:
    pair(store)
    stays, erased = (store.people.enrol(somebody(name), NOON).id for name in ("Stays", "Erased"))
    settled(store)
    store.membership.leave(NOON, revoked=False)
    store.people.erase(erased, NOON)
    pair(store)
    items = settled(store)
    assert [item.body["id"] for item in of_kind(items, Kind.PERSON)] == [stays]
    assert [item.body["person"] for item in of_kind(items, Kind.ERASURE)] == [erased]


def contact(store: Store, at_utc: datetime) -> None:
    store.membership.contacted(at_utc)


def test_central_moves_the_time_on_that_passes_expire_by_and_never_back(store: Store, clock: FakeClock) -> None:
    pair(store)
    contact(store, NOON + timedelta(hours=2))
    reckoned = store.seen.reckon()
    assert (reckoned.utc, reckoned.doubt) == (NOON + timedelta(hours=2), Doubt.RAN_BACKWARDS)
    contact(store, NOON + timedelta(hours=1))
    assert store.seen.latest() == NOON + timedelta(hours=2)
    clock.advance(2 * 3600)
    assert store.seen.reckon().doubt is None
    member = store.membership.member()
    assert member is not None
    assert member.contact_utc == NOON + timedelta(hours=1)


def test_a_central_whose_clock_is_days_off_is_not_believed_and_that_is_noted_once(store: Store) -> None:
    pair(store)
    before = store.seen.latest()
    for _ in range(2):
        contact(store, NOON + timedelta(days=3))
    assert store.seen.latest() == before
    assert store.membership.clock_doubt() == NOON + timedelta(days=3)
    assert [event.kind for event in store.journal.events()].count("clock-differs") == 1
    contact(store, NOON + timedelta(seconds=1))
    assert store.membership.clock_doubt() is None


def test_a_central_whose_clock_was_ahead_for_a_while_is_taken_at_its_word_when_it_takes_that_back(
    store: Store, clock: FakeClock
) -> None:
    pair(store)
    for hours in (2, 20):
        contact(store, NOON + timedelta(hours=hours))
    assert store.seen.reckon().doubt is Doubt.RAN_BACKWARDS
    clock.advance(60)
    contact(store, NOON + timedelta(seconds=90))
    assert store.seen.reckon().doubt is None
    assert store.seen.latest() == NOON + timedelta(seconds=90)


def test_a_central_that_runs_further_and_further_ahead_is_followed_for_a_day_at_most(store: Store) -> None:
    pair(store)
    for hours in range(0, 100, 10):
        contact(store, NOON + timedelta(hours=hours))
    assert store.seen.latest() == NOON + timedelta(hours=20)
    assert store.membership.clock_doubt() is not None


def test_a_clock_that_was_set_back_is_not_believed_because_central_was_asked_in_between(
    store: Store, clock: FakeClock
) -> None:
    pair(store)
    clock.advance(10 * 3600)
    store.journal.note("enrolled", clock.utc())
    clock.advance(-5 * 3600)
    contact(store, NOON + timedelta(hours=10))
    contact(store, NOON + timedelta(hours=5))
    assert store.seen.reckon().doubt is Doubt.RAN_BACKWARDS
    assert store.seen.latest() == NOON + timedelta(hours=10)


def test_a_contact_after_leaving_changes_nothing(store: Store) -> None:
    contact(store, NOON + timedelta(hours=2))
    assert store.seen.latest() is None
    assert store.membership.member() is None


def test_staffs_levels_and_passes_of_here_outlive_the_membership(store: Store) -> None:
    pair(store)
    person = store.people.enrol(somebody(), NOON).id
    store.passes.keep(a_pass(person))
    chosen = Levels(Strictness.STRICT, Strictness.STRICT)
    store.policy.choose(chosen, NOON)
    settled(store)
    store.membership.leave(NOON, revoked=False)
    assert store.policy.levels() == chosen
    assert [one.id for one in store.passes.passes_of(person)] == ["pass-1"]


def test_an_erasure_outlives_the_membership(store: Store) -> None:
    pair(store)
    told(store, gone("ann", erased=True))
    store.membership.leave(NOON, revoked=False)
    pair(store)
    told(store, a_person("ann"))
    assert not store.people.everybody()


def test_the_store_is_what_the_engine_asks_for(store: Store) -> None:
    """Held by the type checker; at run time, that each is there."""
    parts: tuple[Outbox, Inbox, Membership] = (store.outbox, store.inbox, store.membership)
    assert [part is not None for part in parts] == [True] * 3
