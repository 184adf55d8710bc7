"""The versions of models and the log of which was champion when, within the session that is given."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Conflict, Missing
from kiosk.central.models.checking import Findings
from kiosk.central.models.files import Part
from kiosk.central.models.messages import Card, LogAct, LogOut, ModelOut, ModelState
from kiosk.central.models.tables import LogRow, ModelRow
from kiosk.central.people.service import Doer
from kiosk.domain.ids import new_id
from kiosk.vault import Vault

TWICE = "That very file is in the registry already; look at the version that has it."


@dataclass(frozen=True, slots=True)
class Registry:
    """The models."""

    session: AsyncSession
    vault: Vault

    async def everything(self) -> Sequence[ModelRow]:
        """Every version, newest first."""
        query = select(ModelRow).order_by(ModelRow.made_utc.desc(), ModelRow.id.desc())
        return (await self.session.scalars(query)).all()

    async def find(self, model: str) -> ModelRow:
        """Raises Missing."""
        row = await self.session.get(ModelRow, model)
        if row is None:
            raise Missing("There is no such version of a model.")
        return row

    async def with_content(self, sha256: str) -> ModelRow | None:
        """The version of that content."""
        return await self.session.scalar(select(ModelRow).where(ModelRow.sha256 == sha256))

    async def champion(self) -> ModelRow:
        """The version in production. Raises Missing before there is one."""
        row = await self.session.scalar(select(ModelRow).where(ModelRow.state == ModelState.CHAMPION.value))
        if row is None:
            raise Missing("No model is in production yet.")
        return row

    async def add(self, card: Card, part: Part, findings: Findings, doer: Doer) -> ModelRow:
        """A new candidate. Raises Conflict for a content or a name and version that is there already."""
        if await self.with_content(part.sha256) is not None:
            raise Conflict(TWICE)
        same = select(ModelRow.id).where(ModelRow.name == card.name, ModelRow.version == card.version)
        if await self.session.scalar(same) is not None:
            raise Conflict("There is another file of that name and version; give it a version of its own.")
        row = row_of(card, part, findings, doer)
        self.session.add(row)
        await self.session.flush()
        told = {"sha256": part.sha256, "size": part.size, "tried_offline": findings.offline}
        act = doer.act("model-uploaded", f"model:{row.id}", **told)
        await record(self.session, self.vault, act, doer.at_utc)
        return row

    async def locked(self) -> Sequence[ModelRow]:
        """Every version, held until this transaction ends, so that one act follows another."""
        query = select(ModelRow).order_by(ModelRow.id).with_for_update()
        return (await self.session.scalars(query.execution_options(populate_existing=True))).all()

    async def log(self) -> Sequence[LogRow]:
        """What was done, oldest first."""
        return (await self.session.scalars(select(LogRow).order_by(LogRow.seq))).all()

    async def at(self, moment: datetime) -> LogRow:
        """What made the champion of that moment one. Raises Missing for a time before the first."""
        query = select(LogRow).where(LogRow.at_utc <= moment).order_by(LogRow.seq.desc()).limit(1)
        row = await self.session.scalar(query)
        if row is None:
            raise Missing("Nothing was in production then.")
        first = select(LogRow).where(LogRow.seq <= row.seq).order_by(LogRow.seq.desc())
        for earlier in (await self.session.scalars(first)).all():
            if earlier.champion != row.champion:
                break
            row = earlier
        return row

    async def write(self, act: LogAct, model: str, champion: str, doer: Doer, **details: object) -> LogRow:
        """One line of the log and one of the audit trail. The log's times never run backwards."""
        last = await self.session.scalar(select(LogRow).order_by(LogRow.seq.desc()).limit(1))
        seq, at_utc = (1, doer.at_utc) if last is None else (last.seq + 1, max(last.at_utc, doer.at_utc))
        row = LogRow(
            seq=seq,
            at_utc=at_utc,
            act=act.value,
            model=model,
            champion=champion,
            done_by=doer.user,
            details=json.dumps(details, sort_keys=True),
        )
        self.session.add(row)
        await self.session.flush()
        act_ = doer.act(f"model-{act.value}", f"model:{model}", champion=champion, **details)
        await record(self.session, self.vault, act_, doer.at_utc)
        return row


def row_of(card: Card, part: Part, findings: Findings, doer: Doer) -> ModelRow:
    """A new candidate's row."""
    return ModelRow(
        id=new_id(doer.at_utc),
        name=card.name,
        version=card.version,
        tag=f"{card.name}@{card.version}",
        sha256=part.sha256,
        size=part.size,
        dimension=findings.dimension,
        speed_ms=findings.speed_ms,
        card=card.model_dump_json(),
        state=ModelState.CANDIDATE.value,
        made_utc=doer.at_utc,
        made_by=doer.user,
    )


def shown(row: ModelRow) -> ModelOut:
    """That version, for the API."""
    return ModelOut(
        id=row.id,
        name=row.name,
        version=row.version,
        tag=row.tag,
        state=ModelState(row.state),
        sha256=row.sha256,
        size=row.size,
        dimension=row.dimension,
        speed_ms=row.speed_ms,
        card=Card.model_validate_json(row.card),
        made_utc=row.made_utc,
        made_by=row.made_by,
    )


def log_out(row: LogRow) -> LogOut:
    """That line, for the API."""
    return LogOut(
        seq=row.seq,
        at_utc=row.at_utc,
        act=LogAct(row.act),
        model=row.model,
        champion=row.champion,
        done_by=row.done_by,
    )
