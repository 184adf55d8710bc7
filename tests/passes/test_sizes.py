"""How large passes are: what docs/passes.md says is what is issued."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from base45 import b45decode

from kiosk.domain.people import Consent, PassClaims
from kiosk.domain.sight import Embedding
from kiosk.passes.drawing import QUIET_MODULES, qr_modules
from kiosk.passes.keys import PassKey
from kiosk.passes.token import LONGEST, issue
from kiosk.screens.words import CARRIED_VERSION, LANGUAGE

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
REFERENCE = PassClaims(
    "01941f29-7c00-7000-8000-0123456789ab", "3fk2c7q5xw1m8b4d", "site", NOON, NOON + timedelta(hours=8)
)
VECTOR = np.full(128, 128**-0.5, dtype=np.float32)
MODEL = "dlib-resnet29-int8"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "passes.md"


def carried(claims: PassClaims) -> PassClaims:
    consent = Consent(CARRIED_VERSION, LANGUAGE, NOON, "screen")
    return replace(claims, person="", template=Embedding(VECTOR, MODEL), consent=consent)


def sizes(claims: PassClaims) -> tuple[int, int, int, int]:
    """Bytes signed and packed, characters, QR version and modules a side."""
    text = issue(claims, PassKey(bytes(range(32))))
    modules = qr_modules(text).shape[0] - 2 * QUIET_MODULES
    return len(b45decode(text[4:])), len(text), (modules - 17) // 4, modules


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("reference", REFERENCE),
        ("reference, single use", replace(REFERENCE, single_use=True)),
        ("carried", carried(REFERENCE)),
        ("carried, single use", carried(replace(REFERENCE, single_use=True))),
    ],
)
def test_a_pass_is_as_large_as_the_document_says(name: str, claims: PassClaims) -> None:
    row = re.search(rf"^\| {name} \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    assert row is not None
    assert tuple(map(int, row.groups())) == sizes(claims)


def test_a_carried_pass_of_a_site_with_a_long_name_still_fits() -> None:
    claims = carried(replace(REFERENCE, single_use=True, site="x" * 200))
    assert len(issue(claims, PassKey(bytes(range(32))))) <= LONGEST
