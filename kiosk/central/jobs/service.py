"""Jobs as they are asked for, held by a worker, and ended. The table is the truth; the queue only wakes workers up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Conflict, Missing
from kiosk.central.jobs.messages import ENDED, ItemOut, JobOut, Kind, State
from kiosk.central.jobs.tables import ItemRow, ItemState, JobRow
from kiosk.central.people.service import Doer
from kiosk.domain.ids import new_id
from kiosk.vault import Vault

FRUITLESS_MOST = 5
SHOWN = 50
GIVEN_UP = "It was begun again and again and never went on; look into the log of the workers."


class Lost(Exception):
    """Another worker has this job now; whoever hears this lets go and changes nothing more."""


class Cancelled(Exception):
    """Somebody wants this job to end."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job that this worker holds."""

    id: str
    kind: Kind
    params: Mapping[str, Any]
    doer: Doer
    attempt: int


@dataclass(frozen=True, slots=True)
class JobBook:
    """All jobs, within the session that it is given."""

    session: AsyncSession
    vault: Vault
    lease_s: float = 15.0

    async def ask(self, kind: Kind, params: Mapping[str, Any], doer: Doer) -> JobRow:
        """A new job, which waits."""
        row = JobRow(
            id=new_id(doer.at_utc),
            kind=kind.value,
            state=State.WAITING.value,
            params=json.dumps(params, default=str),
            asked_by=doer.user,
            via=doer.via,
            asked_utc=doer.at_utc,
        )
        self.session.add(row)
        act = doer.act("job-asked", f"job:{row.id}", kind=kind.value, dry_run=bool(params.get("dry_run")))
        await record(self.session, self.vault, act, doer.at_utc)
        return row

    async def cancel(self, job: str, doer: Doer) -> JobRow:
        """Let it end soon; one that waits ends now. Raises Missing, Conflict."""
        row = await self.find(job)
        if State(row.state) in ENDED:
            raise Conflict("That job has ended.")
        row.cancel_utc = row.cancel_utc or doer.at_utc
        if row.state == State.WAITING.value:
            row.state, row.ended_utc = State.CANCELLED.value, doer.at_utc
        await record(self.session, self.vault, doer.act("job-cancelled", f"job:{job}"), doer.at_utc)
        return row

    async def find(self, job: str) -> JobRow:
        """Raises Missing."""
        row = await self.session.get(JobRow, job, with_for_update=True)
        if row is None:
            raise Missing("There is no such job.")
        return row

    async def newest(self) -> Sequence[JobRow]:
        """The newest jobs."""
        return (await self.session.scalars(select(JobRow).order_by(JobRow.asked_utc.desc()).limit(SHOWN))).all()

    async def items(self, job: str, states: Sequence[ItemState], after: int, limit: int) -> Sequence[ItemRow]:
        """Photographs of an archive that are in one of those states, in their order."""
        query = select(ItemRow).where(ItemRow.job == job, ItemRow.number > after)
        query = query.where(ItemRow.state.in_([state.value for state in states]))
        return (await self.session.scalars(query.order_by(ItemRow.number).limit(limit))).all()

    async def reasons(self, job: str) -> dict[str, int]:
        """How many photographs were of no use, by the reason."""
        query = select(ItemRow.reason, func.count()).where(
            ItemRow.job == job, ItemRow.state == ItemState.REJECTED.value
        )
        return {reason: number for reason, number in await self.session.execute(query.group_by(ItemRow.reason))}

    async def claim(self, now: datetime) -> Held | None:
        """The oldest job that nobody holds, now held by whoever asked; None where there is none."""
        running = JobRow.state == State.RUNNING.value
        free = or_(JobRow.state == State.WAITING.value, and_(running, JobRow.lease_utc < now))
        query = select(JobRow).where(free).order_by(JobRow.asked_utc).limit(1).with_for_update(skip_locked=True)
        row = await self.session.scalar(query)
        if row is None:
            return None
        row.state, row.attempt, row.fruitless = State.RUNNING.value, row.attempt + 1, row.fruitless + 1
        row.began_utc, row.lease_utc = row.began_utc or now, now + timedelta(seconds=self.lease_s)
        held = Held(row.id, Kind(row.kind), json.loads(row.params), Doer(row.asked_by, row.via, now), row.attempt)
        if row.fruitless <= FRUITLESS_MOST:
            return held
        await self.session.flush()
        await self.end(held, State.FAILED, GIVEN_UP, {}, now)
        return await self.claim(now)

    async def hold(self, held: Held, now: datetime, done: int | None = None, total: int | None = None) -> None:
        """Still at it, and so far. Raises Lost, and Cancelled where somebody wants it to end."""
        progress = {"done": done, "fruitless": 0} if done is not None else {}
        if total is not None:
            progress["total"] = total
        lease = now + timedelta(seconds=self.lease_s)
        change = update(JobRow).where(_mine(held)).values(lease_utc=lease, **progress).returning(JobRow.cancel_utc)
        row = (await self.session.execute(change)).one_or_none()
        if row is None:
            raise Lost
        if row.cancel_utc is not None:
            raise Cancelled

    async def end(self, held: Held, state: State, sentence: str, result: Mapping[str, Any], now: datetime) -> None:
        """It is over. Raises Lost."""
        values = {"state": state.value, "sentence": sentence, "result": json.dumps(result), "ended_utc": now}
        ended = await self.session.execute(update(JobRow).where(_mine(held)).values(**values).returning(JobRow.id))
        if ended.one_or_none() is None:
            raise Lost
        act = held.doer.act("job-ended", f"job:{held.id}", kind=held.kind.value, state=state.value)
        await record(self.session, self.vault, act, now)


def _mine(held: Held) -> ColumnElement[bool]:
    """Whether it is still held by whoever took hold of it."""
    return and_(JobRow.id == held.id, JobRow.attempt == held.attempt, JobRow.state == State.RUNNING.value)


def shown(row: JobRow) -> JobOut:
    """That job, for the API."""
    params = json.loads(row.params)
    return JobOut(
        id=row.id,
        kind=Kind(row.kind),
        state=State(row.state),
        dry_run=bool(params.get("dry_run")),
        asked_utc=row.asked_utc,
        began_utc=row.began_utc,
        ended_utc=row.ended_utc,
        cancelling=row.cancel_utc is not None and row.ended_utc is None,
        done=row.done,
        total=row.total,
        sentence=row.sentence,
        result=json.loads(row.result),
    )


def item_out(row: ItemRow) -> ItemOut:
    """That photograph, for the API."""
    return ItemOut(number=row.number, file=row.file, state=ItemState(row.state), reason=row.reason, person=row.person)
