"""`/v1/people`. Searching is a POST, since names have no place in addresses."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Unusable
from kiosk.central.jobs.encoding import ask_encodings
from kiosk.central.people import erasing
from kiosk.central.people.enrolling import enrol_from
from kiosk.central.people.messages import (
    Consented,
    EditedPerson,
    Erased,
    Merged,
    NewPerson,
    People,
    PersonDetails,
    PersonOut,
    Versioned,
    Wanted,
)
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, doer_of, while_there
from kiosk.central.uploads import form_of, uploaded

router = APIRouter(prefix="/v1/people", tags=["people"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PEOPLE_READ))]
WRITE = [Depends(Allow(Scope.PEOPLE_WRITE))]
ERASE = [Depends(Allow(Scope.PEOPLE_ERASE))]
CONSENT_FIELDS = {
    "text_version": "Version of the text that was agreed to.",
    "language": "Its language.",
    "given_utc": "When it was agreed to, with time zone.",
}


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=WRITE)
async def create(new: NewPerson, request: Request, house: InHouse) -> PersonOut:
    """Somebody new; they are enrolled with photographs, or get a pass first."""
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        row = await register.create(new, house.settings.server.site, doer_of(request))
        (shown,) = await register.shown([row])
    return shown


@router.get("", dependencies=READ)
async def page(
    house: InHouse,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> People:
    """Everybody, newest first, a page at a time."""
    return await search(Wanted(cursor=cursor, limit=limit), house)


@router.post("/search", dependencies=READ)
async def search(wanted: Wanted, house: InHouse) -> People:
    """Those whose names or hosts have all the words, and who are as wanted."""
    async with house.database.scanning() if wanted.is_search else house.database.reading() as session:
        register = Register(session, house.vault)
        rows, following = await register.page(wanted)
        return People(people=await register.shown(rows), next=following)


@router.get("/{person}", dependencies=READ)
async def read(person: Id, house: InHouse) -> PersonDetails:
    """Somebody, with what they agreed to and what they are known by."""
    async with house.database.reading() as session:
        return await Register(session, house.vault).details(person)


@router.put("/{person}", dependencies=WRITE)
async def edit(person: Id, edited: EditedPerson, request: Request, house: InHouse) -> PersonOut:
    """Somebody as they are to be; 409 with how they are now, if somebody else changed them meanwhile."""
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        (shown,) = await register.shown([await register.edit(person, edited, doer_of(request))])
    return shown


@router.post("/{person}/disable", dependencies=WRITE)
async def disable(person: Id, seen: Versioned, request: Request, house: InHouse) -> PersonOut:
    """Nobody is recognised as this person until they are enabled."""
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        (shown,) = await register.shown([await register.set_disabled(person, True, seen.version, doer_of(request))])
    return shown


@router.post("/{person}/enable", dependencies=WRITE)
async def enable(person: Id, seen: Versioned, request: Request, house: InHouse) -> PersonOut:
    """Undo `disable`."""
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        (shown,) = await register.shown([await register.set_disabled(person, False, seen.version, doer_of(request))])
    return shown


@router.post("/{person}/merge", dependencies=ERASE)
async def merge(person: Id, merged: Merged, request: Request, house: InHouse) -> PersonOut:
    """Make one person of two: templates and consents of the other become this one's."""
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        row = await register.merge(person, merged.other, merged.version, doer_of(request))
        (shown,) = await register.shown([row])
    await house.database.tidy()
    return shown


@router.delete("/{person}", dependencies=ERASE)
async def erase(person: Id, request: Request, house: InHouse) -> Erased:
    """Remove somebody with all that is kept of them; the answer is the receipt."""
    return await erasing.erase(house, person, doer_of(request))


ENROLMENT = form_of("pictures", many=True, fields=CONSENT_FIELDS)


@router.post("/{person}/photographs", dependencies=WRITE, openapi_extra=ENROLMENT)
async def enrol(person: Id, request: Request, house: InHouse, keep_picture: bool = True) -> PersonDetails:
    """Enrol somebody from photographs of their face alone, with the consent these were given with."""
    house.pool.check_room()
    form = await uploaded(request, house.settings.uploads, house.settings.uploads.pictures)
    try:
        given = Consented.model_validate({name: form.fields.get(name) for name in CONSENT_FIELDS})
    except ValueError as error:
        needed = f"{', '.join(CONSENT_FIELDS)}, of the years 2000 to 2099"
        raise Unusable(f"Say what was agreed to: {needed}.", "consent") from error
    face = await while_there(request, enrol_from(house, form.all("pictures"), keep_picture=keep_picture))
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        await register.enrol(person, face, given, doer_of(request))
        details = await register.details(person)
    await ask_encodings(house, [person])
    return details


@router.get("/{person}/picture", dependencies=READ, response_class=Response)
async def picture(person: Id, house: InHouse) -> Response:
    """The small picture of somebody, where one is kept."""
    async with house.database.reading() as session:
        content = await Register(session, house.vault).chip(person)
    return Response(content, media_type="image/webp", headers={"Cache-Control": "private, no-store"})
