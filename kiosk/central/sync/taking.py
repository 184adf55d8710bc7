"""Taking what a kiosk pushes: each item by itself, so that a bad one holds up no other; events together.

Every item is a transaction of its own, as the same act of an admin is. One that is cut off is pushed again, and what
was taken before is then known.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.errors import Revoked, Unavailable, Unusable
from kiosk.central.house import House
from kiosk.central.jobs.encoding import ask_encodings
from kiosk.central.kiosks.gate import GONE
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.people.service import Doer
from kiosk.central.people.tables import PersonRow
from kiosk.central.sync import taken_passes, taken_people
from kiosk.central.sync.scope import View, view_for
from kiosk.central.sync.tables import DeadLetterRow, ModelReportRow
from kiosk.central.sync.taker import ACCEPTED, Taken, Taker, rejected
from kiosk.wire.pushed import (
    BODIES,
    Answer,
    Answered,
    Edited,
    Enrolled,
    Erased,
    Happened,
    Item,
    Kind,
    ModelReport,
    PassEnded,
    PassIssued,
    PassKeyMade,
    Push,
    PushAnswer,
    Receipt,
)

T = TypeVar("T")
VIA = "kiosk"
TRIES = 3
# Put together once: it is asked at every push.
HAS_DEAD = (
    select(DeadLetterRow.id)
    .where(DeadLetterRow.kiosk == bindparam("kiosk"), DeadLetterRow.id.in_(bindparam("living", expanding=True)))
    .limit(1)
)
ENTANGLED = ("40001", "40P01")  # a deadlock, or two that can't be put in an order


@dataclass(slots=True)
class Taking:
    """One push of one kiosk; `taken` grows, by the item's place. `about`: whom an item is about, where it says so."""

    house: House
    kiosk: KioskPrincipal
    view: View
    taken: dict[int, Taken] = field(default_factory=dict)
    about: dict[int, str] = field(default_factory=dict)

    def is_known(self, place: int) -> bool:
        """Whether what that item tells is here, taken now or before."""
        return self.taken[place].answer is not Answer.REJECTED

    async def events(self, events: dict[int, Happened]) -> None:
        """All of them, before anything else: somebody whom a later item erases is then forgotten in them too."""

        async def work() -> list[Taken]:
            return await self.house.gathering.take(self.kiosk, list(events.values()))

        if events:
            self.taken |= dict(zip(events, await _disentangled(work), strict=True))

    async def item(self, place: int, item: Item, body: BaseModel) -> None:
        """One of another kind."""

        async def work() -> Taken:
            doer = Doer(self.view.kiosk, VIA, self.house.clock.utc())
            async with self.house.database.writing() as session:
                await _check_there(session, self.kiosk.id)
                return await _take(Taker(session, self.house.vault, self.view, doer), item, body)

        try:
            self.taken[place] = await _disentangled(work)
        except Unusable as error:
            self.taken[place] = rejected(error.reason)


async def take(house: House, kiosk: KioskPrincipal, push: Push) -> PushAnswer:
    """What became of each item, in their order. Raises Unavailable."""
    taking = Taking(house, kiosk, view_for(kiosk))
    bodies: dict[int, BaseModel] = {}
    for place, item in enumerate(push.items):
        body = _body(item)
        if isinstance(body, Taken):
            taking.taken[place] = body
        else:
            bodies[place] = body
    taking.about = {place: person for place, body in bodies.items() if (person := _about(body))}
    await taking.events({place: body for place, body in bodies.items() if isinstance(body, Happened)})
    for place, body in bodies.items():
        if not isinstance(body, Happened):
            await taking.item(place, push.items[place], body)
    if any(isinstance(body, Erased) for body in bodies.values()):
        await house.database.tidy()
    seen = [body.id for place, body in bodies.items() if isinstance(body, Enrolled) and taking.is_known(place)]
    if seen:
        await ask_encodings(house, seen)
    return await _answered(taking, push.items)


