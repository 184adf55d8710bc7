"""Pictures of the figures, drawn with matplotlib, which is only needed here (extra `plots`)."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.domain.errors import BadInput
from kiosk.domain.trust import Cost, LevelCosts
from kiosk.evaluation.detection import Detection
from kiosk.evaluation.verification import Verification
from kiosk.identity.rates import Scores, trade_off

INK = "#222222"
COLOURS = ("#0b6e99", "#c25b12", "#6a4c93")
DASHES = ("-", "--", ":")
BINS = 80


def check_plot(path: Path) -> None:
    """Find out before the work, not after it, that nothing can be drawn. Raises BadInput."""
    _drawing()
    if not path.parent.is_dir():
        raise BadInput(f"{path} can't be drawn: there is no folder {path.parent}.")


def plot_verification(figures: Sequence[Verification], path: Path) -> None:
    """A DET curve of all recognisers and histograms of the first one's scores. Raises BadInput."""
    figure, (curve, bars) = _canvas(2)
    for one, colour, dash in zip(figures, COLOURS, DASHES, strict=False):
        fmr, fnmr = trade_off(one.genuine, one.impostors)
        least = 0.5 / max(1, len(one.genuine))  # none missed has no place on a logarithmic axis
        curve.plot(fmr, np.maximum(fnmr, least), dash, color=colour, label=one.name)
    curve.set(xscale="log", yscale="log", xlabel="false match rate", ylabel="false non-match rate")
    curve.set_title("The same person missed, by rate of false matches")
    curve.legend(frameon=False)
    first = figures[0]
    genuine = _made(first.genuine)
    edges = np.linspace(*_span(genuine, first.impostors), BINS + 1)
    _histogram(bars, first.impostors, edges, (COLOURS[1], "different people"))
    _histogram(bars, genuine, edges, (COLOURS[0], "the same person"))
    bars.set(xlabel=f"score ({first.name})", ylabel="share a bin", title="Scores of pairs")
    bars.legend(frameon=False)
    _save(figure, path)


def plot_detection(found: Detection, path: Path) -> None:
    """Precision against recall. Raises BadInput."""
    figure, (curve,) = _canvas(1)
    recall = np.concatenate([[0.0], found.recall_curve])
    precision = np.concatenate([[1.0], found.precision_curve])
    curve.step(recall, precision, where="post", color=COLOURS[0])
    curve.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    curve.set_title(f"{found.found} of {found.faces} faces found, {found.false_alarms} false alarms")
    _save(figure, path)


def plot_levels(costs: LevelCosts, path: Path) -> None:
    """What each level costs: known visitors missed, strangers let through. Raises BadInput."""
    figure, panes = _canvas(2)
    for pane, levels, chosen, title in (
        (panes[0], costs.search, costs.chosen.search, "A face alone"),
        (panes[1], costs.claim, costs.chosen.claim, "A face with a pass"),
    ):
        names = [f"{cost.strictness.value}\n1 in {cost.strictness.one_in:,}" for cost in levels]
        heights = [100 * (cost.misses or 0.0) if cost.possible else 100.0 for cost in levels]
        colours = [COLOURS[0] if cost.strictness is chosen else "#9bb7c4" for cost in levels]
        pane.bar(names, heights, color=colours, hatch=None)
        for place, (cost, height) in enumerate(zip(levels, heights, strict=True)):
            pane.text(place, height, _level_note(cost), ha="center", va="bottom", fontsize=8, color=INK)
        pane.set(ylim=(0, max(5.0, *heights) * 1.25), ylabel="known visitors asked again, %", title=title)
    _save(figure, path)


def _level_note(cost: Cost) -> str:
    if not cost.possible:
        return "asks for the pass"
    if cost.false_accepts_month is None:
        return f"{100 * (cost.misses or 0.0):.1f} %"
    return f"{100 * (cost.misses or 0.0):.1f} %\n{cost.false_accepts_month:.2g} strangers a month"


def _drawing() -> Any:  # noqa: ANN401 - a module
    try:
        return import_module("matplotlib.figure")
    except ImportError as error:
        raise BadInput("a plot needs matplotlib; install it with pip install '.[plots]'.") from error


def _canvas(panels: int) -> tuple[Any, Any]:
    figure = _drawing().Figure(figsize=(5.2 * panels, 4.2), layout="constrained")
    panes = figure.subplots(1, panels, squeeze=False)[0]
    for pane in panes:
        pane.spines[["top", "right"]].set_visible(False)
        pane.grid(alpha=0.25, color=INK)
        pane.set_axisbelow(True)
    return figure, panes


def _histogram(pane: Any, scores: Scores, edges: Scores, look: tuple[str, str]) -> None:  # noqa: ANN401 - axes
    """Bars of the share of scores in each bin; `look` is colour and label."""
    counts, _ = np.histogram(scores, edges)
    pane.stairs(counts / max(1, len(scores)), edges, fill=True, color=look[0], alpha=0.6, label=look[1])


def _span(genuine: Scores, impostors: Scores) -> tuple[float, float]:
    both = np.concatenate([genuine, impostors[:1], impostors[-1:], [0.0] if not len(genuine) else []])
    return float(both.min()), float(both.max())


def _made(scores: Scores) -> Scores:
    return scores[~np.isnan(scores)]


def _save(figure: Any, path: Path) -> None:  # noqa: ANN401 - matplotlib's figure
    try:
        figure.savefig(path, dpi=130)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} can't be drawn ({error}); choose a name that ends in .png, .svg or .pdf.") from error
