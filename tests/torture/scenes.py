"""What the store is doing while the power is cut: short stories of real acts, with real code, on random people."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from kiosk.domain.people import NewPerson, Pass
from kiosk.domain.verdict import Aftermath
from kiosk.store import Store
from tests.store.making import MODEL, NOON, a_decision, an_embedding, somebody

Act = Callable[[Store], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """A story: at which version the store is when it begins (None: the latest), and what is done, act by act."""

    name: str
    acts: tuple[Act, ...]
    version: int | None = None


def scenes(dice: random.Random) -> Iterator[Scene]:
    """Every story once, each time a little different."""
    yield Scene("enrol", (_enrol(dice), _more_templates(dice), _enrol(dice), _note()))
    yield Scene("decide", (_enrol(dice), *(_decide(dice) for _ in range(4)), _fail(dice), _fail(dice), _clear()))
    yield Scene("erase", (_enrol(dice), _enrol(dice), _issue(dice), _disown(dice), _erase(), _note(), _erase()))
    yield Scene("pass use", (_enrol(dice), _issue(dice), _use(dice), _note(), _use(dice), _revoke()))
    yield Scene("migration", (_note(), _enrol(dice)), version=dice.choice((1, 2)))
    yield Scene("key roll", (_issue_key(), _enrol(dice), _issue_key(), _note()))
    yield Scene("long log", (_small_log, *(_note() for _ in range(6)), _enrol(dice), _erase(), _decide(dice)))


def _enrol(dice: random.Random) -> Act:
    return lambda store: _ignore(store.people.enrol(_newcomer(dice), NOON))


def _newcomer(dice: random.Random) -> NewPerson:
    faces = [an_embedding(dice.randrange(2**32)) for _ in range(dice.randint(1, 3))]
    return somebody(f"Visitor {dice.randrange(10**9)}", *faces)


def _more_templates(dice: random.Random) -> Act:
    return lambda store: store.people.add_templates(_first(store), _newcomer(dice), NOON)


def _decide(dice: random.Random) -> Act:
    decision = a_decision(f"decision-{dice.getrandbits(64):x}", "somebody")
    return lambda store: store.journal.record(decision, NOON)


def _fail(dice: random.Random) -> Act:
    decision = a_decision(f"failed-{dice.getrandbits(64):x}")
    return lambda store: store.journal.record(decision, NOON, Aftermath(failed="person:somebody"))


def _clear() -> Act:
    decision = a_decision("cleared", "somebody")
    return lambda store: store.journal.record(decision, NOON, Aftermath(cleared="person:somebody"))


def _disown(dice: random.Random) -> Act:
    face = an_embedding(dice.randrange(2**32))
    return lambda store: _ignore(store.people.disown(_first(store), face, NOON))


def _erase() -> Act:
    return lambda store: store.people.erase(_first(store), NOON)


def _issue(dice: random.Random) -> Act:
    number = f"{dice.getrandbits(80):020x}"
    return lambda store: store.passes.keep(_a_pass(_first(store), number))


def _a_pass(person: str, number: str) -> Pass:
    return Pass(number, person, "here", NOON, NOON + timedelta(hours=8), single_use=True)


def _use(dice: random.Random) -> Act:
    number = f"carried-{dice.getrandbits(64):x}"
    decision = replace(a_decision(f"used-{number}", "somebody"), pass_id=None)
    spent = Aftermath(spent=number, spent_until_utc=NOON + timedelta(hours=8), cleared="person:somebody")
    return lambda store: store.journal.record(decision, NOON, spent)


def _revoke() -> Act:
    def revoke(store: Store) -> None:
        for person in store.people.everybody():
            for issued in store.passes.passes_of(person.id):
                store.passes.revoke(issued.id, NOON)

    return revoke


def _issue_key() -> Act:
    return lambda store: _ignore(store.secrets.roll_pass_key(NOON))


def _note() -> Act:
    return lambda store: store.journal.note("tested", NOON)


def _small_log(store: Store) -> None:
    """Copy the log into the database every few pages, so that cuts fall into that too."""
    store.people.db.execute("PRAGMA wal_autocheckpoint = 6").fetchall()


def _first(store: Store) -> str:
    return store.people.everybody()[0].id


def _ignore(_: object) -> None:
    """What an act answers is not needed."""


def read_everything(store: Store) -> None:
    """Open every sealed value, as the kiosk does when it starts."""
    store.people.everybody()
    store.people.templates(MODEL)
    store.people.negatives(MODEL)
    store.secrets.site_id()
