"""What becomes of events when somebody is erased, or is found to be somebody else."""

from sqlalchemy import CursorResult, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.events.inbox_messages import Effect
from kiosk.central.events.journal import draw
from kiosk.central.events.tables import EventRow, VerdictRow


async def forget(session: AsyncSession, person: str) -> dict[str, int]:
    """Events stay, without whom they were of and how similar; what was said of them goes. How many there were.

    No batch that still names them comes in between: events are taken in before, or find that they were erased.
    """
    await draw(session, 0)
    named = await session.execute(
        update(EventRow).where(EventRow.person == person).values(person=None, similarity=None)
    )
    judged = await session.execute(
        delete(VerdictRow).where(or_(VerdictRow.person == person, VerdictRow.guess == person))
    )
    return {"events": _rows(named), "verdicts": _rows(judged)}


async def hand_over(session: AsyncSession, other: str, kept: str) -> None:
    """What names `other` names `kept` from now on: they are one."""
    await draw(session, 0)
    for column in (EventRow.person, VerdictRow.person, VerdictRow.guess):
        await session.execute(update(column.class_).where(column == other).values({column.key: kept}))
    # The kiosk took the one for the other: since they are one, it was right.
    same = (VerdictRow.person == kept, VerdictRow.guess == kept, VerdictRow.effect == Effect.MISTAKEN.value)
    await session.execute(update(VerdictRow).where(*same).values(effect=Effect.RIGHT.value))


def _rows(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
