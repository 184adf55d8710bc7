"""Taking in what kiosks push: all of a batch in one transaction, in an order that readers can follow.

docs/decisions/0023-order-of-events.md says why positions are drawn as they are.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.events.messages import Answer, NewEvent, Receipt
from kiosk.central.events.queue import queue_for_hooks
from kiosk.central.events.tables import EventRow
from kiosk.central.people.tables import TombstoneRow

# The row is held from here until the commit, so the next writer draws when these events are there to be seen.
DRAW = text(
    "INSERT INTO event_order (id, position) VALUES (1, :count) "
    "ON CONFLICT (id) DO UPDATE SET position = event_order.position + :count RETURNING position"
)


async def draw(session: AsyncSession, count: int) -> int:
    """The last of so many new positions. Nobody else gets any until this session's transaction has ended."""
    last: int = (await session.execute(DRAW, {"count": count})).scalar_one()
    return last


@dataclass(frozen=True, slots=True)
class Looked:
    """What a batch holds: the event at each place that can be read, and the receipt at each that can't."""

    events: dict[int, NewEvent] = field(default_factory=dict)
    receipts: dict[int, Receipt] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Journal:
    """The events of every kiosk. `drawing` gives positions in the order of commit; a test shows what others do."""

    session: AsyncSession
    drawing: Callable[[AsyncSession, int], Awaitable[int]] = draw

    async def take(self, batch: Sequence[Mapping[str, Any]], kiosk: KioskPrincipal, now: datetime) -> list[Receipt]:
        """Keep what is new of a batch, in a handful of statements however long it is; a receipt for each."""
        looked = looked_at(batch)
        if looked.events:
            last = await self.drawing(self.session, len(looked.events))
            rows = await self._fresh(looked, kiosk, now)
            for position, row in enumerate(rows, last - len(rows) + 1):
                row["position"] = position
            if rows:
                await self.session.execute(insert(EventRow), rows)
                await queue_for_hooks(self.session, rows, now)
        return [looked.receipts[place] for place in range(len(batch))]

    async def _fresh(self, looked: Looked, kiosk: KioskPrincipal, now: datetime) -> list[dict[str, Any]]:
        """The rows of those that are not kept yet, oldest first, without what was erased."""
        known = await self._known(kiosk.id, [event.id for event in looked.events.values()])
        erased = await self._erased({event.person for event in looked.events.values() if event.person})
        rows = []
        for place, event in looked.events.items():
            mark = (event.seq, event.kind.value, event.taken_utc)
            kept = known.setdefault(event.id, mark)
            looked.receipts[place] = _receipt(event, kept, mark)
            if kept is mark:
                rows.append(_row(event, kiosk, now, is_erased=event.person in erased))
        return sorted(rows, key=lambda row: row["seq"])

    async def _known(self, kiosk: str, ids: Sequence[str]) -> dict[str, tuple[int, str, datetime]]:
        columns = (EventRow.id, EventRow.seq, EventRow.kind, EventRow.taken_utc)
        found = await self.session.execute(select(*columns).where(EventRow.kiosk == kiosk, EventRow.id.in_(ids)))
        return {row.id: (row.seq, row.kind, row.taken_utc) for row in found}

    async def _erased(self, people: set[str]) -> set[str]:
        """Who of them was erased: a kiosk that was away may still name them."""
        if not people:
            return set()
        found = await self.session.scalars(select(TombstoneRow.person).where(TombstoneRow.person.in_(people)))
        return set(found.all())


def looked_at(batch: Sequence[Mapping[str, Any]]) -> Looked:
    """Each event of a batch by itself."""
    looked = Looked()
    for place, item in enumerate(batch):
        try:
            looked.events[place] = NewEvent.model_validate(item)
        except ValidationError as error:
            looked.receipts[place] = _rejected(item, error)
    return looked


def _rejected(item: Mapping[str, Any], error: ValidationError) -> Receipt:
    """Which member is wrong, and never what stood in it."""
    first = error.errors(include_input=False, include_url=False)[0]
    member = str(first["loc"][0]) if first["loc"] else ""
    name = member if member in NewEvent.model_fields else "member"
    shown = item.get("id")
    is_id = isinstance(shown, str) and len(shown) <= 64
    reason = f"unknown-{name}" if first["type"] == "extra_forbidden" else f"bad-{name.replace('_', '-')}"
    return Receipt(id=shown if is_id else None, answer=Answer.REJECTED, reason=reason)


def _receipt(event: NewEvent, kept: tuple[int, str, datetime], mark: tuple[int, str, datetime]) -> Receipt:
    if kept is mark:
        return Receipt(id=event.id, answer=Answer.ACCEPTED)
    if kept == mark:
        return Receipt(id=event.id, answer=Answer.DUPLICATE)
    return Receipt(id=event.id, answer=Answer.REJECTED, reason="another-event-has-this-id")


def _row(event: NewEvent, kiosk: KioskPrincipal, now: datetime, *, is_erased: bool) -> dict[str, Any]:
    row = event.model_dump(mode="python") | {"kiosk": kiosk.id, "site": kiosk.site, "received_utc": now}
    row["kind"], row["visit"] = event.kind.value, event.visit or event.id
    if is_erased:
        row["person"] = row["similarity"] = None
    return row
