"""Whether a version was measured far enough for kiosks to be as sure with it as their sites demand."""

from collections.abc import Iterable, Sequence

from kiosk.central.errors import NotPromoted
from kiosk.domain.scores import ScoreTable
from kiosk.domain.trust import Strictness
from kiosk.identity.rates import IMPOSTORS_NEEDED

UNMEASURED = "This version was never measured, so no kiosk could tell what its scores mean; measure it on a set first."


def check_measured(scores: Sequence[tuple[float, float]], levels: Iterable[Strictness]) -> None:
    """Raises NotPromoted where kiosks would refuse it: by `levels` they hold faces against passes.

    How many templates a kiosk searches is known there alone, so that it may still refuse a version for its gallery.
    """
    if not scores:
        raise NotPromoted(UNMEASURED, "not-measured")
    strictest = max(levels, key=lambda level: level.one_in)
    if _reach(scores) > strictest.rate * (1 + 1e-9):
        pairs = IMPOSTORS_NEEDED * strictest.one_in
        raise NotPromoted(
            f"This version was measured on too few people for 1 in {strictest.one_in:,} strangers, as a site demands; "
            f"measure it on a set with {pairs:,} pairs of two people or more.",
            "measured-too-little",
        )


def _reach(scores: Sequence[tuple[float, float]]) -> float:
    """The lowest rate of strangers that it was measured down to; 1 where that is no table."""
    try:
        return ScoreTable(tuple(fmr for fmr, _ in scores), tuple(score for _, score in scores)).strictest
    except ValueError:
        return 1.0
