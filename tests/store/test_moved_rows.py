"""Rows that SQLite moved leave copies of themselves in the room that becomes free: those of erased people go too."""

import random
from pathlib import Path

from kiosk.store import Store
from kiosk.wire.pulled import Change
from tests.store.making import NOON, all_bytes, an_embedding, open_store, query, somebody
from tests.store.syncing import a_face, a_person, gone, pair, told

SEED = 6  # one by which SQLite leaves such a copy
PAGES = 120
PIECE = 40


class Traffic:
    """What central tells and staff does, as a seed has it; `erased` is what was kept of everybody who went."""

    def __init__(self, store: Store, folder: Path, seed: int) -> None:
        self.store, self.folder, self.dice = store, folder, random.Random(seed)
        self.people: dict[str, Change] = {}
        self.erased: list[bytes] = []
        self.made = 0

    def page(self, number: int) -> None:
        changes = [self._change() for _ in range(self.dice.randrange(1, 8))]
        told(self.store, *changes, cursor=f"e.{number}.v")
        for _ in range(self.dice.randrange(3)):
            self.made += 1
            new = somebody("Local " + "z" * self.dice.randrange(40), an_embedding(self.made))
            self.store.people.enrol(new, NOON)

    def _change(self) -> Change:
        chance = self.dice.random()
        if chance < 0.5 or not self.people:
            return self._somebody(f"person{self.dice.getrandbits(40):010x}", 1, 1 + (chance < 0.15))
        person = self.dice.choice(sorted(self.people))
        if chance < 0.75:
            before = self.people[person].person
            assert before is not None
            return self._somebody(person, before.version + 1, len(before.faces) + 1)
        del self.people[person]
        kept = "SELECT vector FROM templates WHERE person = ? UNION ALL SELECT name FROM people WHERE id = ?"
        self.erased += [bytes(blob)[:PIECE] for (blob,) in query(self.folder, kept, person, person)]
        return gone(person, erased=True)

    def _somebody(self, person: str, version: int, faces: int) -> Change:
        self.made += 1
        seeds = range(self.made * 100, self.made * 100 + faces)
        named = [a_face(seed, f"{person}-{place}") for place, seed in enumerate(seeds)]
        change = a_person(person, version, "N" * self.dice.randrange(1, 50), faces=named)
        self.people[person] = change
        return change


def left(folder: Path, seed: int) -> int:
    """How many pieces of erased people are in the store's files after so much traffic."""
    with open_store(folder) as store:
        pair(store)
        traffic = Traffic(store, folder, seed)
        for number in range(PAGES):
            traffic.page(number)
        assert len(traffic.erased) > PAGES
        lying = all_bytes(folder)
        return sum(piece in lying for piece in traffic.erased)


def test_nothing_of_an_erased_person_is_left_where_rows_were_moved(tmp_path: Path) -> None:
    assert left(tmp_path / "store", SEED) == 0
