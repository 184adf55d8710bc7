"""A carried pass gives back the face it was made with, in that pass and no other, and shows it to nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.demo.stage import empty, with_pass
from kiosk.domain.errors import PassRefused
from kiosk.domain.people import Consent, PassClaims, PassKind
from kiosk.domain.reckoning import Doubt, Reckoning
from kiosk.domain.sight import Embedding, Floats
from kiosk.domain.verdict import Reason
from kiosk.passes.carried import Bearing, quantised, restored, seal, unseal
from kiosk.passes.drawing import qr_modules
from kiosk.passes.keys import PassKey
from kiosk.passes.reading import Options, Reader, read_codes
from kiosk.passes.token import LONGEST, check, issue

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEY, OTHER_KEY = PassKey(bytes(range(32))), PassKey(bytes(32))
CONSENT = Consent("carried-1", "en", NOON, "screen")
SITE = "here"


def face(seed: int) -> Embedding:
    vector = np.random.default_rng(seed).normal(size=128)
    return Embedding((vector / np.linalg.norm(vector)).astype(np.float32), "model")


def carried(seed: int = 1, **changes: object) -> PassClaims:
    known = PassClaims("pass-1", "", SITE, NOON, NOON + timedelta(hours=8), template=face(seed), consent=CONSENT)
    return replace(known, **changes)  # type: ignore[arg-type]


BEARING = Bearing("pass-1", SITE, "model", NOON)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_eight_bits_a_number_keep_the_direction(seed: int) -> None:
    vector: Floats = face(seed).vector
    assert quantised(vector).nbytes == 128
    assert float(restored(quantised(vector)) @ vector) > 0.9998


def test_what_a_carried_pass_holds_comes_back_and_names_nobody() -> None:
    claims = check(issue(carried(), KEY), [KEY], SITE, Reckoning(NOON))
    assert claims.kind is PassKind.CARRIED and claims.person == ""
    assert claims.template is not None and claims.template.similarity(face(1)) > 0.9998
    assert claims.consent == CONSENT


def test_a_template_is_in_no_text_form_of_its_claims() -> None:
    claims = check(issue(carried(), KEY), [KEY], SITE, Reckoning(NOON))
    assert "template" not in repr(claims) and str(float(face(1).vector[0]))[:6] not in repr(claims)


def test_the_same_face_gives_another_code_every_time_and_its_numbers_stand_in_none() -> None:
    one, other = issue(carried(), KEY), issue(carried(), KEY)
    assert one != other
    plain = quantised(face(1).vector).tobytes()
    assert plain not in seal(face(1), KEY, BEARING)


@pytest.mark.parametrize(
    "other",
    [
        replace(BEARING, pass_id="pass-2"),
        replace(BEARING, site="elsewhere"),
        replace(BEARING, model="other"),
        replace(BEARING, expires_utc=NOON + timedelta(seconds=1)),
    ],
)
def test_a_template_opens_in_its_own_pass_alone(other: Bearing) -> None:
    sealed = seal(face(1), KEY, BEARING)
    assert unseal(sealed, KEY, BEARING).similarity(face(1)) > 0.9998
    with pytest.raises(ValueError, match="another pass"):
        unseal(sealed, KEY, other)
    with pytest.raises(ValueError, match="another pass"):
        unseal(sealed, OTHER_KEY, BEARING)


@pytest.mark.parametrize("length", [0, 12, 28, 29 + 256, 10_000])
def test_a_template_of_another_length_is_not_even_tried(length: int) -> None:
    with pytest.raises(ValueError, match="length"):
        unseal(bytes(length), KEY, BEARING)


def test_a_pass_is_either_of_somebody_or_carries_a_template_with_its_consent() -> None:
    for wrong in (carried(person="somebody"), carried(consent=None), carried(template=None, consent=None)):
        with pytest.raises(ValueError, match="names somebody, or carries"):
            issue(wrong, KEY)


@pytest.mark.parametrize("doubt", Doubt)
def test_by_a_clock_in_doubt_no_pass_is_good(doubt: Doubt) -> None:
    with pytest.raises(PassRefused) as caught:
        check(issue(carried(), KEY), [KEY], SITE, Reckoning(NOON, doubt))
    assert caught.value.reason is Reason.CLOCK_UNSURE


@pytest.mark.parametrize("reader", Reader)
@pytest.mark.parametrize("side", [300, 260])
def test_a_carried_pass_on_a_phone_before_the_camera_is_read(reader: Reader, side: int) -> None:
    text = issue(carried(single_use=True, pass_id="01941f29-7c00-7000-8000-0123456789ab"), KEY)
    assert len(text) <= LONGEST
    scene = with_pass(empty(), qr_modules(text), side)
    assert read_codes(scene, Options(reader)) == (text,)