async def _check_there(session: AsyncSession, kiosk: str) -> None:
    """That nobody took the kiosk out of the fleet since it was let in, nor does before this is done. Raises Revoked."""
    row = select(KioskRow.revoked_utc).where(KioskRow.id == kiosk).with_for_update(read=True)
    if await session.scalar(row) is not None:
        raise Revoked(GONE)


def _body(item: Item) -> BaseModel | Taken:
    """The item's body; what it is rejected as, where there is none that is known."""
    try:
        return BODIES[Kind(item.kind)].model_validate(item.body)
    except ValidationError:
        return rejected("bad-body")
    except ValueError:
        return rejected("unknown-kind")


def _about(body: BaseModel) -> str | None:
    """The person whom it is about, where it names one."""
    match body:
        case Enrolled():
            return body.id
        case Edited() | Erased() | Happened() | PassIssued() | Receipt():
            return body.person
    return None


async def _take(taker: Taker, item: Item, body: BaseModel) -> Taken:  # noqa: C901, PLR0911 - one case for each kind
    match body:
        case Enrolled():
            return await taken_people.enrolled(taker, body)
        case Edited():
            return await taken_people.edited(taker, item.id, body)
        case Erased():
            return await taken_people.erased(taker, body)
        case Receipt():
            return await taken_people.confirmed(taker, body)
        case PassKeyMade():
            return await taken_passes.key_made(taker, body)
        case PassIssued():
            return await taken_passes.issued(taker, body)
        case PassEnded():
            return await taken_passes.ended(taker, body, is_used=item.kind == Kind.SPENT)
        case ModelReport():
            await taker.session.merge(ModelReportRow(kiosk=taker.view.kiosk, **body.model_dump()))
            return ACCEPTED
    return rejected("unknown-kind")


async def _answered(taking: Taking, items: Sequence[Item]) -> PushAnswer:
    answers = [
        Answered(id=item.id, answer=taking.taken[place].answer, reason=taking.taken[place].reason)
        for place, item in enumerate(items)
    ]
    await _keep_dead(taking, items, answers)
    for answer in answers:
        taking.house.metrics.pushed.labels(answer.answer.value).inc()
    epoch = await taking.house.horizon.epoch(taking.view)
    return PushAnswer(answers=answers, epoch=epoch, site=taking.view.site)


async def _keep_dead(taking: Taking, items: Sequence[Item], answers: Sequence[Answered]) -> None:
    """What was rejected is kept, without what stood in it; what was taken after all is dead no more."""
    now, kiosk = taking.house.clock.utc(), taking.view.kiosk
    dead = [place for place, answer in enumerate(answers) if answer.answer is Answer.REJECTED]
    living = [answer.id for answer in answers if answer.answer is not Answer.REJECTED]
    revived = (DeadLetterRow.kiosk == kiosk, DeadLetterRow.id.in_(living))
    if not dead and await taking.house.database.first(HAS_DEAD, {"kiosk": kiosk, "living": living}) is None:
        return

    async def work() -> None:
        async with taking.house.database.writing() as session:
            await session.execute(delete(DeadLetterRow).where(*revived))
            about = [taking.about[place] for place in dead if place in taking.about]
            here = set((await session.scalars(select(PersonRow.id).where(PersonRow.id.in_(about)))).all())
            for place in dead:
                row = DeadLetterRow(kiosk=kiosk, id=items[place].id, kind=items[place].kind, at_utc=now)
                row.reason, person = answers[place].reason, taking.about.get(place)
                row.person = person if person in here else None
                await session.merge(row)

    await _disentangled(work)  # somebody may be erased between the question and the commit


async def _disentangled(work: Callable[[], Awaitable[T]]) -> T:
    """What that gives, tried again where somebody else was at the same rows. Raises Unavailable."""
    for _ in range(TRIES - 1):
        try:
            return await work()
        except IntegrityError:
            continue
        except Unavailable as error:
            if not _is_entangled(error):
                raise
    return await work()


def _is_entangled(error: Unavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in ENTANGLED
