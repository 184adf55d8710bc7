"""Taking an import back: everybody whom it enrolled is erased, except those whom somebody changed since."""

from sqlalchemy import select

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
            register = Register(session, work.house.vault)
            for person in step:
                row = await session.get(PersonRow, person)
                if row is None:
                    gone += 1  # erased by somebody else meanwhile
                elif row.version == 1:
                    await register.erase(person, work.doer)
                else:
                    kept += 1
    async with work.saving() as session:
        undone = await JobBook(session, work.house.vault).find(job)
        undone.state = State.UNDONE.value
    await work.house.database.tidy()
    erased = before - kept - gone
    return Ended(
        f"{erased:,} people were erased; {kept:,} were kept, since somebody changed them after the import.",
        {"erased": erased, "kept": kept},
    )


async def undoable(book: JobBook, job: str) -> int:
    """How many people that job enrolled. Raises Missing where there is nothing to take back."""
    query = select(ItemRow.person).where(ItemRow.job == job, ItemRow.person.is_not(None)).distinct()
    people = (await book.session.scalars(query)).all()
    if not people:
        raise Missing("Nobody who is still here came with that job.")
    return len(people)
