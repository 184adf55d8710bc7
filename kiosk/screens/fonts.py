"""The typeface, and how a text finds its size and its lines inside a rectangle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import pygame

from kiosk.screens.layout import Rect
from kiosk.screens.theme import Weight
from kiosk.screens.widgets import Align, Stand, Style

LINE = 1.2
SMALLEST_PX = 11
_PACKAGE = "font_source_sans_pro"
_ELLIPSIS = "…"
READ_KEPT = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a set text and where it goes."""

    text: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class Setting:
    """A text with its size and lines found. `is_cut` when not all of it is there."""

    size: int
    lines: tuple[Line, ...]
    is_cut: bool

    @property
    def height(self) -> int:
        """From the first line's top to the last one's bottom."""
        return self.lines[-1].rect.bottom - self.lines[0].rect.y if self.lines else 0


@dataclass(slots=True)
class Fonts:
    """Loads each cut and size once. Belongs to the thread that draws."""

    _loaded: dict[tuple[Weight, int], pygame.font.Font] = field(default_factory=dict)
    _letters: dict[tuple[Weight, int], dict[str, int]] = field(default_factory=dict)
    _read: dict[tuple[str, int, Weight, int], tuple[str, ...]] = field(default_factory=dict)

    def font(self, weight: Weight, size: int) -> pygame.font.Font:
        """The typeface in that cut and size (em in pixels)."""
        key = (weight, size)
        if key not in self._loaded:
            self._loaded[key] = pygame.font.Font(_file(weight), size)
        return self._loaded[key]

    def set_in(self, rect: Rect, text: str, style: Style) -> Setting:
        """The text inside the rectangle: as large as the style says if that fits, else smaller, else cut."""
        text, least = _drawable(text), max(SMALLEST_PX, round(style.size * style.shrink))
        for size in range(max(style.size, least), least - 1, -1):
            lines = self._wrapped(text, rect.w, style.weight, size)
            if lines is not None and len(lines) <= _room(rect, size, style):
                balanced = self._balanced(text, rect.w, style, size, lines)
                return _placed(rect, style, size, self._measured(balanced, style.weight, size), is_cut=False)
        lines = self._cut(text, rect, style, least)
        return _placed(rect, style, least, self._measured(lines, style.weight, least), is_cut=True)

    def height(self, width: int, text: str, style: Style) -> int:
        """How high that text becomes when it is given that width and all the height it wants."""
        return self.set_in(Rect(0, 0, width, 10**6), text, style).height if text else 0

    def width(self, text: str, weight: Weight, size: int) -> int:
        """How wide that text is on one line."""
        return self.font(weight, size).size(_drawable(text))[0]

    def lines(self, text: str, width: int, weight: Weight, size: int) -> tuple[str, ...]:
        """All lines of a long text of several paragraphs, set in that width; the latest ones are remembered."""
        key = (text, width, weight, size)
        if key not in self._read:
            if len(self._read) >= READ_KEPT:
                self._read.clear()
            paragraphs = (_drawable(paragraph) for paragraph in text.strip().splitlines())
            found = (line for each in paragraphs for line in self._broken(each, width, weight, size) or [""])
            self._read[key] = tuple(found)
        return self._read[key]

    def _broken(self, text: str, width: int, weight: Weight, size: int) -> list[str]:
        """The lines of a paragraph; a word that is wider than a line is broken anywhere.

        Letters are added up, each measured once: to measure 20,000 of them line by line stops the screen for half a
        second. Set together they are never wider.
        """
        widths = self._letters.setdefault((weight, size), {})
        for letter in {" ", *text} - widths.keys():
            widths[letter] = self.width(letter, weight, size)
        lines, room = [""], width
        for word in text.split():
            needs = sum(widths[letter] for letter in word)
            if not lines[-1] or needs + widths[" "] > room:
                *whole, last = _pieces(word, widths, width)
                lines += [*whole, last]
                room = width - sum(widths[letter] for letter in last)
            else:
                lines[-1] += f" {word}"
                room -= needs + widths[" "]
        return lines[1:]

    def _wrapped(self, text: str, width: int, weight: Weight, size: int) -> list[str] | None:
        """The lines that fit the width; None when a single word does not."""
        lines: list[str] = []
        for word in text.split():
            joined = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(joined, weight, size) <= width:
                lines[-1] = joined
            elif self.width(word, weight, size) <= width:
                lines.append(word)
            else:
                return None
        return lines

    def _balanced(self, text: str, width: int, style: Style, size: int, lines: list[str]) -> list[str]:
        """The same number of lines, of more even length, so that no word stands alone."""
        low, high, best = width // 2, width, lines
        while len(lines) > 1 and high - low > 4:
            middle = (low + high) // 2
            tried = self._wrapped(text, middle, style.weight, size)
            if tried is not None and len(tried) == len(lines):
                high, best = middle, tried
            else:
                low = middle
        return best

    def _cut(self, text: str, rect: Rect, style: Style, size: int) -> list[str]:
        """As many characters as there is room for, broken anywhere, with an ellipsis at the end."""
        lines, rest = [], " ".join(text.split())
        for number in range(_room(rect, size, style)):
            last = number == _room(rect, size, style) - 1
            taken = self._take(rest, rect.w, style.weight, size, _ELLIPSIS if last else "")
            lines.append(taken)
            rest = rest[len(taken) :].lstrip()
            if not rest:
                return lines
            if last:
                lines[-1] = taken.rstrip() + _ELLIPSIS
        return lines

    def _take(self, text: str, width: int, weight: Weight, size: int, ending: str) -> str:
        if self.width(text, weight, size) <= width:
            return text
        count = len(text)
        while count > 1 and self.width(text[:count].rstrip() + ending, weight, size) > width:
            count -= 1
        space = text.rfind(" ", 0, count)
        return text[:space] if not ending and space > count // 2 else text[:count]

    def _measured(self, lines: list[str], weight: Weight, size: int) -> list[tuple[str, int]]:
        return [(line, self.width(line, weight, size)) for line in lines]


def _pieces(word: str, widths: Mapping[str, int], width: int) -> list[str]:
    """The word in parts that fit, each of one letter at least."""
    parts, room = [""], width
    for letter in word:
        if parts[-1] and widths[letter] > room:
            parts.append("")
            room = width
        parts[-1] += letter
        room -= widths[letter]
    return parts


def _drawable(text: str) -> str:
    """Without what no typeface can draw, whoever wrote it: SDL refuses a text with a null in it."""
    if text.isprintable():
        return text
    return "".join(" " if letter.isspace() else letter for letter in text if letter.isprintable() or letter.isspace())


def _room(rect: Rect, size: int, style: Style) -> int:
    """How many lines of that size the rectangle takes."""
    return max(1, min(style.lines, int(rect.h / (size * LINE))))


def _placed(rect: Rect, style: Style, size: int, lines: list[tuple[str, int]], *, is_cut: bool) -> Setting:
    step = round(size * LINE)
    height = step * len(lines)
    slack = {Stand.TOP: 0, Stand.MIDDLE: (rect.h - height) // 2, Stand.BOTTOM: rect.h - height}[style.stand]
    placed = []
    for number, (text, width) in enumerate(lines):
        x = rect.x + ((rect.w - width) // 2 if style.align is Align.CENTRE else 0)
        placed.append(Line(text, Rect(x, rect.y + slack + number * step, width, step)))
    return Setting(size, tuple(placed), is_cut)


@cache
def _file(weight: Weight) -> Path:
    return Path(str(files(_PACKAGE) / "files" / f"SourceSansPro-{weight}.ttf"))
