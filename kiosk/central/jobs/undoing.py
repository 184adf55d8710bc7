"""Taking an import back: everybody whom it enrolled is erased, except those whom somebody changed since."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Missing
from kiosk.central.jobs.messages import State
from kiosk.central.jobs.service import JobBook
from kiosk.central.jobs.tables import ItemRow
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.people.service import Register
from kiosk.central.people.tables import PersonRow

PEOPLE_A_STEP = 20


async def undo(work: Work) -> Ended:
    """Erase those who came with that job. Raises Missing."""
    job = str(work.held.params["job"])
    async with work.house.database.scanning() as session:
        query = select(ItemRow.person).where(ItemRow.job == job, ItemRow.person.is_not(None)).distinct()
        people = [person for person in (await session.scalars(query.order_by(ItemRow.person))).all() if person]
    before = int(work.held.params.get("people", len(people)))
    kept = gone = 0
    for start in range(0, len(people), PEOPLE_A_STEP):
        step = people[start : start + PEOPLE_A_STEP]
        async with work.saving(done=before - len(people) + start + len(step), total=before) as session:
            register, versions = Register(session, work.house.vault), await _held(session, step)
            gone += len(step) - len(versions)  # erased by somebody else meanwhile
            kept += sum(version != 1 for version in versions.values())
            for person in (one for one, version in versions.items() if version == 1):
                await register.erase(person, work.doer)
    async with work.saving() as session:
        undone = await JobBook(session, work.house.vault).find(job)
        undone.state = State.UNDONE.value
    await work.house.database.tidy()
    erased = before - kept - gone
    return Ended(
        f"{erased:,} people were erased; {kept:,} were kept, since somebody changed them after the import.",
        {"erased": erased, "kept": kept},
    )


async def _held(session: AsyncSession, people: Sequence[str]) -> dict[str, int]:
    """The versions of those of them who are there; all are locked before the first is erased, as `Register.held` has
    it, and stay as they are until the transaction ends.
    """
    query = select(PersonRow.id, PersonRow.version).where(PersonRow.id.in_(people)).order_by(PersonRow.id)
    return {person: version for person, version in await session.execute(query.with_for_update())}


async def undoable(book: JobBook, job: str) -> int:
    """How many people that job enrolled. Raises Missing where there is nothing to take back."""
    query = select(ItemRow.person).where(ItemRow.job == job, ItemRow.person.is_not(None)).distinct()
    people = (await book.session.scalars(query)).all()
    if not people:
        raise Missing("Nobody who is still here came with that job.")
    return len(people)
