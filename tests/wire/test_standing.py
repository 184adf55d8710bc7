"""What is said of how a kiosk and central stand."""

from datetime import UTC, datetime

import pytest

from kiosk.wire.pairing import PairingState
from kiosk.wire.standing import Invitation, Standing, Status

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def asked(state: PairingState = PairingState.WAITING) -> Invitation:
    return Invitation("p", "https://central.example", "7KDQ2MXW", "AAAA-BBBB-CCCC-DDDD", NOW, state)


def test_an_admin_is_led_to_the_page_of_kiosks_with_the_code() -> None:
    assert asked().link == "https://central.example/kiosks?code=7KDQ2MXW"


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (Status(Standing.ALONE), False),
        (Status(Standing.ALONE, "https://central.example"), True),
        (Status(Standing.REVOKED, "https://central.example"), True),
        (Status(Standing.PAIRED, "https://central.example"), False),
        (Status(Standing.ALONE, "https://central.example", invitation=asked()), False),
        (Status(Standing.ALONE, "https://central.example", invitation=asked(PairingState.EXPIRED)), True),
    ],
)
def test_pairing_can_be_asked_for_where_there_is_an_address_and_nothing_waits(status: Status, may: bool) -> None:
    assert status.can_pair is may
