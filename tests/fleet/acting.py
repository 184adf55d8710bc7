"""A kiosk without a body that acts at random and syncs: `python -m tests.fleet.acting FOLDER URL SEED`.

The store, the sync parts and their threads are the real ones. What is done is printed after it is done, a line of JSON
each; while there is a file FOLDER.quiet it only syncs. It never ends by itself.
"""

import json
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kiosk.app import line_of
from kiosk.domain.errors import KioskError
from kiosk.domain.ids import new_id
from kiosk.domain.people import Pass
from kiosk.domain.verdict import Aftermath, Outcome, Reason
from kiosk.parts.post import open_post
from kiosk.parts.sync import StreamPart, SyncPart
from kiosk.parts.vitals import Vitals
from kiosk.runtime.beats import Beats
from kiosk.runtime.clock import SystemClock
from kiosk.runtime.supervisor import Supervisor
from kiosk.settings import General, Settings
from kiosk.store import Opening, Store
from kiosk.sync.options import Options
from kiosk.sync.stream import Wake
from kiosk.wire.standing import Standing
from tests.store.making import a_decision, an_embedding, somebody

QUICK = Opening(patience_s=5.0, every_page=False)
PAUSE_S = 0.1
HOURS = timedelta(hours=8)
Told = list[str] | None


class Actor:
    """What staff and visitors do at one kiosk; each act says what it did once it returned."""

    def __init__(self, store: Store, dice: random.Random, clock: SystemClock) -> None:
        self.store, self.dice, self.clock = store, dice, clock
        self.acts: tuple[tuple[Callable[[], Told], float], ...] = (
            (self.enrol, 3),
            (self.decide, 5),
            (self.rename, 1),
            (self.more_faces, 1),
            (self.issue, 2),
            (self.revoke, 1),
            (self.spend, 1),
            (self.erase, 1.5),
        )

    def act(self) -> Told:
        """One act, or none where there is nobody it could be about, or sync was faster."""
        verbs, weights = zip(*self.acts, strict=True)
        try:
            return self.dice.choices(verbs, weights)[0]()  # type: ignore[no-any-return]
        except KioskError as error:
            if error.code not in ("not-found", "refused", "pass-refused", "store-busy"):
                raise
        return None

    def enrol(self) -> Told:
        name = f"Visitor {self.dice.getrandbits(60):x}"
        new = somebody(name, an_embedding(self.dice.randrange(2**32)))
        return ["enrol", self.store.people.enrol(new, self.clock.utc()).id, name]

    def decide(self) -> Told:
        number = new_id(self.clock.utc())
        person = self._anybody() if self.dice.random() < 0.5 else None
        self.store.journal.record(a_decision(number, person), self.clock.utc())
        return ["event", number]

    def rename(self) -> Told:
        person, name = self._anybody(), f"Renamed {self.dice.getrandbits(60):x}"
        if person is None:
            return None
        self.store.people.rename(person, name, self.clock.utc())
        return ["rename", person, name]

    def more_faces(self) -> Told:
        person = self._anybody()
        if person is None:
            return None
        more = somebody("", an_embedding(self.dice.randrange(2**32)))
        self.store.people.add_templates(person, more, self.clock.utc())
        return ["faces", person]

    def issue(self) -> Told:
        person, now = self._anybody(), self.clock.utc()
        if person is None:
            return None
        number = new_id(now)
        (site,) = self.store.membership.sites()
        single = self.dice.random() < 0.5
        self.store.passes.keep(Pass(number, person, site, now, now + HOURS, single_use=single))
        return ["pass", number, person]

    def revoke(self) -> Told:
        number = self._any_pass(single=False)
        if number is None:
            return None
        self.store.passes.revoke(number, self.clock.utc())
        return ["revoked", number]

    def spend(self) -> Told:
        number = self._any_pass(single=True)
        if number is None:
            return None
        known, event = self.store.passes.pass_of(number), new_id(self.clock.utc())
        decision = replace(a_decision(event, known.person), outcome=Outcome.VERIFIED, reason=Reason.FACE_MATCHES)
        spent = Aftermath(spent=number, spent_until_utc=known.expires_utc)
        self.store.journal.record(replace(decision, pass_id=number), self.clock.utc(), spent)
        return ["spent", number, event]

    def erase(self) -> Told:
        person = self._anybody()
        if person is None:
            return None
        self.store.people.erase(person, self.clock.utc())
        return ["erase", person]

    def _anybody(self) -> str | None:
        people = [person.id for person in self.store.people.everybody()]
        return self.dice.choice(people) if people else None

    def _any_pass(self, *, single: bool) -> str | None:
        person = self._anybody()
        passes = self.store.passes.passes_of(person) if person is not None else ()
        good = [one.id for one in passes if one.revoked_utc is None and one.single_use == single]
        return self.dice.choice(good) if good else None


def say(*told: object) -> None:
    """One line, out of this process before the next act."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Until it is killed."""
    folder, url, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    clock, never = SystemClock(), threading.Event()
    settings = Settings(kiosk=General(store=folder), sync=Options(url=url, heart_beat_s=5.0, poll_s=1.0))

    def opened() -> Store:
        return Store.open(folder, clock, QUICK, environ={})

    post, line = open_post(clock), line_of(settings, clock)
    wake = Wake(post.wake)
    with opened() as store:
        vitals = Vitals(post, Beats(clock), clock)
        parts = SyncPart(opened, line, post, wake, vitals, clock), StreamPart(opened, line, wake, clock)
        Supervisor(clock, parts, lambda _health: None).start()
        if store.membership.member() is None:
            post.pair.set()
        actor, shown, quiet = Actor(store, random.Random(seed), clock), "", folder.with_suffix(".quiet")
        while True:
            post.changes.settle(post.changes.take())  # nobody is kept in memory here
            status = post.standing.peek()
            if store.membership.member() is None or status is None or status.standing is not Standing.PAIRED:
                invitation = None if status is None else status.invitation
                if invitation is not None and invitation.code != shown:
                    shown = invitation.code
                    say("code", invitation.code, invitation.fingerprint)
                clock.wait(never, PAUSE_S)
                continue
            told = None if quiet.exists() else actor.act()
            if told is not None:
                say(*told)
            clock.wait(never, PAUSE_S)


if __name__ == "__main__":
    main()
