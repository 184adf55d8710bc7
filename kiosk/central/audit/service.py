"""Recording acts, each a link of a keyed chain, and walking along it."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.tables import ActRow, EndRow
from kiosk.vault import Vault

SYSTEM = "system"
START = "0" * 64
STEP = 500


@dataclass(frozen=True, slots=True)
class Act:
    """What was done: `act` in words of ours (`person-erased`), to what, by whom (`actor`: an id), through what."""

    actor: str
    via: str
    act: str
    subject: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


async def record(session: AsyncSession, vault: Vault, act: Act, at_utc: datetime) -> None:
    """Write an act into the session's transaction: it is there if and only if what it tells of is."""
    await record_all(session, vault, (act,), at_utc)


async def record_all(session: AsyncSession, vault: Vault, acts: Sequence[Act], at_utc: datetime) -> None:
    """Write acts, in their order, with as few statements as one."""
    end = await session.scalar(select(EndRow).where(EndRow.id == 1).with_for_update())
    if end is None:
        end = EndRow(id=1, seq=0, chain=START)
        session.add(end)
        await session.flush()
    seq, chain, rows = end.seq, end.chain, []
    for act in acts:
        seq += 1
        row = ActRow(
            seq=seq,
            at_utc=at_utc,
            actor=act.actor,
            via=act.via,
            act=act.act,
            subject=act.subject,
            details=json.dumps(act.details, sort_keys=True, default=str),
        )
        row.chain = chain = _link(vault, chain, row)
        rows.append(row)
    session.add_all(rows)
    await session.execute(update(EndRow).where(EndRow.id == 1).values(seq=seq, chain=chain))
    await session.flush()


async def first_break(session: AsyncSession, vault: Vault, newest: int | None = None) -> int | None:
    """The number of the first act that is not as it was recorded, or is missing; None where the chain holds. Of so many
    of the `newest` only, where that is given: a million take half a minute.
    """
    end = await session.scalar(select(EndRow).where(EndRow.id == 1))
    kept = (0, START) if end is None else (end.seq, end.chain)
    seq = 0 if newest is None else max(0, kept[0] - newest)
    before = START if seq == 0 else await session.scalar(select(ActRow.chain).where(ActRow.seq == seq))
    if before is None:
        return seq
    async for row in _after(session, seq):
        if row.seq != seq + 1 or not hmac.compare_digest(row.chain, _link(vault, before, row)):
            return seq + 1
        before, seq = row.chain, row.seq
    return None if kept == (seq, before) else seq + 1


async def _after(session: AsyncSession, seq: int) -> AsyncIterator[ActRow]:
    query = select(ActRow).where(ActRow.seq > seq).order_by(ActRow.seq)
    rows = await session.stream_scalars(query.execution_options(yield_per=STEP))
    async for some in rows.partitions():
        for row in some:
            yield row
        await asyncio.sleep(0)  # others are served meanwhile


def _link(vault: Vault, before: str, row: ActRow) -> str:
    """Keyed, over the link before and everything the row says, each part with its length in front."""
    at = row.at_utc.isoformat(timespec="microseconds")
    parts = (before, str(row.seq), at, row.actor, row.via, row.act, row.subject, row.details)
    bound = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.digest(vault.derive("audit chain"), bound, "sha256").hex()
