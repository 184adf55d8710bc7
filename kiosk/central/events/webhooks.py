"""Webhooks: where events are told to. Within the session that is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.secrets import Kind, new_secret
from kiosk.central.audit.service import record
from kiosk.central.errors import Conflict, Missing
from kiosk.central.events.queue import DeliveryState, delivery
from kiosk.central.events.tables import DeliveryRow, HookRow
from kiosk.central.events.targets import check_url
from kiosk.central.events.webhook_messages import Deliveries, DeliveryOut, HookOut, NewHook
from kiosk.central.people.service import Doer
from kiosk.domain.ids import new_id
from kiosk.vault import Context, Vault, What

HOOKS_MOST = 50


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Every webhook."""

    session: AsyncSession
    vault: Vault

    async def everything(self) -> list[HookOut]:
        """All of them, oldest first."""
        rows = (await self.session.scalars(select(HookRow).order_by(HookRow.id))).all()
        counts = await self._counts()
        return [_shown(row, counts) for row in rows]

    async def make(self, new: NewHook, doer: Doer, *, private: bool) -> tuple[HookOut, str]:
        """A new one, and its secret. Raises Unusable for an address that nothing may be sent to, Conflict."""
        check_url(new.url, private=private)
        if (await self.session.scalar(select(func.count()).select_from(HookRow)) or 0) >= HOOKS_MOST:
            raise Conflict(f"There are {HOOKS_MOST} webhooks already; remove one.")
        secret, hook = new_secret(Kind.WEBHOOK), new_id(doer.at_utc)
        kinds = sorted({kind.value for kind in new.kinds})
        row = HookRow(id=hook, url=new.url, kinds=json.dumps(kinds), active=True, made_utc=doer.at_utc)
        row.sealed, row.made_by = self.vault.seal(secret.encode(), secret_of(hook)), doer.user
        self.session.add(row)
        await record(self.session, self.vault, doer.act("webhook-made", f"webhook:{hook}", kinds=kinds), doer.at_utc)
        return _shown(row, {}), secret

    async def set_active(self, hook: str, active: bool, doer: Doer) -> HookOut:
        """Whether it is told anything; what waits for it goes on waiting. Raises Missing."""
        row = await self.find(hook)
        row.active = active
        name = "webhook-resumed" if active else "webhook-paused"
        await record(self.session, self.vault, doer.act(name, f"webhook:{hook}"), doer.at_utc)
        return _shown(row, await self._counts())

    async def remove(self, hook: str, doer: Doer) -> None:
        """With all that waits for it. Raises Missing."""
        await self.find(hook)
        await self.session.execute(delete(HookRow).where(HookRow.id == hook))
        await record(self.session, self.vault, doer.act("webhook-removed", f"webhook:{hook}"), doer.at_utc)

    async def test(self, hook: str, doer: Doer) -> DeliveryOut:
        """A trial, to be sent at once. Raises Missing, Conflict for one that is told nothing."""
        row = await self.find(hook)
        if not row.active:
            raise Conflict("That webhook is paused; resume it first.")
        trial = delivery(hook, None, doer.at_utc)
        await self.session.execute(insert(DeliveryRow), [trial])
        await record(self.session, self.vault, doer.act("webhook-tested", f"webhook:{hook}"), doer.at_utc)
        return DeliveryOut.model_validate(trial)

    async def deliveries(self, hook: str, before: str, limit: int) -> Deliveries:
        """What was sent or is to be, newest first. Raises Missing."""
        await self.find(hook)
        query = select(DeliveryRow).where(DeliveryRow.hook == hook)
        if before:
            query = query.where(DeliveryRow.id < before)
        rows = (await self.session.scalars(query.order_by(DeliveryRow.id.desc()).limit(limit + 1))).all()
        following = rows[limit - 1].id if len(rows) > limit else None
        return Deliveries(deliveries=[DeliveryOut.model_validate(row) for row in rows[:limit]], next=following)

    async def find(self, hook: str) -> HookRow:
        """Raises Missing."""
        row = await self.session.get(HookRow, hook)
        if row is None:
            raise Missing("There is no such webhook.")
        return row

    async def _counts(self) -> dict[tuple[str, str], int]:
        """Of what was not sent; what was is a hundred times more, and nobody asks how much."""
        states = [DeliveryState.WAITING.value, DeliveryState.DEAD.value]
        hooks = (await self.session.scalars(select(HookRow.id))).all()
        of_those = (DeliveryRow.hook.in_(hooks), DeliveryRow.state.in_(states))
        query = select(DeliveryRow.hook, DeliveryRow.state, func.count()).where(*of_those)
        query = query.group_by(DeliveryRow.hook, DeliveryRow.state)
        return {(hook, state): count for hook, state, count in await self.session.execute(query)}


def secret_of(hook: str) -> Context:
    """What a webhook's secret is sealed for."""
    return Context(What.SECRET, name=f"webhook {hook}")


def _shown(row: HookRow, counts: Mapping[tuple[str, str], int]) -> HookOut:
    waiting, dead = (counts.get((row.id, state.value), 0) for state in (DeliveryState.WAITING, DeliveryState.DEAD))
    return HookOut(
        id=row.id,
        url=row.url,
        kinds=json.loads(row.kinds),
        active=row.active,
        made_utc=row.made_utc,
        waiting=waiting,
        dead=dead,
    )
