"""The errors of several models on one labelled set, drawn over each other and said in a table. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.central.models.messages import EvaluationOut, ModelOut, ModelState

LEFT, RIGHT, TOP, FOOT = 74.0, 470.0, 14.0, 250.0
RAREST, FEWEST = 1e-5, 1e-3  # where the axes begin
RATES = (1e-1, 1e-2, 1e-3, 1e-4)
CURVES_MOST = 4
SETS_MOST = 4


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where, and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One model in the chart: `points` for the line; `cells` its misses at RATES, as text."""

    model: ModelOut
    evaluation: EvaluationOut
    points: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The models that were measured on one set, the champion first."""

    curves: tuple[Curve, ...]

    @property
    def about(self) -> EvaluationOut:
        """What the set is, from any of them."""
        return self.curves[0].evaluation

    @property
    def across(self) -> tuple[Tick, ...]:
        """Of strangers that are let in."""
        return tuple(Tick(_x(10.0**-power), _one_in(10**power)) for power in range(5, -1, -1))

    @property
    def up(self) -> tuple[Tick, ...]:
        """Of people that are missed."""
        return tuple(Tick(_y(share), f"{share * 100:g} %") for share in (1.0, 0.1, 0.01, 0.001))

    @property
    def target(self) -> float:
        """Where the rate stands by which versions are compared."""
        return _x(self.about.fmr)


def charts_of(models: Sequence[ModelOut], evaluations: Sequence[EvaluationOut]) -> list[Chart]:
    """A chart for each set, that which was used last first; of each model the newest figures."""
    known = {model.id: model for model in models}
    sets: dict[str, dict[str, EvaluationOut]] = {}
    for one in sorted(evaluations, key=lambda one: (one.at_utc, one.id), reverse=True):
        sets.setdefault(one.set_digest, {}).setdefault(one.model, one)
    return [_chart(found, known) for found in list(sets.values())[:SETS_MOST]]


def _chart(found: dict[str, EvaluationOut], known: dict[str, ModelOut]) -> Chart:
    ordered = sorted(found.values(), key=lambda one: known[one.model].state is not ModelState.CHAMPION)
    return Chart(tuple(_curve(known[one.model], one) for one in ordered[:CURVES_MOST]))


def _curve(model: ModelOut, evaluation: EvaluationOut) -> Curve:
    rare = [(fmr, fnmr) for fmr, fnmr in evaluation.curve if fmr >= RAREST]
    above = sum(fnmr > FEWEST for _, fnmr in rare)
    pairs = rare[: above + 1]  # it ends where it leaves the chart: a logarithm knows no zero
    points = " ".join(f"{_x(fmr):.1f},{_y(fnmr):.1f}" for fmr, fnmr in pairs)
    return Curve(model, evaluation, points, tuple(_cell(evaluation, rate) for rate in RATES))


def _cell(evaluation: EvaluationOut, rate: float) -> str:
    """The misses at that rate; a dash where there were too few strangers to tell."""
    if rate == evaluation.fmr:
        return f"{evaluation.fnmr * 100:.2f} %"
    below = [fnmr for fmr, fnmr in evaluation.curve if fmr <= rate * (1 + 1e-6)]
    return f"{below[-1] * 100:.2f} %" if below and rate * evaluation.impostors >= 1 else "–"


def _x(fmr: float) -> float:
    return RIGHT - (RIGHT - LEFT) * math.log10(max(fmr, RAREST)) / math.log10(RAREST)


def _y(fnmr: float) -> float:
    return TOP + (FOOT - TOP) * math.log10(max(fnmr, FEWEST)) / math.log10(FEWEST)


def _one_in(count: int) -> str:
    return "all" if count == 1 else f"1/{count:,}"
