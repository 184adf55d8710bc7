"""What is to be told to webhooks, put down in the transaction in which the events are."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.events.tables import DeliveryRow, HookRow
from kiosk.domain.ids import new_id


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


async def queue_for_hooks(session: AsyncSession, events: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Each of these events for each webhook that wants its kind."""
    hooks = (await session.execute(select(HookRow.id, HookRow.kinds).where(HookRow.active))).all()
    rows = []
    for hook in hooks:
        kinds = set(json.loads(hook.kinds))
        rows += [delivery(hook.id, event["position"], now) for event in events if not kinds or event["kind"] in kinds]
    if rows:
        await session.execute(insert(DeliveryRow), rows)


def delivery(hook: str, event: int | None, now: datetime) -> dict[str, Any]:
    """A delivery that is due at once; a trial where there is no event."""
    nothing = dict.fromkeys(("sent_utc", "lease", "lease_utc"))
    times = {"made_utc": now, "due_utc": now}
    return {
        "id": new_id(now), "hook": hook, "event": event, "state": DeliveryState.WAITING.value,
        "tries": 0, "answer": "", **times, **nothing,
    }  # fmt: skip
