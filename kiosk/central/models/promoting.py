"""Putting a version into production and taking it back, within the registry that is given: never for the worse."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from kiosk.central.errors import Conflict, Missing, NotPromoted
from kiosk.central.models.messages import Card, LogAct, ModelState
from kiosk.central.models.registry import Registry
from kiosk.central.models.tables import EvaluationRow, LogRow, ModelRow, RolloutRow
from kiosk.central.people.service import Doer

UNLICENSED = "The card names no licence; nobody may be sure that this model may be used. Upload it with one."
UNCOMPARED = "This version and the champion were not measured on the same set; measure both on one."
FIGURES = ("people", "pictures", "genuine", "impostors", "fmr", "fnmr", "low", "high")


async def promote(registry: Registry, model: str, doer: Doer) -> ModelRow:
    """From now on the champion; the one before is archived. Raises Missing, Conflict, NotPromoted."""
    row, champion = await _both(registry, model)
    if row.id == champion.id:
        raise Conflict("That version is in production already.")
    check_licence(row)
    figures = await compared(registry, row, champion)
    if not figures:
        raise NotPromoted(UNCOMPARED, "not-compared")
    worse = [one for one in figures if one["candidate"]["fnmr"] > one["champion"]["fnmr"]]
    if worse:
        raise NotPromoted(_worse(worse[0]), "worse", figures)
    await _crown(registry, row, champion)
    await registry.write(LogAct.PROMOTED, row.id, row.id, doer, before=champion.id)
    return row


async def archive(registry: Registry, model: str, doer: Doer) -> ModelRow:
    """Out of use, with its roll-outs; what was measured stays. Raises Missing, Conflict for the champion."""
    row, champion = await _both(registry, model)
    if row.id == champion.id:
        raise Conflict("That version is in production; promote another one first, or roll back.")
    if row.state != ModelState.ARCHIVED.value:
        row.state = ModelState.ARCHIVED.value
        await _end_rollouts(registry, row)
        await registry.write(LogAct.ARCHIVED, row.id, champion.id, doer)
    return row


async def roll_back(registry: Registry, doer: Doer) -> ModelRow:
    """The champion before this one is champion again. Raises Missing, Conflict where there was none before."""
    rows = await registry.locked()
    before = previous(await registry.log())
    if before is None:
        raise Conflict("No version was in production before this one.")
    row = next(row for row in rows if row.id == before)
    champion = _champion(rows)
    await _crown(registry, row, champion)
    await registry.write(LogAct.ROLLED_BACK, row.id, row.id, doer, before=champion.id)
    return row


def previous(log: Sequence[LogRow]) -> str | None:
    """The champion to roll back to: what was rolled back from does not count any more."""
    stack: list[str] = []
    for line in log:
        if line.act == LogAct.ROLLED_BACK.value:
            stack.pop()
        elif line.act in (LogAct.FIRST.value, LogAct.PROMOTED.value):
            stack.append(line.champion)
    return stack[-2] if len(stack) > 1 else None


def check_licence(row: ModelRow) -> None:
    """Raises NotPromoted for a version whose card names no licence."""
    if not Card.model_validate_json(row.card).licence.strip():
        raise NotPromoted(UNLICENSED, "no-licence")


async def compared(registry: Registry, row: ModelRow, champion: ModelRow) -> list[dict[str, Any]]:
    """What was measured of both on each set that both were measured on; of each the newest."""
    mine, theirs = await _newest(registry, row.id), await _newest(registry, champion.id)
    return [
        {"set_digest": digest, "candidate": _figures(mine[digest]), "champion": _figures(theirs[digest])}
        for digest in sorted(mine.keys() & theirs.keys())
    ]


async def _both(registry: Registry, model: str) -> tuple[ModelRow, ModelRow]:
    rows = await registry.locked()
    row = next((row for row in rows if row.id == model), None)
    if row is None:
        raise Missing("There is no such version of a model.")
    return row, _champion(rows)


def _champion(rows: Sequence[ModelRow]) -> ModelRow:
    champion = next((row for row in rows if row.state == ModelState.CHAMPION.value), None)
    if champion is None:
        raise Missing("No model is in production yet.")
    return champion


async def _crown(registry: Registry, row: ModelRow, champion: ModelRow) -> None:
    champion.state, row.state = ModelState.ARCHIVED.value, ModelState.CHAMPION.value
    await _end_rollouts(registry, row)


async def _end_rollouts(registry: Registry, row: ModelRow) -> None:
    await registry.session.execute(delete(RolloutRow).where(RolloutRow.model == row.id))


async def _newest(registry: Registry, model: str) -> Mapping[str, EvaluationRow]:
    query = select(EvaluationRow).where(EvaluationRow.model == model)
    found = await registry.session.scalars(query.order_by(EvaluationRow.at_utc, EvaluationRow.id))
    return {row.set_digest: row for row in found.all()}


def _worse(figures: Mapping[str, Any]) -> str:
    mine, theirs = figures["candidate"], figures["champion"]
    return (
        f"Where 1 in {1 / mine['fmr']:,.0f} strangers is let in, this version misses {mine['fnmr'] * 100:.2f} % of "
        f"people and the champion {theirs['fnmr'] * 100:.2f} %, on the same set; it would be a step back."
    )


def _figures(row: EvaluationRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIGURES}
