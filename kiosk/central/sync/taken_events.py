"""What kiosks say of what happened: into the journal of events, all of a push in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.events.journal import Journal, Told
from kiosk.central.events.messages import Kind
from kiosk.central.sync.taker import Taken
from kiosk.wire.pushed import Answer, Happened

KINDS = frozenset(kind.value for kind in Kind)
# Codes of a kiosk's journal that are no kinds here: by how they end, else acts of its staff.
FAULTS = ("-lost", "-failed", "-broken", "-full", "-damaged", "-rejected")
STATES = ("-found", "-mended", "-running", "-started", "-stopped", "-reset", "-synced")


async def happened(
    session: AsyncSession, told: Sequence[tuple[KioskPrincipal, Sequence[Happened]]], now: datetime
) -> list[list[Taken]]:
    """What became of each event of each kiosk."""
    batches = [Told(kiosk, [_as_kept(event) for event in events]) for kiosk, events in told]
    receipts = await Journal(session).take_all(batches, now)
    return [[Taken(Answer(one.answer.value), one.reason) for one in of_one] for of_one in receipts]


def _as_kept(event: Happened) -> dict[str, object]:
    """With a kind of ours; a code that is none is kept as its reason, or as its outcome where it has a reason."""
    said = {name: getattr(event, name) for name in Happened.model_fields}
    if event.kind in KINDS:
        return said
    place = "outcome" if event.reason else "reason"
    return said | {"kind": _kind_of(event.kind).value, place: said[place] if said[place] else event.kind}


def _kind_of(code: str) -> Kind:
    if code.endswith(FAULTS):
        return Kind.FAULT
    return Kind.HEALTH if code.endswith(STATES) else Kind.STAFF
