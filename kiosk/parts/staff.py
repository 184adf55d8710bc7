"""The staff worker: does what staff ask for on the screens that takes longer than a frame, and replies."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from kiosk.domain.errors import BadInput, StoreError
from kiosk.domain.people import NewPerson
from kiosk.domain.ports import Clock
from kiosk.parts.desk import Desk
from kiosk.parts.post import Post
from kiosk.screens.events import Checked, Enrolled, Erased, Event, Failed, PassIssued, PeopleListed
from kiosk.screens.intents import CheckDuplicate, CheckPin, Enrol, Erase, Intent, IssuePass, ListPeople, SetPin

STAFF = "staff"
PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class StaffPart:
    """Owns a connection to the store of its own, inside the desk that it opens for as long as it runs."""

    open_desk: Callable[[], Desk]
    post: Post
    clock: Clock
    name: str = STAFF

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Answer intents one after another until told to stop. Raises StoreError when the store can't be opened."""
        with self.open_desk() as desk:
            self.post.gallery.put(desk.gallery())
            up()
            while not stop.is_set():
                intent = self.post.intents.wait(PATIENCE_S, stop)
                if intent is not None:
                    self.post.news.post(self._answer(desk, intent))

    def _answer(self, desk: Desk, intent: Intent) -> Event:
        try:
            return self._do(desk, intent)
        except (BadInput, StoreError) as error:
            return Failed(str(error))

    def _do(self, desk: Desk, intent: Intent) -> Event:
        match intent:
            case SetPin(pin):
                return desk.set_pin(pin)
            case CheckPin(pin):
                return desk.check_pin(pin)
            case CheckDuplicate(samples):
                return Checked(desk.lookalike(samples))
            case Enrol(name, consent, samples):
                new = NewPerson(name, consent, (desk.fused(samples),), len(samples))
                person = desk.enrol(new)
                self.post.gallery.put(desk.gallery())
                return Enrolled(person, desk.issue(person), desk.valid_hours)
            case IssuePass(who):
                person = desk.person(who)
                return PassIssued(person, desk.issue(person), desk.valid_hours)
            case ListPeople():
                return PeopleListed(desk.everybody())
            case Erase(who):
                desk.erase(who)
                self.post.gallery.put(desk.gallery())
                return Erased()
            case _:
                assert_never(intent)
