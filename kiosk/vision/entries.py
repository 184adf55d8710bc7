"""Reading a TOML table value by value: each of the type and range that is asked for, or a ModelError that names it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard, TypeVar

from kiosk.domain.errors import ModelError

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Entry:
    """One table and where it stands, for messages."""

    where: str
    values: Mapping[str, object]

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self._get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a text")
        return value

    def truth(self, key: str) -> bool:
        """True or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def whole(self, key: str, *, low: int, high: int | None = None) -> int:
        """A whole number from `low` up to `high`."""
        value = self._get(key)
        if not _is_whole(value) or value < low or (high is not None and value > high):
            raise self._wrong(key, f"a whole number from {low}" + ("" if high is None else f" to {high}"))
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        value = self._get(key)
        if not _is_number(value):
            raise self._wrong(key, "a number")
        return float(value)

    def fraction(self, key: str) -> float:
        """A number between 0 and 1, both included."""
        value = self.number(key)
        if not 0 <= value <= 1:
            raise self._wrong(key, "a number from 0 to 1")
        return value

    def per_channel(self, key: str) -> tuple[float, ...]:
        """Three numbers, or one that stands for all three."""
        value = self._get(key)
        if _is_number(value):
            return (float(value),) * 3
        return tuple(self.numbers(key, 3))

    def numbers(self, key: str, count: int | None = None) -> list[float]:
        """A list of numbers, `count` of them unless that is None."""
        value = self._get(key)
        expected = "a list of numbers" if count is None else f"a list of {count} numbers"
        if not isinstance(value, list) or (count is not None and len(value) != count):
            raise self._wrong(key, expected)
        if not all(_is_number(item) for item in value):
            raise self._wrong(key, expected)
        return [float(item) for item in value]

    def whole_numbers(self, key: str) -> list[int]:
        """A list of whole numbers, none below 0."""
        value = self._get(key)
        if not isinstance(value, list) or not all(_is_whole(item) and item >= 0 for item in value):
            raise self._wrong(key, "a list of whole numbers")
        return list(value)

    def rows(self, key: str, width: int) -> list[list[float]]:
        """A list of lists of `width` numbers."""
        value = self._get(key)
        if not isinstance(value, list):
            raise self._wrong(key, f"a list of lists of {width} numbers")
        return [Entry(self.where, {key: row}).numbers(key, width) for row in value]

    def choice(self, key: str, kind: type[E]) -> E:
        """One of the values of that enum."""
        value = self._get(key)
        for member in kind:
            if member.value == value:
                return member
        raise self._wrong(key, "one of " + ", ".join(kind))

    def table(self, key: str) -> "Entry":
        """A table within this one."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return Entry(f"{self.where}, {key}", value)

    def has(self, key: str) -> bool:
        """Whether the entry says anything of that."""
        return key in self.values

    def entries(self, key: str) -> list["Entry"]:
        """A list of tables, one at least."""
        value = self._get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self._wrong(key, "a list of tables")
        return [Entry(f"{self.where}, {item.get('name', f'{key} {i}')}", item) for i, item in enumerate(value, 1)]

    def _get(self, key: str) -> object:
        if key not in self.values:
            raise ModelError(f"{self.where}: '{key}' is missing")
        return self.values[key]

    def _wrong(self, key: str, expected: str) -> ModelError:
        return ModelError(f"{self.where}: '{key}' must be {expected}")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
