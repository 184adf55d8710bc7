"""New templates for another version of the model, from the small pictures that are kept with consent.

Whoever has no picture keeps the template of the old version alone, and is asked for a photograph when it goes.
"""

from dataclasses import dataclass

from sqlalchemy import exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Missing, Unusable
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.models.evaluating import DIED, Measured
from kiosk.central.models.messages import ModelOut, Recipe
from kiosk.central.models.recipes import recipe_of
from kiosk.central.models.registry import Registry, shown
from kiosk.central.models.sandbox import ended
from kiosk.central.people.service import Register
from kiosk.central.people.tables import ChipRow, PersonRow, TemplateRow
from kiosk.central.search import sealed
from kiosk.central.vectors.table import keep_all
from kiosk.domain.ids import new_id
from kiosk.domain.sight import Embedding, Floats

PEOPLE_A_STEP = 40
CLOSE = 0.02
OTHER_CUT = "That version wants faces cut in another way than the pictures that are kept; enrol people anew for it."


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people have a picture and no template of the version, and how many have neither."""

    to_do: int
    without: int


async def re_encode(work: Work) -> Ended:
    """A template of that version for everybody who has a picture. Raises Missing, Unusable."""
    async with work.house.database.reading() as session:
        version = shown(await Registry(session, work.house.vault).find(str(work.held.params["model"])))
        before = await _counted(session, version.tag)
    recipe = version.card.recipe
    if recipe is None or not is_cut_alike(recipe, recipe_of(work.house.model)):
        raise Unusable(OTHER_CUT, "recipe")
    process, measured = await Measured.started(work.house, version, chips=True)
    done, failed, after = 0, 0, ""
    try:
        while people := await _next(work, version.tag, after):
            vectors = [(one, await measured.vector(chip)) for one in people if (chip := await _chip(work, one))]
            done += await _saved(work, version, vectors, done, before.to_do)
            failed += sum(vector is None for _, vector in vectors)
            after = people[-1]
    except (ConnectionError, EOFError, TimeoutError) as error:
        raise Unusable(DIED, "crashed") from error
    finally:
        await ended(process)
    figures = {"people": done, "failed": failed, "without": before.without, "model": version.id}
    return Ended(f"{done:,} people have a template of {version.tag}; {before.without + failed:,} have none.", figures)


def is_cut_alike(one: Recipe, other: Recipe) -> bool:
    """Whether both want the same points of a face at the same places of their pictures, whatever the size."""
    if one.points != other.points:
        return False
    places = zip(one.positions, other.positions, strict=True)
    return all(
        abs(a / one.chip - b / other.chip) < CLOSE for mine, theirs in places for a, b in zip(mine, theirs, strict=True)
    )


async def _counted(session: AsyncSession, tag: str) -> Counted:
    known = exists().where(TemplateRow.person == PersonRow.id, TemplateRow.model == tag)
    seen = exists().where(ChipRow.person == PersonRow.id)
    some = exists().where(TemplateRow.person == PersonRow.id)
    people = select(func.count()).select_from(PersonRow)
    to_do = await session.scalar(people.where(seen, ~known)) or 0
    return Counted(to_do, await session.scalar(people.where(some, ~seen, ~known)) or 0)


async def _next(work: Work, tag: str, after: str) -> list[str]:
    known = exists().where(TemplateRow.person == ChipRow.person, TemplateRow.model == tag)
    query = select(ChipRow.person).where(ChipRow.person > after, ~known).order_by(ChipRow.person)
    async with work.house.database.scanning() as session:
        return list((await session.scalars(query.limit(PEOPLE_A_STEP))).all())


async def _chip(work: Work, person: str) -> bytes | None:
    """None where they were erased, or found to be somebody else, a moment ago."""
    try:
        async with work.house.database.reading() as session:
            return await Register(session, work.house.vault).chip(person)
    except Missing:
        return None


async def _saved(work: Work, version: ModelOut, vectors: list[tuple[str, Floats | None]], done: int, total: int) -> int:
    """How many were kept: of those who are still there."""
    now = work.house.clock.utc()
    async with work.saving(done=done + len(vectors), total=total) as session:
        people = [person for person, vector in vectors if vector is not None]
        # Whoever erases somebody holds them too: they have committed by now, or wait until we have.
        held = select(PersonRow.id).where(PersonRow.id.in_(people)).order_by(PersonRow.id)
        there = set((await session.scalars(held.with_for_update(read=True, key_share=True))).all())
        change = await Register(session, work.house.vault).touch_gallery()
        made = [
            (new_id(now), person, Embedding(vector, version.tag))
            for person, vector in vectors
            if vector is not None and person in there
        ]
        rows = [
            {
                "id": number,
                "person": person,
                "model": version.tag,
                "sealed": sealed(work.house.vault, person, embedding),
                "samples": 1,
                "created_utc": now,
                "change": change,
            }
            for number, person, embedding in made
        ]
        if rows:
            await session.execute(insert(TemplateRow), rows)
            if version.tag == work.house.model.name:  # pgvector has the templates of the model that is searched by
                await keep_all(session, [(number, embedding) for number, _, embedding in made])
            act = work.doer.act("people-re-encoded", f"model:{version.id}", people=len(rows))
            await record(session, work.house.vault, act, now)
    return len(rows)
