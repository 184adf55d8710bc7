"""Somebody known who may not come now: refused, told so without their name, and nothing is used up by it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.demo.stage import empty, shown, with_pass
from kiosk.domain.access import Access, Doors, Window
from kiosk.domain.people import Person
from kiosk.domain.sight import Image
from kiosk.domain.verdict import Decision, Outcome, Reason
from kiosk.parts.gate import WithoutFace
from kiosk.passes.drawing import qr_modules
from kiosk.screens import words
from kiosk.screens.events import Button
from kiosk.screens.states import Result
from kiosk.screens.view import Page
from kiosk.store import Store
from tests.journeys.rig import Bystander, Hall, ShiftedClock
from tests.parts import paired

LATER = timedelta(days=1)
FORGOTTEN_S = 4.5


def other_hours(now: datetime) -> Window:
    """A window of a day that is near neither today nor tomorrow in any zone."""
    return Window(frozenset({(now.weekday() + 3) % 7}))


def the_rules(now: datetime) -> dict[Reason, Access]:
    return {
        Reason.DISABLED: Access(disabled=True),
        Reason.NOT_YET_VALID: Access(valid_from_utc=now + LATER),
        Reason.NO_LONGER_VALID: Access(valid_until_utc=now - LATER),
        Reason.OUTSIDE_HOURS: Access(windows=(other_hours(now),)),
    }


def decreed(hall: Hall, person: Person, reason: Reason) -> None:
    """Central says of somebody enrolled here that they may not come now, before the kiosk is switched on."""
    rules = the_rules(hall.clock.utc())[reason]
    windows = [{"weekdays": sorted(one.weekdays)} for one in rules.windows]
    dates = {"valid_from_utc": rules.valid_from_utc, "valid_until_utc": rules.valid_until_utc}
    with Store.open(hall.store, hall.clock) as store:
        paired.tell(store, paired.person(person, windows=windows, disabled=rules.disabled, **dates))


def heed(bystander: Bystander, person: Person, access: Access) -> None:
    """From now on, that is asked of that person."""
    post = bystander.kiosk.loop.post
    bystander.until(post.ready.is_set, "the rules")
    post.doors.put(Doors({person.id: access}))


def pass_of(hall: Hall, person: Person, *, once: bool) -> Image:
    settings = replace(hall.settings, passes=replace(hall.settings.passes, single_use=once))
    hall.settings = settings
    return with_pass(shown(hall.cast.enrolled_again), qr_modules(hall.passes(person, 1)[0]))


def answer(bystander: Bystander, scene: Image) -> Decision:
    bystander.show(scene)
    decision = bystander.decision().decision
    bystander.until(lambda: isinstance(bystander.screen, Result), "words")
    return decision


@pytest.mark.parametrize("reason", list(the_rules(datetime(2026, 1, 1, tzinfo=UTC))), ids=lambda reason: reason.value)
def test_a_known_face_that_may_not_come_now_is_refused_and_told_why_without_a_name(hall: Hall, reason: Reason) -> None:
    person = hall.enrol()
    decreed(hall, person, reason)
    bystander = hall.open()
    decision = answer(bystander, shown(hall.cast.comes_back))
    assert (decision.outcome, decision.reason, decision.person) == (Outcome.REFUSED, reason, person.id)
    assert bystander.view.page is Page.RESULT
    assert words.ANSWERS[reason].title.lower() in bystander.said
    assert person.name.lower() not in bystander.said
    assert not bystander.kiosk.loop.post.recents.newest_first()
    hall.close()
    with Store.open(hall.store, hall.clock) as store:
        (event,) = [one for one in store.journal.events() if one.kind == "decision"]
    assert (event.outcome, event.reason, event.person) == ("refused", reason.value, person.id)


def test_a_pass_for_one_visit_is_not_used_up_by_a_visit_at_the_wrong_hour(hall: Hall) -> None:
    person = hall.enrol()
    held_up = pass_of(hall, person, once=True)
    bystander = hall.open()
    heed(bystander, person, Access(windows=(other_hours(hall.clock.utc()),)))
    assert answer(bystander, held_up).reason is Reason.OUTSIDE_HOURS
    bystander.show(empty())
    bystander.stays(FORGOTTEN_S)
    heed(bystander, person, Access())
    assert answer(bystander, held_up).outcome is Outcome.VERIFIED


@pytest.mark.parametrize("rule", list(WithoutFace), ids=lambda rule: rule.value)
def test_a_pass_without_a_face_opens_no_other_hours(hall: Hall, rule: WithoutFace) -> None:
    person = hall.enrol()
    held_up = pass_of(hall, person, once=False)
    hall.settings = replace(hall.settings, passes=replace(hall.settings.passes, without_face=rule))
    bystander = hall.open()
    heed(bystander, person, Access(disabled=True))
    bystander.tap(Button.WITHOUT_FACE)
    decision = answer(bystander, held_up)
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, Reason.DISABLED)


def test_with_a_doubtful_clock_a_known_face_with_hours_is_sent_to_staff(hall: Hall) -> None:
    person = hall.enrol()
    clock = ShiftedClock(hall.clock)
    hall.clock = clock
    clock.set_to(datetime(1970, 1, 1, 0, 3, tzinfo=UTC))
    bystander = hall.open()
    heed(bystander, person, Access(windows=(Window(frozenset(range(7))),)))
    decision = answer(bystander, shown(hall.cast.comes_back))
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, Reason.CLOCK_UNSURE)
    assert "staff" in bystander.said
