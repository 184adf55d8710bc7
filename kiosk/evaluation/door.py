"""Answers at the door, on the pictures of many people: the kiosk's own verifier, with a picture for each good frame."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import numpy as np

from kiosk.domain.people import Template
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Chip, Embedding, Floats, frozen
from kiosk.domain.verdict import Decision, Observation, Outcome, Quality, Sample
from kiosk.evaluation.trust import FUSED, VOTES, Pictures
from kiosk.identity.calibration import Options
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit
from kiosk.identity.verifier import Verifier

MODEL = "evaluated"
SIZES = (10, 75, 400)
GALLERIES = 5
STRANGERS_PICTURES = 2
GOOD = Quality(100, 400, 0.5, 0.2, 0, 0, 0, 0, None)
NO_PICTURE = Chip(frozen(np.zeros((1, 1, 3), dtype=np.uint8)))


@dataclass(frozen=True, slots=True)
class DoorRow:
    """Visits to galleries of `people`: `known` ones, `recognised`, `asked` for the pass, taken for somebody else
    (`wrong`), the rest unknown; and of `strangers`, those that were named and those asked for the pass.
    """

    people: int
    known: int
    recognised: int
    asked: int
    wrong: int
    strangers: int
    strangers_named: int
    strangers_asked: int


@dataclass(slots=True)
class _Counts:
    people: int
    known: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)

    def row(self) -> DoorRow:
        known, strangers = self.known, self.strangers
        return DoorRow(
            self.people,
            known.total(),
            known["right"],
            known["asked"],
            known["wrong"],
            strangers.total(),
            strangers["wrong"],
            strangers["asked"],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """The kiosk's verifier by that table and these settings."""

    table: ScoreTable
    options: Options

    def answer(self, gallery: Gallery, frames: Floats) -> Decision | None:
        """What a visitor is told who shows these pictures (n, d), again from the first when all were seen."""
        verifier = Verifier(self.table, self.options, lambda: "visit")
        seen = islice(cycle(frames), max(self.options.attempts, self.options.votes))
        decisions = (verifier.consider(_observed(vector, i), gallery) for i, vector in enumerate(seen))
        return next((decision for decision in decisions if decision is not None), None)


def door_rows(pictures: Pictures, door: Door, sizes: Sequence[int] = SIZES) -> tuple[DoorRow, ...]:
    """Some galleries of each size, drawn anew, each visited by those in it who have pictures left and by all strangers.

    A size that too few people have pictures for is left out.
    """
    return tuple(_row(pictures, door, size) for size in sizes if size <= len(pictures.people(FUSED)))


def _row(pictures: Pictures, door: Door, size: int) -> DoorRow:
    counts = _Counts(size)
    for draw in range(GALLERIES):
        templates, visits = _enrolled(pictures, size, np.random.default_rng(draw))
        gallery = Gallery.from_templates(templates, MODEL)
        for person, frames in visits:
            counts.known[_told(door.answer(gallery, frames), person)] += 1
        for frames in _strangers(pictures, gallery):
            counts.strangers[_told(door.answer(gallery, frames), None)] += 1
    return counts.row()


def _enrolled(
    pictures: Pictures, size: int, chance: np.random.Generator
) -> tuple[list[Template], list[tuple[str, Floats]]]:
    """Templates of `size` people, those first who can come back; and their visits."""
    frequent = chance.permutation(pictures.people(FUSED + VOTES))
    rare = chance.permutation(sorted(set(pictures.people(FUSED)) - set(frequent)))
    templates, visits = [], []
    for person in (str(name) for name in [*frequent, *rare][:size]):
        own = chance.permutation(pictures.own(person))
        templates.append(Template(person, person, unit(pictures.rows[own[:FUSED]].mean(axis=0), MODEL), FUSED))
        if len(own) >= FUSED + VOTES:
            visits.append((person, pictures.rows[own[FUSED:]]))
    return templates, visits


def _strangers(pictures: Pictures, gallery: Gallery) -> Iterator[Floats]:
    for person in pictures.people(STRANGERS_PICTURES):
        if person not in gallery.places:
            yield pictures.rows[pictures.own(person)]


def _observed(vector: Floats, number: int) -> Observation:
    embedding = Embedding(frozen(vector.astype(np.float32)), MODEL)
    return Observation(float(number), 1, None, GOOD, Sample(embedding, GOOD, NO_PICTURE), faces=1)


def _told(decision: Decision | None, person: str | None) -> str:
    if decision is None or decision.outcome is Outcome.UNKNOWN:
        return "unknown"
    if decision.outcome is Outcome.UNSURE:
        return "asked"
    return "right" if decision.person == person else "wrong"
