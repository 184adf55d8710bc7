"""What central told: applied whole or not at all, erased for good, and never against what this kiosk alone knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.access import Access, Window
from kiosk.domain.errors import BadInput, NotFound, Refused
from kiosk.domain.people import Consent, PassClaims
from kiosk.domain.sight import Chip, frozen
from kiosk.domain.trust import Levels, Strictness
from kiosk.passes.keys import PassKey, PublicPassKey
from kiosk.store import Store
from kiosk.store.tidying import FIRST_S
from kiosk.wire.fields import packed
from kiosk.wire.pulled import Change, DueModel, Gone, Notice
from kiosk.wire.pulled import Window as ToldWindow
from kiosk.wire.pushed import Answer, Consented, Kind
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, a_decision, a_pass, all_bytes, an_embedding, open_store, query, somebody
from tests.store.syncing import (
    a_face,
    a_key,
    a_known_pass,
    a_page,
    a_person,
    a_policy,
    answer_all,
    gone,
    of_kind,
    pair,
    settled,
    told,
)

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def paired(store: Store) -> Store:
    pair(store)
    settled(store)
    return store


def names(store: Store) -> list[str]:
    return [person.name for person in store.people.everybody()]


def claims(number: str, person: str = "ann", *, single_use: bool = False) -> PassClaims:
    return PassClaims(number, person, "here", NOON, NOON + timedelta(hours=8), single_use)


def test_somebody_of_centrals_is_as_somebody_enrolled_here(paired: Store) -> None:
    told(paired, a_person("ann", name="Ann Example", faces=[a_face(1), a_face(2)]))
    assert paired.people.find("ann").name == "Ann Example"
    assert [consent.text_version for consent in paired.people.consents("ann")] == ["2026-01"]
    templates = paired.people.templates(MODEL)
    assert [template.id for template in templates] == ["face-1", "face-2"]
    assert templates[0].embedding.vector == pytest.approx(an_embedding(1).vector, abs=1e-3)
    assert paired.doctor().sound


@pytest.mark.parametrize("odd", [("bea",), ("bea", "cyd", "dan")], ids=["one", "most"])
def test_templates_that_can_not_be_of_their_model_keep_nobody_else_from_being_recognised(
    paired: Store, odd: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    short = packed(an_embedding(3, size=64).vector)
    told(paired, a_person("ann"), *(a_person(one, faces=[a_face(1, one, short)]) for one in odd))
    for _ in range(2):
        assert [template.person for template in paired.people.templates(MODEL, 128)] == ["ann"]
    assert len(caplog.records) == 1
    assert paired.doctor().sound


def test_nothing_of_central_lies_in_the_clear(paired: Store, folder: Path) -> None:
    told(paired, a_person("ann", name="Quillfeather Umbrage", valid_until_utc=LATER, nickname="Quillo"))
    content = all_bytes(folder)
    assert b"Quillfeather" not in content
    assert b"Quillo" not in content
    assert a_face(sum(b"ann")).vector[:40] not in content


def test_rules_of_central_are_said_by_person(paired: Store) -> None:
    window = ToldWindow(weekdays=[0, 4], from_minute=480, until_minute=1020)
    told(paired, a_person("ann", valid_from_utc=NOON, valid_until_utc=LATER, windows=[window]), a_person("bea"))
    told(paired, a_person("bea", 2, disabled=True))
    paired.people.enrol(somebody(), NOON)
    assert paired.people.access() == {
        "ann": Access(NOON, LATER, (Window(frozenset({0, 4}), 480, 1020),), disabled=False),
        "bea": Access(disabled=True),
    }


def test_a_page_after_another_cursor_changes_nothing(paired: Store) -> None:
    told(paired, a_person("ann"))
    applied = paired.inbox.apply(a_page(a_person("bea"), cursor="e.9.v"), "e.7.v", NOON)
    assert applied.stale
    assert paired.inbox.cursor() == "e.1.v"
    assert names(paired) == ["Ann Example"]


def test_a_page_with_what_no_message_can_hold_changes_nothing(paired: Store) -> None:
    with pytest.raises(BadInput):
        told(paired, a_person("ann", novel="\ud800"))
    assert (names(paired), paired.inbox.cursor()) == ([], "")


def test_a_page_for_a_kiosk_that_left_changes_nothing(paired: Store) -> None:
    paired.membership.leave(NOON, revoked=False)
    assert paired.inbox.apply(a_page(a_person("ann")), "", NOON).stale
    assert not names(paired)


def test_a_page_says_what_it_changed(paired: Store) -> None:
    first = paired.inbox.apply(a_page(a_person("ann"), cursor="1"), "", NOON)
    assert (first.gallery, first.gone, first.stale) == (True, (), False)
    second = paired.inbox.apply(a_page(a_policy(), cursor="2"), "1", NOON)
    assert (second.gallery, second.rules) == (False, True)
    third = paired.inbox.apply(a_page(gone("ann"), cursor="3"), "2", NOON)
    assert (third.gallery, third.rules, third.gone) == (True, True, ("ann",))
    fourth = paired.inbox.apply(a_page(cursor="4"), "3", NOON)
    assert (fourth.gallery, fourth.rules, fourth.gone, fourth.model) == (False, False, (), None)


def test_of_passes_and_keys_nobody_has_to_be_told(paired: Store) -> None:
    """The gate asks the store with each pass, as tests/parts/test_fleet_passes.py shows."""
    told(paired, a_person("ann"))
    withdrawn, another = Change(kind="pass-gone", pass_gone="p1"), PassKey.generate()
    pages = (
        [a_known_pass("p1")],
        [a_known_pass("p1", used=True)],
        [withdrawn],
        [a_key(another.id.hex(), another.public_bytes)],
    )
    for number, changes in enumerate(pages, start=2):
        after = paired.inbox.cursor()
        applied = paired.inbox.apply(a_page(*changes, cursor=f"e.{number}.v"), after, NOON)
        assert (applied.stale, applied.gallery, applied.rules) == (False, False, False)


def test_templates_that_central_does_not_name_any_more_go_but_not_those_it_has_not_heard_of(paired: Store) -> None:
    told(paired, a_person("ann", faces=[a_face(1), a_face(2)]))
    paired.people.add_templates("ann", somebody("Ignored", an_embedding(3)), NOON)
    told(paired, a_person("ann", 2, faces=[a_face(1)]))
    assert len(paired.people.templates(MODEL)) == 3
    settled(paired)
    told(paired, a_person("ann", 3, faces=[a_face(1)]))
    assert [template.id for template in paired.people.templates(MODEL)] == ["face-1"]


def test_a_template_made_here_comes_back_from_central_as_exactly_what_it_was(paired: Store) -> None:
    person = paired.people.enrol(somebody(), NOON).id
    (template,) = paired.people.templates(MODEL)
    settled(paired)
    told(paired, a_person(person, faces=[a_face(0, template.id)]))
    (back,) = paired.people.templates(MODEL)
    assert back.embedding.vector.tobytes() == an_embedding().vector.tobytes()


def test_a_template_that_central_moved_to_somebody_else_moves(paired: Store) -> None:
    told(paired, a_person("ann", faces=[a_face(1)]))
    told(paired, a_person("bea", faces=[a_face(1)]), a_person("ann", 2, faces=[]))
    assert [template.person for template in paired.people.templates(MODEL)] == ["bea"]


def test_somebody_who_is_gone_leaves_nothing_but_a_note_and_no_receipt(paired: Store) -> None:
    told(paired, a_person("ann"), a_known_pass("p1"))
    paired.people.disown("ann", an_embedding(9), NOON)
    settled(paired)
    assert told(paired, gone("ann")) == ("ann",)
    assert not names(paired)
    assert not paired.passes.passes_of("ann")
    last = paired.journal.events()[-1]
    assert (last.kind, last.person) == ("removed-by-central", "ann")
    assert [item.kind for item in settled(paired)] == [Kind.EVENT]
    told(paired, a_person("ann", 2))
    assert names(paired) == ["Ann Example"]


def test_nobody_whom_central_has_not_heard_of_is_moved_away(paired: Store) -> None:
    person = paired.people.enrol(somebody(), NOON).id
    assert told(paired, gone(person)) == ()
    assert paired.people.find(person)


@pytest.mark.parametrize("known", [True, False])
def test_an_erasure_leaves_a_receipt_also_for_somebody_who_never_was_here(paired: Store, *, known: bool) -> None:
    if known:
        told(paired, a_person("ann"))
    told(paired, gone("ann", erased=True))
    (receipt,) = of_kind(settled(paired), Kind.RECEIPT)
    assert receipt.body["person"] == "ann"


def test_the_file_is_not_written_anew_for_somebody_who_never_was_here(paired: Store) -> None:
    statements: list[str] = []
    paired._db.conn.set_trace_callback(statements.append)  # noqa: SLF001 - what is said to SQLite
    told(paired, gone("ann", erased=True), gone("bea"))
    assert "VACUUM" not in statements
    told(paired, a_person("cyd"))
    told(paired, gone("cyd"))
    assert statements.count("VACUUM") == 1


def test_no_bytes_of_somebody_whom_central_erased_are_left(paired: Store, folder: Path) -> None:
    others = [a_person(f"other-{number}", name=f"Other {number}") for number in range(30)]
    told(paired, *others)
    told(paired, a_person("ann", faces=[a_face(1), a_face(2)], valid_until_utc=LATER), a_known_pass("pass-of-ann"))
    paired.people.disown("ann", an_embedding(9), NOON)
    paired.people.rename("ann", "Ann Renamed", NOON)
    told(paired, a_person("ann", 2, faces=[a_face(1), a_face(2)]))
    kept = query(folder, "SELECT name, extra, told_name FROM people WHERE id = 'ann'")
    kept += query(folder, "SELECT vector FROM templates WHERE person = 'ann'")
    kept += query(folder, "SELECT vector FROM negatives WHERE person = 'ann'")
    sealed = [value for row in kept for value in row]
    assert len(sealed) == 6
    assert all(value[:60] in all_bytes(folder) for value in sealed)
    told(paired, gone("ann", erased=True))
    assert not [value for value in sealed if value[:60] in all_bytes(folder)]
    assert b"pass-of-ann" not in all_bytes(folder)
    assert of_kind(paired.outbox.pending(100), Kind.RECEIPT)
    assert not of_kind(paired.outbox.pending(100), Kind.EDIT)


def test_a_receipt_waits_while_somebody_still_reads_the_log(paired: Store, folder: Path, clock: FakeClock) -> None:
    told(paired, a_person("ann"))
    with open_store(folder) as reader:
        reader._db.execute("BEGIN")  # noqa: SLF001 - a reader that takes its time, as a long export would
        reader._db.execute("SELECT count(*) FROM people").fetchone()  # noqa: SLF001
        told(paired, gone("ann", erased=True))
        assert not of_kind(paired.outbox.pending(100), Kind.RECEIPT)
        reader._db.rollback()  # noqa: SLF001
    clock.advance(FIRST_S)
    assert of_kind(paired.outbox.pending(100), Kind.RECEIPT)


def test_nobody_who_was_erased_comes_back_by_an_old_page(paired: Store) -> None:
    told(paired, gone("ann", erased=True))
    told(paired, a_person("ann", 9), a_known_pass("p1"))
    person = paired.people.enrol(somebody(), NOON).id
    paired.people.erase(person, NOON)
    told(paired, a_person(person, 3), reset=True)
    assert not names(paired)
    assert not paired.passes.passes_of("ann")


def test_a_reset_removes_whom_it_does_not_name_but_nobody_whom_central_has_not_confirmed(paired: Store) -> None:
    told(paired, a_person("ann"), a_person("bea"), a_known_pass("p1"), a_known_pass("p2", "bea"))
    mine = paired.people.enrol(somebody("Only Here"), NOON)
    told(paired, a_person("ann"), cursor="f.1.v", reset=True, more=True, epoch="f")
    assert len(names(paired)) == 3
    assert told(paired, a_known_pass("p1"), cursor="f.2.v", epoch="f") == ("bea",)
    assert {person.id for person in paired.people.everybody()} == {"ann", mine.id}
    assert [one.id for one in paired.passes.passes_of("ann")] == ["p1"]


def test_a_reset_goes_on_where_it_was_after_a_restart(folder: Path) -> None:
    with open_store(folder) as store:
        pair(store)
        told(store, a_person("ann"), a_person("bea"))
        told(store, a_person("ann"), cursor="f.1.v", reset=True, more=True, epoch="f")
    with open_store(folder) as store:
        assert store.inbox.cursor() == "f.1.v"
        told(store, a_person("cleo"), cursor="f.2.v", epoch="f")
        assert {person.id for person in store.people.everybody()} == {"ann", "cleo"}


@pytest.mark.parametrize("pages", [1, 2])
def test_whom_a_command_told_of_since_a_reset_was_asked_for_does_not_go_with_it(paired: Store, pages: int) -> None:
    mine = paired.people.enrol(somebody(), NOON)
    after = ""
    if pages == 2:
        told(paired, a_person("ann"), cursor="f.1.v", reset=True, more=True, epoch="f")
        after = "f.1.v"
    before = paired.outbox.settled()
    last = a_page(a_person("ann"), cursor="f.2.v", epoch="f", reset=pages == 1)
    answer_all(paired, paired.outbox.pending(100))  # beside the kiosk, while central's page is on its way
    assert paired.inbox.apply(last, after, NOON, before).stale
    assert mine.id in {person.id for person in paired.people.everybody()} and paired.inbox.cursor() == after
    last = last.model_copy(update={"changes": [*last.changes, a_person(mine.id, name="Bea Example")]})
    assert not paired.inbox.apply(last, after, NOON, paired.outbox.settled()).stale
    assert {person.id for person in paired.people.everybody()} == {"ann", mine.id}


def test_a_reset_that_begins_anew_forgets_what_the_first_one_named(paired: Store) -> None:
    told(paired, a_person("ann"), a_person("bea"))
    told(paired, a_person("bea"), cursor="f.1.v", reset=True, more=True, epoch="f")
    told(paired, cursor="f.2.v", more=True, epoch="f")
    told(paired, a_person("ann"), cursor="f.1.w", reset=True, epoch="f")
    assert [person.id for person in paired.people.everybody()] == ["ann"]


def test_somebody_whom_a_restored_central_has_lost_stays_while_they_wait_to_be_told_of(paired: Store) -> None:
    person = paired.people.enrol(somebody(), NOON).id
    settled(paired)
    told(paired, a_person(person))
    paired.outbox.refill()
    assert told(paired, cursor="f.1.v", reset=True, epoch="f") == ()
    answer_all(paired, of_kind(paired.outbox.pending(100), Kind.PERSON), Answer.REJECTED, "no")
    assert told(paired, cursor="g.1.v", reset=True, epoch="g") == ()


def test_a_pass_of_elsewhere_counts_and_one_that_ended_does_not(paired: Store) -> None:
    told(paired, a_known_pass("p1"), a_known_pass("p2", ended_utc=NOON), a_known_pass("p3", single_use=True, used=True))
    told(paired, a_person("ann"))
    assert not paired.passes.is_withdrawn(claims("p1"))
    assert paired.passes.is_withdrawn(claims("p2"))
    assert paired.passes.is_spent(claims("p3", single_use=True))
    assert paired.passes.is_withdrawn(claims("p4"))
    told(paired, Change(kind="pass-gone", pass_gone="p1"))
    assert paired.passes.is_withdrawn(claims("p1"))


def test_a_pass_withdrawn_here_is_not_good_again_because_central_has_not_heard_yet(paired: Store) -> None:
    told(paired, a_person("ann"), a_known_pass("p1"), a_known_pass("p2", single_use=True))
    paired.passes.revoke("p1", NOON)
    told(paired, a_known_pass("p1"))
    assert paired.passes.is_withdrawn(claims("p1"))
    told(paired, a_known_pass("p1", person="bea"))
    assert paired.passes.pass_of("p1").person == "bea"  # as after two people were merged
    assert paired.passes.is_withdrawn(claims("p1"))


def test_a_pass_used_up_elsewhere_is_used_up_here(paired: Store) -> None:
    person = paired.people.enrol(somebody(), NOON).id
    paired.passes.keep(a_pass(person, "mine"))
    told(paired, a_known_pass("mine", person, single_use=True, used=True, ended_utc=NOON))
    assert paired.passes.is_spent(claims("mine", person, single_use=True))


def test_keys_of_elsewhere_check_and_dropped_ones_do_not(paired: Store) -> None:
    other, own = PassKey.generate(), paired.secrets.pass_key()
    told(paired, a_key(other.id.hex(), other.public_bytes), a_key(own.id.hex(), own.public_bytes))
    assert paired.secrets.good_keys() == (own, PublicPassKey(other.public_bytes))
    told(paired, a_key(other.id.hex(), other.public_bytes, dropped_utc=NOON))
    assert paired.secrets.good_keys() == (own,)


def test_a_kiosk_whose_own_key_central_drops_signs_with_a_new_one(paired: Store) -> None:
    own = paired.secrets.pass_key()
    told(paired, a_key(own.id.hex(), own.public_bytes, dropped_utc=NOON))
    fresh = paired.secrets.pass_key()
    assert fresh != own
    assert paired.secrets.good_keys() == (fresh,)
    (told_of,) = of_kind(settled(paired), Kind.PASS_KEY)
    assert told_of.body["public"] == fresh.public_bytes


@pytest.mark.parametrize("later", ["a reset elsewhere", "leaving", "a restored central"])
def test_a_key_of_ours_that_was_dropped_is_never_good_again(paired: Store, later: str) -> None:
    own = paired.secrets.pass_key()
    known = {"number": own.id.hex(), "public": own.public_bytes}
    told(paired, a_key(**known, dropped_utc=NOON), reset=True)
    fresh = paired.secrets.pass_key()
    assert own not in paired.secrets.pass_keys()
    match later:
        case "a reset elsewhere":
            told(paired, site="there", reset=True)
        case "leaving":
            paired.membership.leave(NOON, revoked=False)
            pair(paired)
        case "a restored central":
            told(paired, reset=True)
            told(paired, a_key(**known), reset=True)
    assert own.id not in {key.id for key in paired.secrets.good_keys()}
    assert fresh.id in {key.id for key in paired.secrets.good_keys()}


def test_an_older_key_of_ours_that_central_drops_is_dropped_and_the_newest_stays(paired: Store) -> None:
    old, newest = paired.secrets.pass_key(), paired.secrets.roll_pass_key(NOON)
    told(paired, a_key(old.id.hex(), old.public_bytes, dropped_utc=NOON))
    assert paired.secrets.pass_keys() == (newest,)


def test_a_key_dropped_here_that_central_still_takes_for_good_is_not(paired: Store) -> None:
    old = paired.secrets.pass_key()
    told(paired, a_key(old.id.hex(), old.public_bytes))
    newest = paired.secrets.roll_pass_key(NOON)
    paired.secrets.drop_pass_key(old.id, NOON)
    assert paired.secrets.good_keys() == (newest,)
    told(paired, a_key(old.id.hex(), old.public_bytes), reset=True)
    assert paired.secrets.good_keys() == (newest,)


def test_levels_of_central_win_while_the_kiosk_is_paired(paired: Store) -> None:
    chosen = Levels(Strictness.NORMAL, Strictness.NORMAL)
    paired.policy.choose(chosen, NOON)
    told(paired, a_policy("strictest", "strict"))
    assert paired.policy.levels() == Levels(Strictness.STRICTEST, Strictness.STRICT)
    with pytest.raises(Refused, match="central"):
        paired.policy.choose(chosen, NOON)
    paired.membership.leave(NOON, revoked=False)
    assert paired.policy.levels() == chosen


def test_a_level_that_is_not_known_leaves_the_staffs_choice(paired: Store) -> None:
    chosen = Levels(Strictness.STRICT, Strictness.NORMAL)
    paired.policy.choose(chosen, NOON)
    told(paired, a_policy("paranoid", "strict"))
    assert paired.policy.levels() == chosen


def test_policy_notices_and_model_are_kept_until_a_reset_does_not_name_them(paired: Store) -> None:
    notice = Notice(language="de", version="3", text="Hinweis")
    model = DueModel(tag="m2", sha256="0" * 64, size=7, path="/v1/kiosk/m2", manifest="{}", signature=bytes(64))
    told(paired, a_policy(), Change(kind="notice", notice=notice), Change(kind="model", model=model))
    policy = paired.inbox.policy()
    assert policy is not None
    assert not policy.windows_apply
    assert (paired.inbox.notices(), paired.inbox.due_model()) == ({"de": notice}, model)
    told(paired, a_policy(), reset=True)
    assert paired.inbox.policy() is not None
    assert (paired.inbox.notices(), paired.inbox.due_model()) == ({}, None)


def test_events_of_somebody_erased_still_say_the_id_and_the_chain_holds(paired: Store) -> None:
    told(paired, a_person("ann"))
    paired.journal.record(a_decision(person="ann"), NOON)
    told(paired, gone("ann", erased=True))
    with pytest.raises(NotFound):
        paired.people.find("ann")
    assert [event.person for event in paired.journal.events()][-2:] == ["ann", "ann"]
    assert paired.journal.chain.verify().holds


def test_a_withdrawal_that_waits_is_told_even_if_the_bearer_moved_away(paired: Store) -> None:
    told(paired, a_person("ann"), a_known_pass("p1"))
    paired.passes.revoke("p1", LATER)
    told(paired, gone("ann"))
    (item,) = of_kind(paired.outbox.pending(100), Kind.REVOCATION)
    assert item.body == {"id": "p1", "at_utc": LATER}


def test_a_picture_stays_here_where_the_policy_of_the_site_says_so(paired: Store) -> None:
    chip = Chip(frozen(np.zeros((40, 40, 3), dtype=np.uint8)))
    paired.people.enrol(replace(somebody(), chip=chip), NOON)
    (item,) = of_kind(paired.outbox.pending(100), Kind.PERSON)
    assert item.body["chip"]
    told(paired, a_policy(keep_pictures=False))
    (item,) = of_kind(paired.outbox.pending(100), Kind.PERSON)
    assert "chip" not in item.body


def test_a_pass_for_a_site_that_is_not_the_fleets_stays_here(paired: Store) -> None:
    person = paired.people.enrol(somebody(), NOON).id
    paired.passes.keep(a_pass(person, "mine", site="hut"))
    paired.passes.keep(a_pass(person, "theirs", site="here"))
    paired.outbox.refill()
    assert [item.body["id"] for item in of_kind(settled(paired), Kind.PASS)] == ["theirs"]


def became(number: str, into: str | None) -> Change:
    return Change(kind="gone", gone=Gone(id=number, erased=True, merged=True, into=into))


def test_who_was_merged_is_gone_and_never_told_of_as_erased(paired: Store) -> None:
    told(paired, a_person("ann"), a_person("anna"))
    assert told(paired, became("ann", "anna"), a_person("anna")) == ("ann",)
    assert [item.body["person"] for item in of_kind(settled(paired), Kind.RECEIPT)] == ["ann"]
    paired.outbox.refill()
    assert not of_kind(settled(paired), Kind.ERASURE)
    assert told(paired, gone("ann", erased=True)) == ("ann",)  # for whoever they became was erased
    paired.outbox.refill()
    assert [item.body["person"] for item in of_kind(settled(paired), Kind.ERASURE)] == ["ann"]


def test_whom_staff_erased_is_told_of_though_they_were_merged_meanwhile(paired: Store) -> None:
    told(paired, a_person("ann"), a_person("anna"))
    paired.people.erase("ann", NOON)
    told(paired, became("ann", "anna"))
    assert [item.body["person"] for item in of_kind(settled(paired), Kind.ERASURE)] == ["ann"]
    told(paired, a_person("ann"))
    assert names(paired) == ["Ann Example"] and [one.id for one in paired.people.everybody()] == ["anna"]


def test_passes_and_corrections_of_somebody_merged_are_of_whoever_they_are_now(paired: Store) -> None:
    told(paired, a_person("ann"), a_person("anna"))
    paired.passes.keep(a_pass("ann", "waits", site="here"))
    paired.passes.keep(a_pass("ann", "ended", site="here"))
    paired.passes.revoke("ended", NOON)
    paired.people.disown("ann", an_embedding(7), NOON)
    told(paired, became("ann", "anna"))
    items = of_kind(settled(paired), Kind.PASS, Kind.REVOCATION)
    assert [(item.kind, item.body["id"], item.body.get("person")) for item in items] == [
        (Kind.PASS, "waits", "anna"),
        (Kind.PASS, "ended", "anna"),
        (Kind.REVOCATION, "ended", None),
    ]
    (corrected,) = paired.people.negatives(MODEL)
    assert corrected.person == "anna" and (corrected.embedding.vector == an_embedding(7).vector).all()


def test_the_end_of_a_pass_is_told_though_its_bearer_became_somebody_not_known_here(paired: Store) -> None:
    told(paired, a_person("ann"), a_known_pass("p1"))
    paired.passes.revoke("p1", NOON)
    told(paired, became("ann", None))
    assert [item.body["id"] for item in of_kind(settled(paired), Kind.REVOCATION)] == ["p1"]


def test_who_was_merged_is_there_again_where_a_restored_central_says_so(paired: Store) -> None:
    told(paired, a_person("ann"), a_person("anna"))
    told(paired, became("ann", "anna"))
    told(paired, a_person("ann"), a_person("anna"), reset=True)
    assert [one.id for one in paired.people.everybody()] == ["anna", "ann"]


def test_somebody_who_is_not_for_this_kiosk_goes_with_the_next_reset(paired: Store) -> None:
    mine, refused = (paired.people.enrol(somebody(name), NOON).id for name in ("Mine", "Refused"))
    items = of_kind(paired.outbox.pending(100), Kind.PERSON)
    answer_all(paired, [one for one in items if one.body["id"] == mine], Answer.REJECTED, "bad-body")
    answer_all(paired, [one for one in items if one.body["id"] == refused], Answer.REJECTED, "not-yours")
    told(paired, reset=True)
    assert [one.id for one in paired.people.everybody()] == [mine]


def test_passes_of_a_site_are_told_again_when_the_kiosk_is_back_there(paired: Store) -> None:
    person = paired.people.enrol(somebody(), NOON).id
    for number in ("good", "withdrawn"):
        paired.passes.keep(a_pass(person, number, site="here"))
    paired.passes.revoke("withdrawn", NOON)
    told(paired)
    settled(paired)
    told(paired, site="elsewhere")
    paired.outbox.refill()  # central was restored meanwhile, from a copy by which the kiosk is where it was
    assert not of_kind(settled(paired), Kind.PASS)
    told(paired, site="here")
    items = [(item.kind, item.body["id"]) for item in of_kind(settled(paired), Kind.PASS, Kind.REVOCATION)]
    assert items == [(Kind.PASS, "good"), (Kind.PASS, "withdrawn"), (Kind.REVOCATION, "withdrawn")]
    told(paired, site="here")
    assert not of_kind(settled(paired), Kind.PASS)


def test_a_consent_of_a_clock_that_was_never_set_comes_back_as_the_same_one(paired: Store) -> None:
    long_ago = Consent("2026-01", "en", datetime(1996, 1, 1, tzinfo=UTC), "screen")
    person = paired.people.enrol(replace(somebody(), consent=long_ago), NOON).id
    (sent,) = of_kind(settled(paired), Kind.PERSON)
    consents = [Consented.model_validate(one) for one in sent.body["consents"]]
    told(paired, a_person(person, consents=consents))
    assert paired.people.consents(person) == (long_ago,)


def test_somebody_whom_central_took_in_and_moved_away_before_the_first_page_goes(paired: Store) -> None:
    paired.people.enrol(somebody(), NOON)
    settled(paired)
    told(paired, reset=True)
    assert paired.people.everybody() == ()
