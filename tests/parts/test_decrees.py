"""What central decides for a site, on its way to the people at the kiosk: levels, pictures, notices, who may come."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kiosk.app import open_desk
from kiosk.domain.access import Access, Window
from kiosk.domain.errors import Refused
from kiosk.domain.people import Consent
from kiosk.domain.sight import Chip, Embedding
from kiosk.domain.site import SiteRules
from kiosk.domain.trust import Levels, Strictness
from kiosk.domain.verdict import Quality, Sample
from kiosk.parts.desk import Desk
from kiosk.settings import General, Settings
from tests.fakes.clock import FakeClock
from tests.parts.paired import join, notice, person, policy, tell
from tests.store.making import an_embedding, somebody

GOOD = Quality(120.0, 300.0, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, None)
STAFF_S_CHOICE = Levels(Strictness.STRICTEST, Strictness.STRICTEST)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(Settings(kiosk=General(store=tmp_path / "store", site="here")), FakeClock()) as opened:
        yield opened


def samples(desk: Desk) -> tuple[Sample, ...]:
    embedding = Embedding(an_embedding().vector, desk.rules.model.name)
    return (Sample(embedding, GOOD, Chip(np.full((150, 150, 3), 90, dtype=np.uint8))),) * 4


def consent(desk: Desk) -> Consent:
    return Consent("text-1", "en", desk.clock.utc(), "screen")


def test_a_kiosk_on_its_own_has_no_rules_but_its_own(desk: Desk) -> None:
    desk.store.people.enrol(somebody(), desk.clock.utc())
    assert desk.site() == SiteRules()
    assert not desk.doors().access
    desk.choose(STAFF_S_CHOICE)
    assert desk.levels() == STAFF_S_CHOICE
    assert not desk.level_costs().decreed


def test_central_s_levels_win_over_staff_s_choice_and_staff_can_not_change_them(desk: Desk) -> None:
    desk.choose(STAFF_S_CHOICE)
    tell(desk.store, policy(search_level="strict", claim_level="normal"))
    decreed = Levels(Strictness.STRICT, Strictness.NORMAL)
    assert desk.levels() == decreed
    costs = desk.level_costs()
    assert (costs.decreed, costs.chosen) == (True, decreed)
    with pytest.raises(Refused, match="central decides"):
        desk.choose(STAFF_S_CHOICE)
    desk.store.membership.leave(desk.clock.utc(), revoked=False)
    assert desk.levels() == STAFF_S_CHOICE, "on its own again, staff's choice holds again"


def test_a_level_that_only_a_newer_kiosk_knows_is_taken_for_the_strictest(desk: Desk) -> None:
    tell(desk.store, policy(search_level="stricter-still", claim_level="normal"))
    assert desk.levels() == Levels(Strictness.STRICTEST, Strictness.NORMAL)


def test_a_paired_kiosk_without_a_policy_leaves_the_levels_to_staff(desk: Desk) -> None:
    join(desk.store)
    desk.choose(STAFF_S_CHOICE)
    assert desk.levels() == STAFF_S_CHOICE


@pytest.mark.parametrize("site_keeps", [True, False])
@pytest.mark.parametrize("agreed", [True, False])
def test_a_picture_is_kept_where_site_and_person_both_agree(desk: Desk, site_keeps: bool, agreed: bool) -> None:
    tell(desk.store, policy(keep_pictures=site_keeps))
    enrolled = desk.enrol_from("Somebody New", consent(desk), samples(desk), keep_picture=agreed)
    assert (desk.store.people.chip_of(enrolled.id) is not None) == (site_keeps and agreed)


def test_notices_come_in_english_or_else_in_the_site_s_first_language(desk: Desk) -> None:
    tell(desk.store, policy(languages=["fr", "de"]), notice("de"), notice("fr"))
    shown = desk.site().notice
    assert shown is not None and (shown.language, shown.version) == ("fr", "harbour-fr-1")
    tell(desk.store, notice("en", "In English."))
    shown = desk.site().notice
    assert shown is not None and (shown.language, shown.text) == ("en", "In English.")


def test_people_s_rules_reach_the_door_and_windows_count_where_the_site_says_so(desk: Desk) -> None:
    one, other = (desk.store.people.enrol(somebody(name), desk.clock.utc()) for name in ("Some Body", "No Body"))
    now = desk.clock.utc()
    hours = {"weekdays": [0, 4], "from_minute": 480, "until_minute": 1440}
    tell(desk.store, person(one, windows=[hours], valid_until_utc=now), person(other, disabled=True))
    doors = desk.doors()
    assert doors.of(one.id) == Access(None, now, (Window(frozenset({0, 4}), 480, 1440),))
    assert doors.of(other.id).disabled
    tell(desk.store, person(other, version=2))
    assert not desk.doors().of(other.id).disabled
    tell(desk.store, policy(windows_apply=False))
    assert desk.doors().of(one.id) == Access(None, now)
