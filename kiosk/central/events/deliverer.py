"""Sends what is queued for webhooks. Any number of processes may run one: a delivery is claimed before it is sent.

A delivery arrives at least once: who is killed between sending and writing that down is not known to have sent it.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.clock import Clock
from kiosk.central.database import Database
from kiosk.central.errors import Unavailable
from kiosk.central.events.messages import EventOut
from kiosk.central.events.queue import DeliveryState
from kiosk.central.events.sending import SENT, Letter, Post, post_office
from kiosk.central.events.tables import DeliveryRow, EventRow, HookRow
from kiosk.central.events.webhooks import secret_of
from kiosk.central.migrating import is_current
from kiosk.domain.ids import new_id
from kiosk.vault import Vault

log = logging.getLogger(__name__)

POLL_S = 1.0
CLAIMED_MOST = 20
LEASE_S = 60.0
WORKED_S = 30.0  # then the rest is given back: with the longest send this stays within the lease
FIRST_S, GROWTH, LONGEST_S = 10.0, 3.0, 6 * 3600.0
GIVEN_UP = timedelta(days=1)
REST_MOST_S = 60.0
KEPT = timedelta(days=7)
TIDIED_EVERY_S = 3600.0
PING = "ping"


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries of one webhook that are ours to send until the lease ends."""

    lease: str
    hook: str
    rows: Sequence[Row[DeliveryRow, HookRow, EventRow | None]]


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Owns the tasks that send, one for each webhook that something is due for."""

    database: Database
    vault: Vault
    clock: Clock
    private: bool

    async def run(self) -> None:
        """Until cancelled."""
        sending: dict[str, asyncio.Task[None]] = {}
        tidy_at = self.clock.monotonic()
        try:
            await self._until_there_are_tables()
            async with post_office(private=self.private) as post:
                while True:
                    sending = {hook: task for hook, task in sending.items() if not task.done()}
                    for hook in await self._due():
                        if hook not in sending:
                            sending[hook] = asyncio.create_task(self._serve(hook, post))
                    if self.clock.monotonic() >= tidy_at:
                        await self._tidy()
                        tidy_at = self.clock.monotonic() + TIDIED_EVERY_S
                    await asyncio.sleep(POLL_S)
        finally:
            for task in sending.values():
                task.cancel()
            await asyncio.gather(*sending.values(), return_exceptions=True)

    async def _until_there_are_tables(self) -> None:
        """A server may be started before its database is brought to this version."""
        while True:
            try:
                if await is_current(self.database):
                    return
            except Unavailable:
                log.debug("the database is away")
            await asyncio.sleep(POLL_S)

    async def _due(self) -> Sequence[str]:
        """Webhooks for which something can be sent now; none while the database is away."""
        try:
            async with self.database.reading() as session:
                now = self.clock.utc()
                due = exists().where(DeliveryRow.hook == HookRow.id, *_is_due(now))
                rested = or_(HookRow.rest_utc.is_(None), HookRow.rest_utc <= now)
                return (await session.scalars(select(HookRow.id).where(HookRow.active, rested, due))).all()
        except Unavailable:
            return ()

    async def _serve(self, hook: str, post: Post) -> None:
        """Send what is due for a webhook, in its order, until one can't be sent. Leases of the others run out."""
        try:
            while claim := await self._claimed(hook):
                until = self.clock.monotonic() + WORKED_S
                for row in claim.rows:
                    if self.clock.monotonic() >= until:
                        await self._give_back(claim)
                        break
                    answer = await post.send(self._letter(row), int(self.clock.utc().timestamp()))
                    await self._settle(claim, row[0], answer)
                    if answer != SENT:
                        await self._give_back(claim)
                        return
        except Unavailable:
            log.debug("the database is away")

    async def _claimed(self, hook: str) -> Claim | None:
        now = self.clock.utc()
        lease = new_id(now)
        chosen = select(DeliveryRow.id).where(DeliveryRow.hook == hook, *_is_due(now))
        chosen = chosen.order_by(DeliveryRow.due_utc, DeliveryRow.event).limit(CLAIMED_MOST)
        taken = {"lease": lease, "lease_utc": now + timedelta(seconds=LEASE_S)}
        async with self.database.writing() as session:
            ids = (await session.scalars(chosen.with_for_update(skip_locked=True))).all()
            if not ids:
                return None
            await session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(ids)).values(taken))
            query = (
                select(DeliveryRow, HookRow, EventRow)
                .join(HookRow, HookRow.id == DeliveryRow.hook)
                .outerjoin(EventRow, EventRow.position == DeliveryRow.event)
            )
            rows = await session.execute(query.where(DeliveryRow.id.in_(ids)).order_by(DeliveryRow.event))
            return Claim(lease, hook, rows.all())

    def _letter(self, row: Row[DeliveryRow, HookRow, EventRow | None]) -> Letter:
        delivery, hook, event = row
        kind = event.kind if event else PING
        told = EventOut.model_validate(event).model_dump(mode="json") if event else None
        body = json.dumps({"delivery": delivery.id, "kind": kind, "event": told}, separators=(",", ":")).encode()
        secret = self.vault.open(hook.sealed, secret_of(hook.id)).decode()
        return Letter(delivery.id, kind, hook.url, secret, body)

    async def _settle(self, claim: Claim, delivery: DeliveryRow, answer: str) -> None:
        """Write down what came of it, unless the lease ran out and it is somebody else's now."""
        now = self.clock.utc()
        values = {"tries": delivery.tries + 1, "answer": answer, "lease": None, "lease_utc": None}
        async with self.database.writing() as session:
            if answer == SENT:
                values |= {"state": DeliveryState.SENT.value, "sent_utc": now}
            else:
                pause = pause_s(delivery.tries)
                due = now + timedelta(seconds=pause)
                is_over = due > delivery.made_utc + GIVEN_UP
                state = DeliveryState.DEAD if is_over else DeliveryState.WAITING
                values |= {"state": state.value, "due_utc": due}
                await self._leave_in_peace(session, claim, now, pause)
            mine = and_(DeliveryRow.id == delivery.id, DeliveryRow.lease == claim.lease)
            await session.execute(update(DeliveryRow).where(mine).values(values))
        if answer != SENT:
            log.info("webhook %s: %s at try %d", claim.hook, answer, delivery.tries + 1)

    async def _leave_in_peace(self, session: AsyncSession, claim: Claim, now: datetime, pause: float) -> None:
        """What else waits for a webhook that does not answer waits a little too, and is given up in its time."""
        rest = now + timedelta(seconds=min(pause, REST_MOST_S))
        await session.execute(update(HookRow).where(HookRow.id == claim.hook).values(rest_utc=rest))
        waiting = and_(DeliveryRow.hook == claim.hook, DeliveryRow.state == DeliveryState.WAITING.value)
        # What was never tried is due since it was made; what was tried is given up at its next try.
        old = and_(waiting, DeliveryRow.due_utc <= now - GIVEN_UP)
        await session.execute(update(DeliveryRow).where(old).values(state=DeliveryState.DEAD.value))

    async def _give_back(self, claim: Claim) -> None:
        async with self.database.writing() as session:
            ids = [row.DeliveryRow.id for row in claim.rows]
            mine = update(DeliveryRow).where(DeliveryRow.id.in_(ids), DeliveryRow.lease == claim.lease)
            await session.execute(mine.values(lease=None, lease_utc=None))

    async def _tidy(self) -> None:
        old = and_(DeliveryRow.state == DeliveryState.SENT.value, DeliveryRow.sent_utc < self.clock.utc() - KEPT)
        try:
            async with self.database.writing() as session:
                await session.execute(delete(DeliveryRow).where(old))
        except Unavailable:
            log.debug("the database is away")


def pause_s(tries: int) -> float:
    """How long to wait after that many tries before: 10 s, 30 s, 90 s … six hours."""
    return min(FIRST_S * GROWTH ** min(tries, 20), LONGEST_S)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(DeliveryRow.lease_utc.is_(None), DeliveryRow.lease_utc <= now)
    return DeliveryRow.state == DeliveryState.WAITING.value, DeliveryRow.due_utc <= now, free
