"""The staff worker: does what staff ask for on the screens that takes longer than a frame, and replies."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from kiosk.domain.errors import BadInput, StoreBusy, StoreError
from kiosk.domain.ports import Clock
from kiosk.parts.desk import Desk
from kiosk.parts.post import Post
from kiosk.parts.renewal import Renewal
from kiosk.screens.events import (
    Checked,
    Enrolled,
    Erased,
    Event,
    Failed,
    LevelsListed,
    PassCarried,
    PassIssued,
    PeopleListed,
    Readmitted,
    StandingSeen,
    VisitsListed,
)
from kiosk.screens.intents import (
    AskToPair,
    Attention,
    CarryPass,
    ChangePin,
    CheckDuplicate,
    CheckPin,
    ChooseLevels,
    Disown,
    Enrol,
    Erase,
    Intent,
    IssuePass,
    ListLevels,
    ListPeople,
    ListVisits,
    LookAtCentral,
    Readmit,
    SetPin,
)
from kiosk.store import Store
from kiosk.wire.standing import Status, standing_of

STAFF = "staff"
PATIENCE_S = 0.5
NO_PASS = "they are enrolled, but no pass could be made for them; give them one under People"
NOT_DONE = "the kiosk could not reach its memory, and nothing was changed; please do it again"


@dataclass(slots=True)
class StaffPart:
    """Owns a connection to the store of its own, inside the desk that it opens for as long as it runs, and knows when
    everybody is to be read anew.
    """

    open_desk: Callable[[], Desk]
    post: Post
    clock: Clock
    name: str = STAFF
    _renewal: Renewal = field(default_factory=Renewal, init=False)

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Answer intents one after another until told to stop. Raises StoreError when the store can't be opened."""
        self._renewal = Renewal()
        self.post.waiting.end(STAFF)
        with self.open_desk() as desk:
            desk.store.pulse.prove()
            self._adopt(desk)
            self._begin(desk)
            self._turn_down()
            self.post.has_pin.put(desk.store.staff.has_pin())  # last: it is what the screens ask for a first PIN by
            while not stop.is_set():
                is_free = self._feel(desk)
                if is_free:
                    up()
                self._follow(desk)
                self.post.recents.forget()
                self._catch_up(desk)
                intent = self.post.intents.wait(PATIENCE_S, stop)
                if intent is not None:
                    self.post.news.post(self._answer(desk, intent) if is_free else Failed(NOT_DONE))
                    self.post.wake.set()

    def _feel(self, desk: Desk) -> bool:
        """Whether the store can be written. While somebody else does, this worker waits with all that it has read."""
        try:
            desk.store.pulse.feel()
        except StoreBusy:
            self.post.waiting.begin(STAFF)
            return False
        self.post.waiting.end(STAFF)
        return True

    def _begin(self, desk: Desk) -> None:
        """Everybody is read anew: whatever the worker before this one, which may have failed, had heard of."""
        told = self.post.changes.take()
        self._publish(desk)
        self.post.recents.keep(desk.store.people.ids())
        self.post.changes.settle(told)

    def _catch_up(self, desk: Desk) -> None:
        """What others changed: who is gone, and what nobody may any more, at once; the others in a moment."""
        told, now = self.post.changes.take(), self.clock.monotonic()
        erased, added = self._news(desk)
        if told.anybody or erased:
            self._forget_the_absent(desk)
        for person in told.gone:
            self.post.recents.forget(person)
        if told.gone:
            self._leave_out(frozenset(told.gone))
        if told.rules:
            self._publish_rules(desk)
        if told.gallery or added:
            self._renewal.want(now, more=told.more or not told.gallery)
        if self._renewal.is_due(now):
            self._publish(desk)
            self._renewal.done(now, self.clock.monotonic())
        if self.post.changes.settle(told):
            self.post.wake.set()  # central waits for the receipts

    def _news(self, desk: Desk) -> tuple[bool, bool]:
        """Whether somebody was erased since it was asked last, and whether faces were added since everybody was read:
        perhaps by a command, which tells nobody.
        """
        try:
            before, burials, faces = self._renewal.burials, desk.store.people.burials(), desk.store.people.faces_mark()
        except StoreError:
            return False, False  # said elsewhere; it is looked at again in a moment
        self._renewal.burials = burials
        return before != burials, faces != self._renewal.faces

    def _forget_the_absent(self, desk: Desk) -> None:
        """Whoever is in no store is in no memory, before their rules go: nobody is known without theirs."""
        there, shown = desk.store.people.ids(), self.post.gallery.peek()
        self.post.recents.keep(there)
        if shown is not None:
            self.post.gallery.put(shown.without(frozenset(shown.people) - there))

    def _leave_out(self, people: frozenset[str]) -> None:
        """Vision knows them no more, from the next frame on."""
        shown = self.post.gallery.peek()
        if shown is not None:
            self.post.gallery.put(shown.without(people))

    def _adopt(self, desk: Desk) -> None:
        wanted = self.post.model.peek()
        if wanted is not None:
            desk.adopt(wanted.model)

    def _follow(self, desk: Desk) -> None:
        """Another model is wanted: its gallery makes vision take it. Not in the middle of an enrolment."""
        wanted, gallery = self.post.model.peek(), self.post.gallery.peek()
        if wanted is None or self.post.attention.peek() is Attention.ENROLMENT:
            return
        is_shown = gallery is not None and gallery.model == wanted.model.name
        if desk.rules.model is not wanted.model or not is_shown:
            desk.adopt(wanted.model)
            self._publish(desk)

    def _turn_down(self) -> None:
        """What was asked for while there was no store is not done behind the back of whoever has given up since."""
        for _ in self.post.intents.drain():
            self.post.news.post(Failed(NOT_DONE))

    def _answer(self, desk: Desk, intent: Intent) -> Event:
        try:
            return self._do(desk, intent)
        except (BadInput, StoreError) as error:
            return Failed(str(error))

    def _publish(self, desk: Desk) -> None:
        """What vision goes by: everybody's templates, who may come when, and how sure it has to be."""
        faces, gallery = desk.store.people.faces_mark(), desk.gallery()  # in this order: what comes meanwhile is news
        self._publish_rules(desk)  # read after the gallery, given before it: no face is known ahead of its rules
        self.post.gallery.put(gallery.without(frozenset(gallery.people) - desk.store.people.ids()))
        self._renewal.faces = faces

    def _publish_rules(self, desk: Desk) -> None:
        """Who may come when, how sure vision has to be, and what people are asked to agree to."""
        self.post.doors.put(desk.doors())
        self.post.levels.put(desk.levels())
        self.post.site.put(desk.site())

    def _do(self, desk: Desk, intent: Intent) -> Event:
        match intent:
            case SetPin() | ChangePin() | CheckPin():
                return _about_pin(desk, intent)
            case CheckDuplicate() | Enrol() | CarryPass():
                return self._enrolment(desk, intent)
            case ListVisits() | Disown() | Readmit():
                return self._visits(desk, intent)
            case ListLevels():
                return LevelsListed(desk.level_costs())
            case ChooseLevels(levels):
                desk.choose(levels)
                self._publish(desk)
                return LevelsListed(desk.level_costs())
            case LookAtCentral() | AskToPair():
                return self._central(desk, intent)
            case IssuePass() | ListPeople() | Erase():
                return self._people(desk, intent)
            case _:
                assert_never(intent)

    def _central(self, desk: Desk, intent: LookAtCentral | AskToPair) -> Event:
        """The sync part asks, and tells the screen of its code by itself; until it says anything, the store does."""
        if isinstance(intent, AskToPair):
            self.post.pair.set()
        return StandingSeen(self.post.standing.peek() or _standing_in(desk.store))

    def _enrolment(self, desk: Desk, intent: CheckDuplicate | Enrol | CarryPass) -> Event:
        match intent:
            case CheckDuplicate(samples):
                return Checked(desk.likeness(samples))
            case Enrol(name, consent, samples, single_use, keeps_picture):
                person = desk.enrol_from(name, consent, samples, keep_picture=keeps_picture)
                try:
                    issued = desk.issue(person, single_use=single_use)
                except StoreError as error:
                    raise StoreError(NO_PASS) from error
                finally:
                    self._publish(desk)
                return Enrolled(person, issued, desk.valid_hours)
            case CarryPass(consent, samples, single_use):
                return PassCarried(desk.carry(consent, desk.fused(samples), single_use=single_use), desk.valid_hours)

    def _people(self, desk: Desk, intent: IssuePass | ListPeople | Erase) -> Event:
        match intent:
            case IssuePass(who, single_use):
                person = desk.person(who)
                return PassIssued(person, desk.issue(person, single_use=single_use), desk.valid_hours)
            case ListPeople():
                return PeopleListed(desk.everybody())
            case Erase(who):
                self._leave_out(frozenset({who}))
                try:  # it takes a while: the file is written anew, and then everybody read
                    desk.erase(who)
                    self.post.recents.forget(who)
                finally:
                    self._publish(desk)
                return Erased()

    def _visits(self, desk: Desk, intent: ListVisits | Disown | Readmit) -> Event:
        match intent:
            case ListVisits():
                return VisitsListed(desk.visits(self.post.recents.newest_first()))
            case Disown(decision):
                event = desk.disown(decision, self.post.recents.newest_first())
                self._publish(desk)
                return event
            case Readmit(negative):
                desk.readmit(negative)
                self._publish(desk)
                return Readmitted()


def _standing_in(store: Store) -> Status:
    member = store.membership.member()
    standing = standing_of(member, revoked=store.membership.was_revoked())
    if member is None:
        return Status(standing)
    return Status(standing, member.url, member.credentials.site, member.credentials.name, member.contact_utc)


def _about_pin(desk: Desk, intent: SetPin | ChangePin | CheckPin) -> Event:
    match intent:
        case SetPin(pin):
            return desk.set_pin(pin)
        case ChangePin(pin):
            return desk.change_pin(pin)
        case CheckPin(pin):
            return desk.check_pin(pin)
