"""What the checks work with: two test kiosks of one site, one of another, and people who are nobody."""

import math
import random
import struct
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kiosk.domain.ports import Clock
from kiosk.sync.conformance.findings import need
from kiosk.sync.conformance.probe import Probe
from kiosk.wire.pushed import Kind

NAME = "Conformance Test"
MODEL = "conformance"
NUMBERS = 128


@dataclass(slots=True)
class Trial:
    """Two test kiosks of one site, a third of another; whom they enrolled (`people`) and erased (`erased`)."""

    first: Probe
    second: Probe
    third: Probe
    clock: Clock
    people: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    never: threading.Event = field(default_factory=threading.Event)

    def at(self) -> datetime:
        """Now. In CBOR it travels as tag 0."""
        return self.clock.utc()

    def event(self) -> dict[str, Any]:
        """Something that happened, to nobody; its moment is text, which both forms have."""
        return {"id": self.first.id(), "seq": 1, "kind": "unknown", "taken_utc": self.at().isoformat()}

    def body(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of any kind
        """Somebody to enrol, with one template that is noise."""
        template = noise()
        consent = {"text_version": "conformance", "language": "en", "given_utc": self.at(), "channel": "conformance"}
        face = {"id": self.first.id(), "model": MODEL, "samples": 1, "made_utc": self.at(), "vector": template}
        usual = {"id": self.first.id(), "name": NAME, "enrolled_utc": self.at(), "consents": [consent], "faces": [face]}
        return usual | more

    def enrolled(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of any kind
        """Somebody whom the first kiosk has enrolled, and both have pulled."""
        body = self.body(**more)
        self.people.append(body["id"])
        taken(self.first.told(Kind.PERSON, body), "an enrolment")
        for probe in (self.first, self.second):
            need(body["id"] in probe.pull().people, "somebody who was enrolled does not come by the feed")
        return body

    def erase(self, person: str) -> None:
        """The first kiosk erases them."""
        self.erased.append(person)
        taken(self.first.told(Kind.ERASURE, {"person": person, "erased_utc": self.at()}), "an erasure")


def noise() -> bytes:
    """A template of nobody: numbers by chance, of length one, as they travel."""
    numbers = [random.SystemRandom().gauss(0, 1) for _ in range(NUMBERS)]
    length = math.hypot(*numbers)
    return struct.pack(f"<{NUMBERS}e", *(number / length for number in numbers))


def taken(answer: tuple[str, str], what: str) -> None:
    """Raises NotKept unless that was accepted."""
    need(answer[0] == "accepted", f"{what} is answered {spoken(answer)}, not accepted")


def not_taken(answer: tuple[str, str], reason: str, what: str) -> None:
    """Raises NotKept unless that was rejected for that reason."""
    need(answer == ("rejected", reason), f"{what} is answered {spoken(answer)}, not rejected ({reason})")


def spoken(answer: tuple[str, str]) -> str:
    """An answer with its reason."""
    return f"{answer[0]} ({answer[1]})" if answer[1] else answer[0]
