"""Every seam of the kiosk on one page: what the inside asks of devices, clocks and storage.

Each port has one suite in tests/contracts/ that runs on the real thing and on the fake in tests/fakes/.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from kiosk.domain.people import Negative, NewPerson, Pass, PassClaims, Person, Template
from kiosk.domain.sight import Chip, Embedding, Frame
from kiosk.domain.verdict import Aftermath, Decision, Event


class Camera(Protocol):
    """A source of frames, opened and closed by `with`. One thread owns it."""

    def __enter__(self) -> Self:
        """Open the device. Raises MissingHardware if it is not there, CameraLost if it does not answer."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the device back; safe after a failure."""
        ...

    def read(self) -> Frame:
        """The next frame, at most a second or two away. Raises CameraLost, or EndOfFrames when a replay is over."""
        ...


class EndOfFrames(Exception):
    """A replayed source has shown everything; not an error."""


class Clock(Protocol):
    """Time as a parameter: deadlines in monotonic seconds, `utc` only for people."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    def utc(self) -> datetime:
        """The aware date and time in UTC."""
        ...

    def wait(self, flag: threading.Event, seconds: float) -> bool:
        """Wait until `flag` is set, at most `seconds`; True if it is set."""
        ...


class People(Protocol):
    """The enrolled people. Every change is one transaction, durable on return."""

    def enrol(self, new: NewPerson, at_utc: datetime) -> Person:
        """Store a new person with consent and templates. Raises BadInput, StoreError."""
        ...

    def add_templates(self, person: str, templates: NewPerson, at_utc: datetime) -> None:
        """Add templates to somebody already enrolled. Raises NotFound, StoreError."""
        ...

    def erase(self, person: str, at_utc: datetime) -> None:
        """Remove a person, their templates, passes and name. Raises NotFound, StoreError."""
        ...

    def find(self, person: str) -> Person:
        """The person of that id. Raises NotFound."""
        ...

    def everybody(self) -> Sequence[Person]:
        """All people, in order of enrolment."""
        ...

    def templates(self, model: str, dimension: int | None = None) -> Sequence[Template]:
        """Every template that `model` made, of vectors of `dimension` numbers (None: as most of them have).

        Raises StoreDamaged if one does not open.
        """
        ...

    def chip_of(self, person: str) -> Chip | None:
        """The small picture of a person; None where none is kept. Raises NotFound."""
        ...

    def disown(self, person: str, face: Embedding, at_utc: datetime) -> Negative:
        """Remember that this face is not that person. Raises NotFound, StoreError."""
        ...

    def readmit(self, negative: str, at_utc: datetime) -> None:
        """Take `disown` back. Raises NotFound."""
        ...

    def negatives(self, model: str) -> Sequence[Negative]:
        """Every face that `model` embedded and staff said is not somebody."""
        ...


class Passes(Protocol):
    """The passes that were issued."""

    def keep(self, issued: Pass) -> None:
        """Remember a pass before it is shown."""
        ...

    def pass_of(self, pass_id: str) -> Pass:
        """The pass of that id. Raises NotFound."""
        ...

    def passes_of(self, person: str) -> Sequence[Pass]:
        """A person's passes, newest first."""
        ...

    def revoke(self, pass_id: str, at_utc: datetime) -> None:
        """Make a pass worthless. Raises NotFound."""
        ...

    def withdraw(self, claims: PassClaims, at_utc: datetime) -> None:
        """Make a pass that was never kept (a carried one) worthless, by what it says; forgotten when it expires."""
        ...

    def is_withdrawn(self, claims: PassClaims) -> bool:
        """Whether that pass was revoked or withdrawn; a reference pass that is not known counts as revoked."""
        ...

    def is_spent(self, claims: PassClaims) -> bool:
        """Whether that single-use pass let somebody in already."""
        ...


class Tries(Protocol):
    """Failed tries of a claimed identity. A subject is `TRIES_PIN`, or what `subject_of` says of a pass."""

    def wait_s(self, subject: str) -> float:
        """Seconds until the next try of that subject is heard; 0: at once."""
        ...


class Journal(Protocol):
    """The append-only record; what is shown was recorded here first."""

    def record(self, decision: Decision, at_utc: datetime, aftermath: Aftermath | None = None) -> None:
        """Write one decision and what follows from it in one transaction, durable on return.

        Raises PassRefused (PASS_USED) and writes nothing when `aftermath.spent` was spent before.
        """
        ...

    def note(self, kind: str, at_utc: datetime, person: str | None = None) -> None:
        """Write a staff act or a change of state (`kind` is a short code, such as `enrolled`)."""
        ...

    def events(self, since_utc: datetime | None = None, limit: int = 1000) -> Sequence[Event]:
        """The newest `limit` events since then, oldest first."""
        ...


class Sink(Protocol):
    """What acts on decisions in the world: a relay, a message to another machine, a voice.

    It is given decisions of this process alone, each right after it was recorded; never one that was read from a store,
    came over the wire, or is shown again. Right before it moves anything it asks its own `kiosk.domain.acting.Fresh`,
    and what is turned down is dropped: it keeps nothing for later and tries nothing again.
    """

    def take(self, decision: Decision) -> None:
        """Hear of a decision; returns at once and changes nothing about it."""
        ...
