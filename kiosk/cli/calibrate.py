"""`kiosk calibrate`: what each level costs with this gallery and this traffic, and choosing one."""

from datetime import timedelta
from pathlib import Path

import click

from kiosk.app import embedding_in_use
from kiosk.cli.opening import opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.trust import Cost, LevelCosts, Levels, Strictness, Traffic
from kiosk.evaluation.plots import check_plot, plot_levels
from kiosk.identity.calibration import levels_of, with_levels
from kiosk.identity.costs import MONTH_DAYS, Tables, level_costs
from kiosk.runtime.clock import SystemClock
from kiosk.screens import words
from kiosk.settings import Settings
from kiosk.vision.manifest import EmbeddingModel

MONTH = timedelta(days=MONTH_DAYS)
LEVEL = click.Choice([level.value for level in Strictness])

EXAMPLES = """\b
Examples:
  kiosk calibrate
  kiosk calibrate --people 2000 --strangers 5000 --plot levels.png
  kiosk calibrate --choose strict --choose-pass strictest
"""


@click.command("calibrate", cls=Command, epilog=EXAMPLES)
@click.option("--strangers", type=click.IntRange(0), metavar="N", help="Strangers a month [default: as recorded].")
@click.option("--claims", type=click.IntRange(0), metavar="N", help="Passes a month [default: as recorded].")
@click.option("--people", type=click.IntRange(1), metavar="N", help="People enrolled [default: as enrolled].")
@click.option("--choose", type=LEVEL, help="From now on, be this sure of a face alone.")
@click.option("--choose-pass", type=LEVEL, help="From now on, be this sure of a face with a pass.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="F", help="Draw what each level costs.")
@with_shared
def command(
    shared: Shared,
    /,
    strangers: int | None,
    claims: int | None,
    people: int | None,
    plot: Path | None,
    **choices: str | None,
) -> int:
    """Say what each level costs with this gallery and this traffic.

    A level is named by the strangers it lets through, however many people are enrolled. Known visitors that are missed
    were measured on press photographs (Labeled Faces in the Wild); at a kiosk, with several frames of one moment, they
    are fewer. For passes the strangers are those to expect if every pass were held up by somebody else.
    """
    if plot is not None:
        check_plot(plot)
    settings, clock = settings_of(shared), SystemClock()
    model = embedding_in_use(settings)
    with opened_store(settings, clock) as store:
        levels = store.policy.levels() or levels_of(settings.identity)
        wanted = _wanted(levels, choices)
        if wanted != levels:
            store.policy.choose(wanted, clock.utc())
        size = people or len(store.people.templates(model.name, model.dimension))
        traffic = _traffic(store.journal.traffic(clock.utc() - MONTH), strangers, claims)
        costs = _costs(settings, model, wanted, size, traffic)
    if plot is not None:
        plot_levels(costs, plot)
    answer(shared, _fields(costs), _text(costs))
    return 0


def _wanted(levels: Levels, choices: dict[str, str | None]) -> Levels:
    search, claim = choices["choose"], choices["choose_pass"]
    return Levels(
        levels.search if search is None else Strictness(search), levels.claim if claim is None else Strictness(claim)
    )


def _traffic(recorded: Traffic, strangers: int | None, claims: int | None) -> Traffic:
    """What was recorded, scaled to a month where something else is given instead."""
    if strangers is None and claims is None:
        return recorded
    share = MONTH_DAYS / recorded.days if recorded.days >= 1 else 0.0
    return Traffic(
        MONTH_DAYS,
        round(recorded.unnamed * share) if strangers is None else strangers,
        round(recorded.claims * share) if claims is None else claims,
    )


def _costs(settings: Settings, model: EmbeddingModel, levels: Levels, size: int, traffic: Traffic) -> LevelCosts:
    options = with_levels(settings.identity, levels)
    return level_costs(Tables(model.gallery_table, model.miss_table), options, size, traffic)


def _fields(costs: LevelCosts) -> dict[str, object]:
    return {
        "templates": costs.templates,
        "strangers_month": costs.strangers_month,
        "claims_month": costs.claims_month,
        "chosen": {"search": costs.chosen.search.value, "pass": costs.chosen.claim.value},
        "search": [_field(cost) for cost in costs.search],
        "pass": [_field(cost) for cost in costs.claim],
    }


def _field(cost: Cost) -> dict[str, object]:
    return {
        "level": cost.strictness.value,
        "one_in": cost.strictness.one_in,
        "false_accepts_month": cost.false_accepts_month,
        "misses": cost.misses,
        "possible": cost.possible,
    }


def _text(costs: LevelCosts) -> str:
    known = "an unknown number of" if costs.strangers_month is None else f"about {costs.strangers_month:,.0f}"
    lines = [f"{costs.templates:,} templates, {known} strangers a month.", "A face alone lets through:"]
    lines += [_line(cost, cost.strictness is costs.chosen.search) for cost in costs.search]
    lines.append("A face with somebody else's pass:")
    lines += [_line(cost, cost.strictness is costs.chosen.claim) for cost in costs.claim]
    return "\n".join([*lines, "Misses were measured on press photographs; several frames of one moment do better."])


def _line(cost: Cost, chosen: bool) -> str:
    mark = "*" if chosen else " "
    price = ". ".join(words.cost_points(cost))
    return f"{mark} {cost.strictness.value:<10} {words.level(cost.strictness):<22} {price}."
