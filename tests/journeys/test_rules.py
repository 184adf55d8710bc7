"""What the settings say of people is what they are told, and what is done."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.app import open_desk
from kiosk.domain.people import Consent
from kiosk.domain.sight import Chip
from kiosk.domain.verdict import Quality, Sample
from kiosk.screens import words
from kiosk.screens.events import Button
from kiosk.screens.states import AskConsent, PinSetup, StaffMenu
from kiosk.settings import models_folder
from kiosk.vision import open_vision
from tests.journeys.rig import Bystander, Hall

QUALITY = Quality(120.0, 300.0, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, None)


def asked(bystander: Bystander) -> str:
    """What somebody is asked to agree to, touched from the first start on."""
    bystander.sees(PinSetup)
    for _ in range(2):
        for digit in "2468":
            bystander.tap(Button.DIGIT, digit)
        bystander.tap(Button.OK)
    bystander.sees(StaffMenu)
    bystander.tap(Button.ENROL)
    bystander.sees(AskConsent)
    return " ".join(bystander.view.buttons[-1].points)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_picture_is_kept_where_the_consent_says_so_and_nowhere_else(hall: Hall, keeps: bool) -> None:
    settings = replace(hall.settings, kiosk=replace(hall.settings.kiosk, keep_pictures=keeps))
    points = asked(hall.open(settings, attended=True))
    assert ("a small picture are kept" in points, "no picture is" in points) == (keeps, not keeps)
    _, embedding = open_vision(models_folder(settings), settings.vision).embed_photo(hall.cast.other.photo)
    sample = Sample(embedding, QUALITY, Chip(np.full((150, 150, 3), 90, dtype=np.uint8)))
    with open_desk(settings, hall.clock) as desk:
        consent = Consent(words.CONSENT_VERSION, "en", hall.clock.utc(), "screen")
        person = desk.enrol_from("Somebody New", consent, (sample,) * 4)
        assert (desk.store.people.chip_of(person.id) is not None) == keeps
