"""Rolling versions out to kiosks, within the registry that is given."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kiosk.central.audit.service import record
from kiosk.central.errors import Conflict, Missing
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.models.choosing import Place, Rollout, is_inside, model_for
from kiosk.central.models.measured import check_measured
from kiosk.central.models.messages import (
    Card,
    KioskModel,
    KioskReport,
    KioskRuns,
    ModelState,
    NewRollout,
    RolloutOut,
    RolloutState,
    Scope,
)
from kiosk.central.models.promoting import check_licence
from kiosk.central.models.registry import Registry
from kiosk.central.models.tables import EvaluationRow, ModelRow, RolloutRow
from kiosk.central.people.service import Doer
from kiosk.central.policies.service import Policies
from kiosk.central.sync.tables import ModelReportRow
from kiosk.central.texts import cleaned, folded
from kiosk.domain.ids import new_id
from kiosk.domain.trust import Strictness
from kiosk.wire.beating import HeartBeat

TARGET_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Rollouts:
    """What is rolled out to whom."""

    registry: Registry

    async def set(self, model: str, new: NewRollout, doer: Doer) -> None:
        """To so many percent; 0 ends it. Raises Missing, Conflict, NotPromoted, Unusable."""
        rows = await self.registry.locked()
        row = next((row for row in rows if row.id == model), None)
        if row is None:
            raise Missing("There is no such version of a model.")
        if row.state != ModelState.CANDIDATE.value:
            raise Conflict("Only a candidate is rolled out; the champion runs everywhere else.")
        check_licence(row)
        scope, target = _target(new)
        if new.percent:
            check_measured(await self.scores(model), await self._levels(scope, target))
        known = await self._known(model, scope, target)
        if known is None and new.percent:
            known = RolloutRow(id=new_id(doer.at_utc), model=model, scope=scope.value, target=target)
            known.folded, known.began_utc = folded(target), doer.at_utc
            self.registry.session.add(known)
        if known is not None:
            known.percent, known.changed_utc, known.changed_by = new.percent, doer.at_utc, doer.user
            if not new.percent:
                await self.registry.session.delete(known)
        act = doer.act("model-rolled-out", f"model:{model}", scope=scope.value, target=target, percent=new.percent)
        await record(self.registry.session, self.registry.vault, act, doer.at_utc)

    async def state(self, model: str) -> RolloutState:
        """How far that version has come: every kiosk, and what it says it runs. Raises Missing."""
        row = await self.registry.find(model)
        every, champion = await self.everything(), (await self.registry.champion()).id
        said = await self._reports(row.tag)
        kiosks = [_runs(kiosk, row, every, champion) for kiosk in await self._kiosks()]
        kiosks = [one.model_copy(update={"report": said.get(one.kiosk)}) for one in kiosks]
        return RolloutState(
            rollouts=[_out(one) for one in await self._of(model)],
            kiosks=kiosks,
            due=sum(kiosk.due for kiosk in kiosks),
            running=sum(kiosk.runs for kiosk in kiosks),
        )

    async def for_kiosk(self, kiosk: str) -> ModelRow:
        """What that kiosk is to run. Raises Missing."""
        row = await self.registry.session.get(KioskRow, kiosk)
        if row is None:
            raise Missing("There is no such kiosk.")
        champion = (await self.registry.champion()).id
        return await self.registry.find(model_for(place_of(row), await self.everything(), champion))

    async def everything(self) -> list[Rollout]:
        """Every roll-out, as `model_for` takes them."""
        rows = (await self.registry.session.scalars(select(RolloutRow))).all()
        return [Rollout(row.model, Scope(row.scope), row.folded, row.percent, row.began_utc) for row in rows]

    async def scores(self, model: str) -> list[tuple[float, float]]:
        """What its scores mean, by the largest set that it was measured on here; nothing where it was not."""
        query = select(EvaluationRow.scores).where(EvaluationRow.model == model)
        found = await self.registry.session.scalar(query.order_by(EvaluationRow.impostors.desc()).limit(1))
        return [] if found is None else [(float(fmr), float(score)) for fmr, score in json.loads(found)]

    async def _reports(self, tag: str) -> dict[str, KioskReport]:
        rows = await self.registry.session.scalars(select(ModelReportRow).where(ModelReportRow.tag == tag))
        return {row.kiosk: KioskReport.model_validate(row, from_attributes=True) for row in rows.all()}

    async def _levels(self, scope: Scope, target: str) -> list[Strictness]:
        """How sure of passes the sites are whose kiosks it may reach; where there is none yet, as sure as is usual."""
        there = [one for one in await self._kiosks() if is_inside(place_of(one), scope, folded(target))]
        sites = {kiosk.site for kiosk in there} or {target}
        policies = Policies(self.registry.session, self.registry.vault)
        return [(await policies.of(site)).claim_level for site in sorted(sites)]

    async def _known(self, model: str, scope: Scope, target: str) -> RolloutRow | None:
        query = select(RolloutRow).where(RolloutRow.model == model, RolloutRow.scope == scope.value)
        return await self.registry.session.scalar(query.where(RolloutRow.folded == folded(target)))

    async def _of(self, model: str) -> Sequence[RolloutRow]:
        query = select(RolloutRow).where(RolloutRow.model == model)
        return (await self.registry.session.scalars(query.order_by(RolloutRow.began_utc, RolloutRow.id))).all()

    async def _kiosks(self) -> Sequence[KioskRow]:
        query = select(KioskRow).where(KioskRow.revoked_utc.is_(None)).order_by(KioskRow.folded)
        return (await self.registry.session.scalars(query)).all()


def place_of(row: KioskRow) -> Place:
    """Where that kiosk stands, as it is compared."""
    return Place(row.id, folded(row.site), frozenset(folded(group) for group in json.loads(row.groups)))


def kiosk_model(row: ModelRow, scores: list[tuple[float, float]]) -> KioskModel:
    """That version, for a kiosk. Raises Missing for one whose card has no recipe."""
    recipe = Card.model_validate_json(row.card).recipe
    if recipe is None:
        raise Missing("The card of that version has no recipe.")
    plain = {name: getattr(row, name) for name in ("id", "name", "version", "tag", "sha256", "size", "dimension")}
    return KioskModel(**plain, recipe=recipe, scores=scores)


def _target(new: NewRollout) -> tuple[Scope, str]:
    if new.site:
        return Scope.SITE, cleaned(new.site, "A site's name", TARGET_LONGEST)
    if new.group:
        return Scope.GROUP, cleaned(new.group, "A group's name", TARGET_LONGEST)
    return Scope.FLEET, ""


def _runs(kiosk: KioskRow, model: ModelRow, every: Sequence[Rollout], champion: str) -> KioskRuns:
    says = HeartBeat.model_validate_json(kiosk.said).model
    return KioskRuns(
        kiosk=kiosk.id,
        name=kiosk.name,
        site=kiosk.site,
        due=model_for(place_of(kiosk), every, champion) == model.id,
        says=says,
        runs=says == model.tag,
    )


def _out(row: RolloutRow) -> RolloutOut:
    return RolloutOut(
        scope=Scope(row.scope),
        target=row.target,
        percent=row.percent,
        began_utc=row.began_utc,
        changed_utc=row.changed_utc,
    )
