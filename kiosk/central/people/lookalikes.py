"""`/v1/lookalikes`: pairs of people who are easily taken for each other, or are one person enrolled twice."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Conflict
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse
from kiosk.identity.calibration import open_level
from kiosk.identity.gallery import Gallery

router = APIRouter(prefix="/v1/lookalikes", tags=["people"])

# All pairs of so many templates take about ten seconds of one core.
TEMPLATES_MOST = 50_000
ROWS_A_STEP = 500


class LookalikeOut(BaseModel):
    """Two people, and how alike they are. `is_duplicate`: so alike that they would be taken for each other."""

    a: str
    a_name: str
    b: str
    b_name: str
    similarity: float
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places of a gallery's people, and how alike they are."""

    one: int
    other: int
    similarity: float


@router.get("", dependencies=[Depends(Allow(Scope.PEOPLE_READ))])
async def lookalikes(house: InHouse, most: Annotated[int, Query(ge=1, le=500)] = 50) -> list[LookalikeOut]:
    """The pairs of people most alike, of those who might be taken for each other."""
    gallery = await house.search.gallery()
    if gallery.size > TEMPLATES_MOST:
        raise Conflict(f"There are more than {TEMPLATES_MOST:,} templates; too many to compare while you wait.")
    level = open_level(house.model.gallery_table, max(1, gallery.size), house.settings.identity)
    least = house.model.gallery_table.score[-1] if level is None else level.loose
    surely = np.inf if level is None else level.threshold
    pairs = await asyncio.to_thread(alike, gallery, float(least), most)
    people = gallery.people
    async with house.database.reading() as session:
        shown = [people[place] for pair in pairs for place in (pair.one, pair.other)]
        names = await Register(session, house.vault).names(shown)
    return [
        LookalikeOut(
            a=people[pair.one],
            a_name=names.get(people[pair.one], ""),
            b=people[pair.other],
            b_name=names.get(people[pair.other], ""),
            similarity=pair.similarity,
            is_duplicate=pair.similarity >= surely,
        )
        for pair in pairs
    ]


def alike(gallery: Gallery, least: float, most: int) -> list[Pair]:
    """The `most` pairs of different people with a cosine of at least `least`, by their best templates, best first."""
    owner = np.repeat(np.arange(len(gallery.people)), np.diff(gallery.starts))
    best: dict[tuple[int, int], float] = {}
    for begin in range(0, gallery.size, ROWS_A_STEP):
        rows = slice(begin, begin + ROWS_A_STEP)
        cosines = gallery.matrix[rows] @ gallery.matrix.T
        ones, others = np.nonzero(cosines >= least)
        is_later = owner[others] > owner[rows][ones]
        for row, column in zip(ones[is_later], others[is_later], strict=True):
            pair = (int(owner[rows][row]), int(owner[column]))
            best[pair] = max(best.get(pair, -1.0), float(cosines[row, column]))
    ranked = sorted(best.items(), key=lambda item: -item[1])[:most]
    return [Pair(one, other, similarity) for (one, other), similarity in ranked]
