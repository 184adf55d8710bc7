"""The pages of people: everybody, one of them, and enrolling."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Unusable
from kiosk.central.jobs.encoding import ask_encodings
from kiosk.central.pages.erasures import confirmations
from kiosk.central.pages.render import is_part, page, see
from kiosk.central.passes.service import Desk
from kiosk.central.people import erasing
from kiosk.central.people.enrolling import enrol_from
from kiosk.central.people.lookalikes import lookalikes
from kiosk.central.people.messages import Consented, EditedPerson, NewPerson, Wanted
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, doer_of, while_there
from kiosk.central.texts import checked_form, listed, names_in
from kiosk.central.uploads import uploaded

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PEOPLE_READ))]
WRITE = [Depends(Allow(Scope.PEOPLE_WRITE))]
ERASE = [Depends(Allow(Scope.PEOPLE_ERASE))]
PAGE = 48
TEXT_VERSION = "central-2026-11"
LANGUAGE = "en"
STATES = {"": None, "yes": True, "no": False}


@router.get("/people", dependencies=READ)
async def everybody(request: Request, house: InHouse) -> Response:
    """A grid of faces."""
    return await _grid(request, house, Wanted(limit=PAGE))


@router.post("/people", dependencies=READ)
async def found(
    request: Request,
    house: InHouse,
    text: Annotated[str, Form(max_length=200)] = "",
    enrolled: Annotated[str, Form(max_length=3)] = "",
    cursor: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Those who are searched for; a name has no place in an address, so this is a POST."""
    return await _grid(request, house, Wanted(limit=PAGE, text=text, enrolled=STATES.get(enrolled), cursor=cursor))


@router.get("/people/{person}", dependencies=READ)
async def one(request: Request, person: Id, house: InHouse) -> Response:
    """Somebody, with all that is kept of them."""
    now = house.clock.utc()
    async with house.database.reading() as session:
        register, desk = Register(session, house.vault), Desk(session, house.vault)
        details = await register.details(person)
        history = await register.history(person)
        passes = await desk.shown(await desk.page(person, "", 20), now)
    return page(request, "person.html", person=details, history=history, passes=passes)


@router.get("/people/{person}/edit", dependencies=WRITE)
async def ask_edit(request: Request, person: Id, house: InHouse) -> Response:
    """The form to edit somebody."""
    async with house.database.reading() as session:
        details = await Register(session, house.vault).details(person)
    return page(request, "edit.html", person=details, groups=listed(details.groups))


@router.post("/people/{person}/edit", dependencies=WRITE)
async def edit(request: Request, person: Id, house: InHouse) -> Response:
    """Somebody as they are to be."""
    form = await request.form()
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        now = await register.details(person)
        fields = {
            "name": form.get("name"),
            "host": form.get("host", ""),
            "version": form.get("version"),
            "groups": names_in(str(form.get("groups", ""))),
            "windows": now.windows,
            "valid_from_utc": now.valid_from_utc,
            "valid_until_utc": now.valid_until_utc,
        }
        await register.edit(person, checked_form(EditedPerson, fields), doer_of(request))
    return see(f"/people/{person}")


@router.post("/people/{person}/state", dependencies=WRITE)
async def set_state(
    request: Request,
    person: Id,
    house: InHouse,
    version: Annotated[int, Form(ge=1)],
    disabled: Annotated[bool, Form()],
) -> Response:
    """Disable or enable somebody."""
    async with house.database.writing() as session:
        await Register(session, house.vault).set_disabled(person, disabled, version, doer_of(request))
    return see(f"/people/{person}")


@router.post("/people/{person}/erase", dependencies=ERASE)
async def erase(request: Request, person: Id, house: InHouse) -> Response:
    """Remove somebody; the receipt is shown."""
    receipt = await erasing.erase(house, person, doer_of(request))
    return page(request, "erased.html", receipt=receipt, **await confirmations(house, person))


@router.get("/enrol", dependencies=WRITE)
async def ask_enrol(request: Request) -> Response:
    """The form to enrol somebody."""
    return page(request, "enrol.html")


@router.post("/enrol", dependencies=WRITE)
async def enrol(request: Request, house: InHouse) -> Response:
    """Somebody new with a face: all of it or nothing."""
    house.pool.check_room()
    form = await uploaded(request, house.settings.uploads, house.settings.uploads.pictures)
    if form.fields.get("consent") != "yes":
        raise Unusable("Nobody is enrolled without their consent; ask for it, then tick the box.", "consent")
    fields = {"name": form.fields.get("name"), "host": form.fields.get("host", "")}
    new = checked_form(NewPerson, fields)
    keep = form.fields.get("keep") == "yes"
    face = await while_there(request, enrol_from(house, form.all("pictures"), keep_picture=keep))
    doer = doer_of(request)
    given = Consented(text_version=TEXT_VERSION, language=LANGUAGE, given_utc=doer.at_utc)
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        person = await register.create(new, house.settings.server.site, doer)
        await register.enrol(person.id, face, given, doer)
        details = await register.details(person.id)
    await ask_encodings(house, [person.id])
    return page(request, "enrolled.html", person=details)


@router.get("/lookalikes", dependencies=READ)
async def pairs(request: Request, house: InHouse) -> Response:
    """People who are easily taken for each other."""
    return page(request, "lookalikes.html", pairs=await lookalikes(house, 50))


async def _grid(request: Request, house: InHouse, wanted: Wanted) -> Response:
    async with house.database.scanning() if wanted.is_search else house.database.reading() as session:
        register = Register(session, house.vault)
        rows, following = await register.page(wanted)
        people = await register.shown(rows)
    template = "people_part.html" if is_part(request) else "people.html"
    return page(request, template, people=people, next=following, wanted=wanted)
