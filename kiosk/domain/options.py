"""How a room describes one of its settings: default, unit, range and meaning beside the code that uses it."""

from dataclasses import field
from typing import Any


def option(
    default: Any,  # noqa: ANN401 - a field of any type; the dataclass annotation says which
    help: str,  # noqa: A002 - the word that readers expect
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
) -> Any:  # noqa: ANN401 - like dataclasses.field, whose type the annotation gives
    """A dataclass field for a room's frozen `Options`: `low`..`high` inclusive are checked by settings.py.

    Choices are given by the annotation: an Enum or Literal type.
    """
    return field(default=default, metadata={"help": help, "low": low, "high": high, "unit": unit})
