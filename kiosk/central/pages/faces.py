"""The pages on which photographs are looked at: compare two, and find whom one is like."""

import math
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.faces.api import compare, identify
from kiosk.central.pages.render import page
from kiosk.central.requests import InHouse
from kiosk.domain.scores import ScoreTable

router = APIRouter(include_in_schema=False)

USE = [Depends(Allow(Scope.FACES_USE))]
LEAST_SHARE = 1e-7
LEFT, RIGHT = 86.0, 586.0


@dataclass(frozen=True, slots=True)
class Curve:
    """How many strangers reach a score, drawn: `points` in a 600 x 220 box, and where a score stands in it."""

    points: str
    here: float
    limit: float

    @staticmethod
    def of(table: ScoreTable, here: float, limit: float) -> "Curve":
        """The curve of that table with a score and the threshold on it."""
        low, high = table.score[0], table.score[-1]
        span = (min(low, limit), max(high, here, limit) + 0.02)
        pairs = zip(table.score, table.fmr, strict=True)
        points = " ".join(f"{_x(float(score), span):.1f},{_y(float(fmr)):.1f}" for score, fmr in pairs)
        return Curve(points, _x(max(here, span[0]), span), _x(limit, span))


def _x(score: float, span: tuple[float, float]) -> float:
    return LEFT + (RIGHT - LEFT) * (score - span[0]) / (span[1] - span[0])


def _y(share: float) -> float:
    """Decades of strangers: 1 in 1 at the top, 1 in ten million at the foot."""
    return 12 + 170 * math.log10(max(share, LEAST_SHARE)) / math.log10(LEAST_SHARE)


@router.get("/compare", dependencies=USE)
async def ask_compare(request: Request) -> Response:
    """Two photographs are asked for."""
    return page(request, "compare.html")


@router.post("/compare", dependencies=USE)
async def compared(request: Request, house: InHouse) -> Response:
    """Whether they show the same person, and how sure that is."""
    found = await compare(request, house, mesh=True)
    curve = Curve.of(house.model.score_table, found.similarity, found.threshold)
    return page(request, "compared.html", found=found, curve=curve)


@router.get("/find", dependencies=USE)
async def ask_find(request: Request) -> Response:
    """A photograph is asked for."""
    return page(request, "find.html")


@router.post("/find", dependencies=USE)
async def found(request: Request, house: InHouse) -> Response:
    """The ten people most like it."""
    answer = await identify(request, house, mesh=True)
    return page(request, "found.html", found=answer)
