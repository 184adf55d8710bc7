"""What a page shows, as one frozen value; views.py makes it of a state, pages only draw it."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.sight import Box, Chip
from kiosk.screens.events import Button
from kiosk.screens.keyboard import Key


class Page(StrEnum):
    """The kinds of pages; each is one file in pages/."""

    ATTRACT = "attract"
    LOOKING = "looking"
    RESULT = "result"
    PIN = "pin"
    MENU = "menu"
    CONSENT = "consent"
    NAME = "name"
    BUSY = "busy"
    REVIEW = "review"
    QUESTION = "question"
    PASS = "pass"
    PEOPLE = "people"
    PERSON = "person"
    NOTICE = "notice"
    WITHOUT_FACE = "without-face"
    ALIKE = "alike"
    VISITS = "visits"
    LEVELS = "levels"
    READING = "reading"
    OUT_OF_ORDER = "out-of-order"


class Tone(StrEnum):
    """The mood of a page; its colour never speaks alone, a symbol and words say the same."""

    CALM = "calm"
    GOOD = "good"
    ASK = "ask"
    STOP = "stop"


class Symbol(StrEnum):
    """The drawn symbols."""

    NONE = "none"
    FACE = "face"
    TICK = "tick"
    CROSS = "cross"
    QUESTION = "question"
    HELLO = "hello"
    CODE = "code"
    LOCK = "lock"
    WARNING = "warning"
    CAMERA_OFF = "camera-off"
    PERSON = "person"
    PERSON_NEW = "person-new"
    PEOPLE = "people"
    LEAVE = "leave"
    BACK = "back"
    NEXT = "next"
    DELETE = "delete"
    SHIFT = "shift"
    BIN = "bin"
    AGAIN = "again"
    CLOCK = "clock"
    SHIELD = "shield"


@dataclass(frozen=True, slots=True)
class Touchable:
    """Something on a page that can be touched: what it presses, and what is written on it, which may be a name and
    is in no repr. `points` and `small_print` are what else stands on it.
    """

    button: Button
    label: str = field(repr=False)
    text: str = field(default="", repr=False)
    enabled: bool = True
    symbol: Symbol = Symbol.NONE
    note: str = field(default="", repr=False)
    points: tuple[str, ...] = ()
    small_print: str = ""
    chip: Chip | None = None
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a page needs to be drawn; fields that a page has no use for keep their defaults.

    `outline` is the face's box in the unmirrored frame. `progress` is 0..1 or None. `count` is how many
    digits were typed, or the page of a long text, which is in `entry`. `code` is the text of the QR code. `turn` is
    the phase 0..1 of what moves. `is_trying`: something is tried again by itself; `is_advice`: the sentence asks for a
    better picture; `is_lamp`: the screen gives light. `other` is a second face beside `chip`, with its `caption`.
    What is said may hold a name or a token, so it is in no repr.
    """

    page: Page
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    hint: str = field(default="", repr=False)
    tone: Tone = Tone.CALM
    symbol: Symbol = Symbol.NONE
    buttons: tuple[Touchable, ...] = ()
    points: tuple[str, ...] = ()
    outline: Box | None = None
    progress: float | None = None
    turn: float = 0.0
    is_trying: bool = False
    is_advice: bool = False
    is_lamp: bool = False
    count: int = 0
    entry: str = field(default="", repr=False)
    keys: tuple[tuple[Key, ...], ...] = ()
    chip: Chip | None = None
    other: Chip | None = None
    caption: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    clock: str = ""
    date: str = ""

    def button(self, button: Button) -> Touchable | None:
        """The first touchable of that kind, or None when this page has none."""
        return next((touchable for touchable in self.buttons if touchable.button is button), None)


def turn_at(monotonic: float) -> float:
    """The phase 0..1 of what moves while something is waited for: one round in 1.5 s, in steps that can be cached."""
    return int(monotonic * 16 % 24) / 24
