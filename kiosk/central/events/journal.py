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
from kiosk.central.tables import are_among

# The row is held from here until the commit, so the next writer draws when these events are there to be seen.
DRAW = text(
    "INSERT INTO event_order (id, position) VALUES (1, :count) "
    "ON CONFLICT (id) DO UPDATE SET position = event_order.position + :count RETURNING position"
)

MARKS = select(EventRow.kiosk, EventRow.id, EventRow.seq, EventRow.kind, EventRow.taken_utc)


async def draw(session: AsyncSession, count: int) -> int:
    """The last of so many new positions. Nobody else gets any until this session's transaction has ended."""
    last: int = (await session.execute(DRAW, {"count": count})).scalar_one()
    return last


@dataclass(frozen=True, slots=True)
class Told:
    """What one kiosk tells at once."""

    kiosk: KioskPrincipal
    batch: Sequence[Mapping[str, Any]]


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
        (receipts,) = await self.take_all([Told(kiosk, batch)], now)
        return receipts

    async def take_all(self, told: Sequence[Told], now: datetime) -> list[list[Receipt]]:
        """The same for the batches of several kiosks, in no more statements."""
        looked = [looked_at(one.batch) for one in told]
        count = sum(len(one.events) for one in looked)
        if count:
            last = await self.drawing(self.session, count)
            rows = await self._fresh(told, looked, now)
            for position, row in enumerate(rows, last - len(rows) + 1):
                row["position"] = position
            if rows:
                await self.session.execute(insert(EventRow), rows, execution_options={"dml_strategy": "raw"})
                await queue_for_hooks(self.session, rows, now)
        return [[one.receipts[place] for place in range(len(of.batch))] for of, one in zip(told, looked, strict=True)]

    async def _fresh(self, told: Sequence[Told], looked: Sequence[Looked], now: datetime) -> list[dict[str, Any]]:
        """The rows of those that are not kept yet, each kiosk's oldest first, without what was erased."""
        batches = list(zip(told, looked, strict=True))
        known = await self._known([(of.kiosk.id, event.id) for of, one in batches for event in one.events.values()])
        became = await self._became({event.person for one in looked for event in one.events.values() if event.person})
        rows = []
        for of, one in batches:
            fresh = []
            for place, event in one.events.items():
                mark = (event.seq, event.kind.value, event.taken_utc)
                kept = known.setdefault((of.kiosk.id, event.id), mark)
                one.receipts[place] = _receipt(event, kept, mark)
                if kept is mark:
                    fresh.append(_of_now(_row(event, of.kiosk, now), became))
            rows += sorted(fresh, key=lambda row: row["seq"])
        return rows

    async def _known(self, ids: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str, datetime]]:
        found = await self.session.execute(MARKS.where(are_among(EventRow.kiosk, EventRow.id, ids)))
        return {(row.kiosk, row.id): (row.seq, row.kind, row.taken_utc) for row in found}

    async def _became(self, people: set[str]) -> dict[str, str | None]:
        """Who of them was erased (None) or merged into whom: a kiosk that was away may still name them."""
        if not people:
            return {}
        query = select(TombstoneRow.person, TombstoneRow.merged_into).where(TombstoneRow.person.in_(people))
        return {row.person: row.merged_into for row in await self.session.execute(query)}


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


def _row(event: NewEvent, kiosk: KioskPrincipal, now: datetime) -> dict[str, Any]:
    row = event.model_dump(mode="python") | {"kiosk": kiosk.id, "site": kiosk.site, "received_utc": now}
    return row | {"kind": event.kind.value, "visit": event.visit or event.id}


def _of_now(row: dict[str, Any], became: Mapping[str, str | None]) -> dict[str, Any]:
    """That row, of whoever its person is now; of nobody, where they were erased."""
    if row["person"] not in became:
        return row
    person = became[row["person"]]
    return row | {"person": person, "similarity": None if person is None else row["similarity"]}
