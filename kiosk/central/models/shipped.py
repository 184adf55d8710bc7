"""The model that came with central is in the registry from the start, and in production until another one is."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from kiosk.central.audit.service import SYSTEM
from kiosk.central.errors import Unusable
from kiosk.central.house import House
from kiosk.central.models.checking import Findings
from kiosk.central.models.files import Part, folder_of, incoming, keep
from kiosk.central.models.messages import Card, LogAct, ModelState
from kiosk.central.models.recipes import recipe_of
from kiosk.central.models.registry import Registry, row_of
from kiosk.central.models.trying import tried
from kiosk.central.people.service import Doer

NOTES_LONGEST = 8000


async def registered(house: House) -> None:
    """See to it that it is there; asked before every look into the registry, and cheap once it is.

    Several processes may ask at once for the first time: the one that comes second finds what the first has written.
    """
    digest = digest_of(house.model.source.path)
    async with house.database.reading() as session:
        is_known = await Registry(session, house.vault).with_content(digest) is not None
    if is_known and (folder_of(house) / f"{digest}.tflite").is_file():
        return
    with house.model.source.path.open("rb") as source:
        async with incoming(house, source) as part:
            if not is_known:
                await _insert(house, part)
            keep(part)


async def _insert(house: House, part: Part) -> None:
    card = card_of(house, part.sha256)
    try:
        findings = await tried(part.path, recipe_of(house.model), house.settings.models.trial_s)
    except Unusable:  # it is what central itself runs: only how fast it is remains unknown
        findings = Findings(dimension=house.model.dimension)
    doer = Doer(SYSTEM, "server", house.clock.utc())
    try:
        async with house.database.writing() as session:
            registry = Registry(session, house.vault)
            if await registry.with_content(part.sha256) is not None:
                return
            row = row_of(card, part, findings, doer)
            row.tag = house.model.name
            if not await registry.log():
                row.state = ModelState.CHAMPION.value
            session.add(row)
            await session.flush()
            if row.state == ModelState.CHAMPION.value:
                await registry.write(LogAct.FIRST, row.id, row.id, doer)
    except IntegrityError:
        return  # another process was faster


@cache
def digest_of(path: Path) -> str:
    """The sha256 of a file that does not change while central runs."""
    return sha256(path.read_bytes()).hexdigest()


def card_of(house: House, digest: str) -> Card:
    """What came with the file. Its version is made from its content: the manifest names none."""
    source = house.model.source
    text = source.path.parent / source.card
    notes = text.read_text(encoding="utf-8")[:NOTES_LONGEST] if text.is_file() else ""
    return Card(
        name=source.name[:40],
        version=digest[:12],
        licence=source.licence,
        source=source.source[:500],
        notes=notes,
        description="The model that came with central.",
        recipe=recipe_of(house.model),
    )
