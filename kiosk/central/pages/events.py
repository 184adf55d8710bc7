"""The pages of events: all of them as they come, and the inbox where an operator says who it was."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.events import reading
from kiosk.central.events.inbox import Visits, people_of
from kiosk.central.events.inbox_messages import Judgement, VisitOut
from kiosk.central.events.messages import EventOut, Kind, Sought
from kiosk.central.house import House
from kiosk.central.kiosks.service import Fleet
from kiosk.central.pages.render import page
from kiosk.central.people.messages import PersonOut, Wanted
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, doer_of, who_of
from kiosk.central.texts import checked_form

router = APIRouter(include_in_schema=False)

READ = [Depends(Allow(Scope.EVENTS_READ))]
WRITE = [Depends(Allow(Scope.EVENTS_WRITE))]
Key = Annotated[str, Path(min_length=1, max_length=129)]
Cursor = Annotated[str, Query(max_length=64)]
ROWS, VISITS, CHOICES = 100, 12, 6
FIELDS = ("kiosk", "site", "kind", "person", "from", "until")


@dataclass(frozen=True, slots=True)
class Filters:
    """What stands in the form above the events, as it was typed."""

    fields: dict[str, str]

    @staticmethod
    async def of(request: Request) -> "Filters":
        """As a dependency."""
        return Filters({name: request.query_params.get(name, "").strip() for name in FIELDS})

    @property
    def given(self) -> dict[str, str]:
        """Those that were filled in."""
        return {name: value for name, value in self.fields.items() if value}

    @property
    def sought(self) -> Sought:
        """The same for a query. Raises Unusable."""
        plain: dict[str, object] = {name: self.fields[name] for name in ("kiosk", "site", "person")}
        plain["kind"] = [self.fields["kind"]] if self.fields["kind"] else []
        plain["from_utc"], plain["until_utc"] = self._moment("from", 0), self._moment("until", 1)
        return checked_form(Sought, plain)

    @property
    def query(self) -> str:
        """The same for the live events, which know moments and not days."""
        moments = {name: value.isoformat() for name, value in self._moments().items()}
        return urlencode({**self.given, **moments})

    def _moments(self) -> dict[str, datetime]:
        found = {"from": self._moment("from", 0), "until": self._moment("until", 1)}
        return {name: value for name, value in found.items() if value}

    def _moment(self, name: str, days: int) -> datetime | None:
        """The begin of that day, or of the one after. Text that is no day is no limit: the browser's field has none."""
        try:
            day = date.fromisoformat(self.fields[name][:10])
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
        except (ValueError, OverflowError):
            return None


Filtered = Annotated[Filters, Depends(Filters.of)]


@router.get("/events", dependencies=READ)
async def everything(request: Request, house: InHouse, filters: Filtered, cursor: Cursor = "") -> Response:
    """Events, newest first, with what comes put on top."""
    sought = filters.sought
    async with house.database.scanning() as session:
        last = await reading.newest(session)
        found = await reading.page(session, sought, cursor, ROWS)
        names = await _names(session, request, house, found.events)
    values: dict[str, Any] = {
        "events": found.events,
        "next": found.next,
        "filters": filters,
        "last": last,
        "cursor": cursor,
    }
    return page(request, "events.html", **values, kinds=list(Kind), **names)


@router.get("/events/rows", dependencies=READ)
async def rows(
    request: Request, house: InHouse, filters: Filtered, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> Response:
    """The rows of what came after that position, newest first."""
    async with house.database.reading() as session:
        found = await reading.after(session, after, ROWS, filters.sought)
        names = await _names(session, request, house, found, {event.kiosk for event in found})
    return page(request, "events_rows.html", events=found[::-1], **names)


@router.get("/inbox", dependencies=READ)
async def inbox(
    request: Request, house: InHouse, cursor: Cursor = "", show: Annotated[str, Query(max_length=8)] = ""
) -> Response:
    """Recent visits, and who they may have been."""
    async with house.database.scanning() as session:
        visits = Visits(session, house.vault)
        found = await visits.page(cursor, VISITS, only_open=show != "all")
        figures = await visits.figures()
        values = await _around(session, request, house, found.visits)
    return page(request, "inbox.html", visits=found.visits, next=found.next, show=show, figures=figures, **values)


@router.post("/inbox/{visit}", dependencies=WRITE)
async def judge(
    request: Request,
    visit: Key,
    house: InHouse,
    verdict: Annotated[str, Form(max_length=32)],
    person: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """What an operator says of a visit; the same visit, with what follows."""
    said = checked_form(Judgement, {"verdict": verdict, "person": person or None})
    async with house.database.writing() as session:
        visits = Visits(session, house.vault)
        judged = await visits.judge(visit, said, doer_of(request))
        figures = await visits.figures()
        values = await _around(session, request, house, [judged.visit])
    return page(request, "inbox_judged.html", visit=judged.visit, follows=judged.follows, figures=figures, **values)


@router.post("/inbox/{visit}/people", dependencies=WRITE)
async def choices(
    request: Request, visit: Key, house: InHouse, text: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """People of that name, to say that it was one of them."""
    async with house.database.reading() as session:
        register = Register(session, house.vault)
        found = []
        if text.strip() and who_of(request).may(Scope.PEOPLE_READ):
            rows, _ = await register.page(Wanted(limit=CHOICES, text=text))
            found = await register.shown(rows)
    return page(request, "inbox_people.html", visit=visit, people=found, asked=bool(text.strip()))


async def _names(
    session: AsyncSession,
    request: Request,
    house: House,
    events: Sequence[EventOut],
    of_kiosks: Collection[str] | None = None,
) -> dict[str, Any]:
    """Those kiosks, or all, and the people of those events, by id; people only for whoever may see them."""
    people: dict[str, str] = {}
    if who_of(request).may(Scope.PEOPLE_READ):
        ids = sorted({event.person for event in events if event.person})
        people = await Register(session, house.vault).names(ids)
    return {"people": people, "kiosks": await Fleet(session, house.vault).names(of_kiosks)}


async def _around(session: AsyncSession, request: Request, house: House, visits: Sequence[VisitOut]) -> dict[str, Any]:
    """What a visit is shown with."""
    people: dict[str, PersonOut] = {}
    if who_of(request).may(Scope.PEOPLE_READ):
        found = await Register(session, house.vault).several(people_of(visits))
        people = {person.id: person for person in found}
    return {"people": people, "kiosks": await Fleet(session, house.vault).names({visit.kiosk for visit in visits})}
