"""Templates for every version that kiosks run and that central searches by, asked for by central itself: whoever is
enrolled at a kiosk of one version would be a stranger where another one runs.
"""

import asyncio
import json
from collections.abc import Sequence

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import SYSTEM
from kiosk.central.house import House
from kiosk.central.jobs.messages import Kind, State
from kiosk.central.jobs.reencoding import is_cut_alike
from kiosk.central.jobs.service import JobBook
from kiosk.central.jobs.tables import JobRow
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.models.messages import Card, ModelState
from kiosk.central.models.recipes import recipe_of
from kiosk.central.models.shipped import registered
from kiosk.central.models.tables import ModelRow, RolloutRow
from kiosk.central.people.service import Doer
from kiosk.central.people.tables import ChipRow, PersonRow, TemplateRow


async def ask_encodings(house: House, people: Sequence[str]) -> None:
    """A job for each version that is run and that one of these people, of whom a picture is kept, has no template
    of; where one waits already, none. Raises Unavailable.
    """
    await registered(house)
    async with house.database.reading() as session:
        lacking = [row.id for row in await _run(session, house) if await _is_lacking(session, house, row, people)]
    asked = [await _ask(house, model) for model in lacking]
    if any(asked):
        await asyncio.to_thread(house.queue.wake)


def lacking(tag: str) -> Select[PersonRow]:
    """The query for people who have templates, but none of that version, and no picture to make one from."""
    known = exists().where(TemplateRow.person == PersonRow.id, TemplateRow.model == tag)
    some = exists().where(TemplateRow.person == PersonRow.id)
    seen = exists().where(ChipRow.person == PersonRow.id)
    return select(PersonRow).where(some, ~seen, ~known)


async def _run(session: AsyncSession, house: House) -> Sequence[ModelRow]:
    """The champion, what is rolled out, what kiosks of the fleet still say that they run, and what central itself
    searches by, in production or not.
    """
    rows = (await session.scalars(select(ModelRow))).all()
    out = set((await session.scalars(select(RolloutRow.model))).all())
    own = house.model.name
    wanted = [row for row in rows if row.state == ModelState.CHAMPION.value or row.id in out or row.tag == own]
    others = [row for row in rows if row not in wanted]
    if not others:
        return wanted
    said = (await session.scalars(select(KioskRow.said).where(KioskRow.revoked_utc.is_(None)))).all()
    tags = {str(json.loads(one).get("model", "")) for one in said}
    return [*wanted, *(row for row in others if row.tag in tags)]


async def _is_lacking(session: AsyncSession, house: House, row: ModelRow, people: Sequence[str]) -> bool:
    recipe = Card.model_validate_json(row.card).recipe
    if recipe is None or not is_cut_alike(recipe, recipe_of(house.model)):
        return False
    known = exists().where(TemplateRow.person == ChipRow.person, TemplateRow.model == row.tag)
    query = select(ChipRow.person).where(ChipRow.person.in_(people), ~known).limit(1)
    return await session.scalar(query) is not None


async def _ask(house: House, model: str) -> bool:
    """Whether there was none that waits. The version's row is held, so that of two who ask one does."""
    params = {"model": model}
    waiting = select(JobRow.id).where(JobRow.kind == Kind.RE_ENCODE.value, JobRow.state == State.WAITING.value)
    async with house.database.writing() as session:
        await session.scalar(select(ModelRow.id).where(ModelRow.id == model).with_for_update())
        if await session.scalar(waiting.where(JobRow.params == json.dumps(params)).limit(1)) is not None:
            return False
        doer = Doer(SYSTEM, SYSTEM, house.clock.utc())
        await JobBook(session, house.vault).ask(Kind.RE_ENCODE, params, doer)
    return True
