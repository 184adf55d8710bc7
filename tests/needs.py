"""What a test needs of the machine. Somebody may go without, and hears what was left out; CI may not."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
