"""A small world: one central, a few kiosks at a site or two, staff and admins who act at random, a bad network.

`World.do` does one act; `World.heal` ends all that is bad and lets everybody step until there is nothing left to say.
What must come of it is checked by sync_checks.py.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kiosk.central.access.secrets import digest
from kiosk.domain.errors import KioskError
from kiosk.domain.ids import new_id
from kiosk.sync.backoff import LONGEST_S
from kiosk.sync.ports import EVERYTHING
from tests.torture.network import BadNetwork
from tests.torture.sync_acts import ADMIN_ACTS, KIOSK_ACTS
from tests.torture.sync_kiosk import AMOUNTS, Kiosk
from tests.torture.sync_plan import Act, Plan, Verb
from tests.torture.sync_server import Server

T = TypeVar("T")
STEPS_MOST = 400
HEAL_S = 5.0
OF_PEOPLE = {Verb.ENROL, Verb.MORE_FACES, Verb.ERASE, Verb.UNPAIR}  # who does that has them in memory at once
UNTOLD, UNTOLD_S = 8, LONGEST_S + 40.0
LOOKS = 5
HEAL_STEPS_MOST = 300
HEAL_REQUESTS_MOST = 150


class Wrong(Exception):
    """A law that did not hold."""


@dataclass
class Memory:
    """What the world remembers, to hold it against what the kiosks and central say in the end.

    `made`: people enrolled at kiosks that must be somewhere; `gone`: people who must be nowhere; `sealed`: what was
    kept of somebody, as it was sealed, by kiosk and person; `wanted`, `names`: renames at kiosks, and which names
    central ever had; `admins`: what an admin called somebody last; `renamed`: what kiosks ever did.
    """

    made: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    ever_gone: set[str] = field(default_factory=set)
    sealed: dict[str, dict[str, set[bytes]]] = field(default_factory=dict)
    events: dict[str, set[str]] = field(default_factory=dict)
    wanted: dict[tuple[str, str], str] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    admins: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, set[str]] = field(default_factory=dict)
    passes: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    restored: bool = False
    copied: set[str] = field(default_factory=set)


@dataclass
class World:
    """One history on a server that may have seen others; its sites and people are its own."""

    server: Server
    folder: Path
    plan: Plan
    kiosks: list[Kiosk] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    backup: Path | None = None
    done: list[str] = field(default_factory=list)
    healed_s: float = 0.0
    healed_requests: int = 0
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(f"world {self.plan.seed}")
        tag = new_id(self.server.time.utc())[-12:]
        self.sites = tuple(f"site {tag} {number}" for number in range(self.plan.sites))
        self.server.time.pass_by(3600.0)
        for number in range(self.plan.kiosks):
            self.kiosks.append(self.new_kiosk(f"kiosk {tag} {number}"))

    def new_kiosk(self, name: str) -> Kiosk:
        chance = random.Random(f"{self.plan.seed} {len(self.kiosks)}")
        time = self.server.time
        network = BadNetwork(self.server.way, chance, time.pass_by, chance=self._chance())
        folder, most = self.folder / name.replace(" ", "-"), chance.choice(AMOUNTS)
        return Kiosk(name, folder, time, network, chance, self.server.url, most)

    def _chance(self) -> float:
        """How bad the network is; good in histories that somebody wrote."""
        return 0.0 if self.plan.seed < 0 else self._dice.choice((0.0, 0.1, 0.3, 0.6))

    def close(self) -> None:
        for kiosk in self.kiosks:
            kiosk.close()

    def site_of(self, kiosk: Kiosk) -> str:
        """Where that kiosk is put when it is paired."""
        return self.sites[self.kiosks.index(kiosk) % len(self.sites)]

    def chosen(self, act: Act, of: Sequence[str]) -> str | None:
        """Whom or what an act is about."""
        return of[act.p % len(of)] if of else None

    def chosen_of(self, act: Act, of: Sequence[T]) -> T:
        """The same, of anything that there always is some of."""
        return of[act.p % len(of)]

    def do(self, act: Act) -> None:
        """Do it, where it can be done; what kiosk or central refuse is refused."""
        self.done.append(act.verb)
        kiosk = self.kiosks[act.k % len(self.kiosks)]
        if act.verb is Verb.RUN:
            self.run(0.5 + 40.0 * act.luck**2)
        elif act.verb in KIOSK_ACTS:
            try:
                KIOSK_ACTS[act.verb](self, kiosk, act)
            except KioskError as error:
                if error.code not in ("not-found", "refused", "bad-input", "pass-refused"):
                    raise
            if act.verb in OF_PEOPLE:
                kiosk.remember(EVERYTHING)
        else:
            ADMIN_ACTS[act.verb](self, act)

    def run(self, seconds: float) -> None:
        """Let that time pass, and every paired kiosk do meanwhile what it wants to do."""
        time = self.server.time
        until, steps = time.now + seconds, 0
        while True:
            kiosk = min(self.kiosks, key=lambda one: one.next_at)
            if kiosk.next_at > until:
                break
            time.now = max(time.now, kiosk.next_at)
            self.step(kiosk)
            steps += 1
            if steps > STEPS_MOST:
                raise Wrong(f"{steps} steps within {seconds:.0f} s: a kiosk spins")
        time.now = max(time.now, until)

    def step(self, kiosk: Kiosk) -> None:
        """One step, and what is remembered of it."""
        self.remember_erased(kiosk)
        before = {person for (person,) in kiosk.rows("SELECT id FROM people WHERE version = 0 AND confirmed = 0")}
        kiosk.step()
        lost = before & self.memory.made
        lost -= {person for (person,) in kiosk.rows("SELECT id FROM people")} | self.memory.ever_gone
        if lost and kiosk.name not in self.memory.copied:
            raise Wrong(f"{len(lost)} people went whom central never had")
        if kiosk.rows("SELECT 1 FROM people JOIN tombstones ON tombstones.person = people.id LIMIT 1"):
            raise Wrong("somebody who was erased is back at a kiosk")
        self.remember_names()

    def remember_erased(self, kiosk: Kiosk) -> None:
        """What is kept of those who must go, as it is sealed, as long as it is there."""
        for person in self.memory.ever_gone:
            self.remember_sealed(kiosk, person)

    def remember_sealed(self, kiosk: Kiosk, person: str) -> None:
        """What that kiosk keeps of somebody, as it is sealed."""
        self.memory.sealed.setdefault(kiosk.name, {}).setdefault(person, set()).update(kiosk.sealed_of(person))

    def remember_names(self) -> None:
        """The names that central has of those who were renamed at kiosks."""
        for person in {person for _, person in self.memory.wanted}:
            for (name,) in self.server.rows("SELECT name FROM people WHERE id = :id", id=person):
                self.memory.names.setdefault(person, set()).add(name)

    def remember_events(self, kiosk: Kiosk) -> None:
        """All that the journal ever said, before a card is put back."""
        self.memory.events.setdefault(kiosk.name, set()).update(id for (id,) in kiosk.rows("SELECT id FROM events"))

    def erase(self, person: str) -> None:
        """From now on nobody may have them."""
        self.memory.gone.add(person)
        self.memory.ever_gone.add(person)
        self.memory.made.discard(person)

    def weaken(self) -> None:
        """A copy was put back somewhere, or a kiosk is trusted no more: what nobody else had heard of is lost."""
        rows = self.server.rows
        for person in list(self.memory.gone):
            if rows("SELECT 1 FROM tombstones WHERE person = :id", id=person):
                continue
            query = "SELECT 1 FROM tombstones WHERE person = ? AND NOT merged"
            if not any(one.rows(query, person) for one in self.members()):
                self.memory.gone.discard(person)
        for person in list(self.memory.made):
            if rows("SELECT 1 FROM people WHERE id = :id", id=person):
                continue
            query = "SELECT 1 FROM people WHERE id = ? AND origin = 'here'"
            if not any(one.rows(query, person) for one in self.members(alone=True)):
                self.memory.made.discard(person)

    def members(self, *, alone: bool = False) -> list[Kiosk]:
        """The kiosks that central takes for its own; `alone`: those that are not paired too."""
        known = {token for (token,) in self.server.rows("SELECT digest FROM kiosks WHERE revoked_utc IS NULL")}
        known |= {token for (token,) in self.server.rows("SELECT previous FROM kiosks WHERE revoked_utc IS NULL")}
        found = []
        for kiosk in self.kiosks:
            member = kiosk.store.membership.member()
            if (alone and member is None) or (member and digest(member.credentials.token) in known):
                found.append(kiosk)
        return found

    def heal(self) -> None:
        """The network is good from now on; everybody steps until nothing is left to say.

        In most histories the streams are up again too, and tell; in some the kiosks have to find out by themselves.
        """
        for kiosk in self.kiosks:
            kiosk.network.heal()
            kiosk.fate.left = kiosk.card.left = kiosk.command_in = None
        self._leave_what_is_lost()
        if self.plan.seed % UNTOLD == 0:
            waited = self._waiting()
            self.run(self._well_at() + HEAL_S - self.server.time.now)
            if waited & self._waiting():
                raise Wrong(f"stalled: nothing told the kiosks, and they did not try, {self._standing()}")
            self.run(UNTOLD_S)
            for _ in range(LOOKS):  # a look at the feed may just be due, which is no stall
                if self.is_quiet():
                    return
                self.run(1.0)
            if not self.is_quiet():
                raise Wrong(f"stalled: nothing told the kiosks, {self._standing()}")
            return
        for kiosk in self.kiosks:
            kiosk.heal()
        self._drain()

    def _well_at(self) -> float:
        """Now, or when the last of the waits is over that central asked for, or a card: it is not well before that."""
        waits = [one.card_until for one in self.kiosks] + [one.asked_until for one in self.kiosks]
        return max(self.server.time.now, *waits)

    def _drain(self) -> None:
        time = self.server.time
        begun, asked, steps = self._well_at(), self._requests(), 0
        while not self.is_quiet():
            kiosk = min((one for one in self.kiosks if one.is_paired), key=lambda one: one.next_at)
            time.now = max(time.now, kiosk.next_at)
            waiting = kiosk.store.outbox.waiting().waiting
            self.step(kiosk)
            if kiosk.is_paired and kiosk.store.outbox.waiting().waiting < waiting:
                self.tell_everybody()
            steps += 1
            requests = self._requests() - asked
            is_late = time.now - begun > HEAL_S or steps > HEAL_STEPS_MOST
            if is_late or requests > HEAL_REQUESTS_MOST * len(self.kiosks):
                took = f"{time.now - begun:.1f} s, {steps} steps, {requests} requests"
                raise Wrong(f"stalled: {self._standing()} ({took})")
        self.healed_s, self.healed_requests = max(0.0, time.now - begun), self._requests() - asked

    def _waiting(self) -> set[tuple[str, str]]:
        """What waits at each kiosk of the fleet to be told."""
        query = "SELECT id FROM outbox WHERE state = 'waiting'"
        return {(one.name, number) for one in self.kiosks if one.is_paired for (number,) in one.rows(query)}

    def _requests(self) -> int:
        return sum(one.network.traffic.requests for one in self.kiosks)

    def _standing(self) -> list[str]:
        return [one.engine.status().trouble or f"{one.engine.is_idle()}" for one in self.kiosks if one.is_paired]

    def tell_everybody(self) -> None:
        """As the streams do, which are up."""
        for kiosk in self.kiosks:
            kiosk.wake()

    def is_quiet(self) -> bool:
        return all(one.engine.is_idle() and not one.owes_receipts() for one in self.kiosks if one.is_paired)

    def _leave_what_is_lost(self) -> None:
        """A kiosk that a restored central does not know any more is paired anew by hand; here it goes on alone."""
        known = {one for (one,) in self.server.rows("SELECT digest FROM kiosks")}
        known |= {one for (one,) in self.server.rows("SELECT previous FROM kiosks")}
        for kiosk in self.kiosks:
            member = kiosk.store.membership.member()
            if member is not None and digest(member.credentials.token) not in known:
                self.remember_erased(kiosk)
                kiosk.store.membership.leave(kiosk.clock.utc(), revoked=False)
                kiosk.remember(EVERYTHING)
                self.weaken()
