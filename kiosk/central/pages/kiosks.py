"""The page of the kiosks: how each of them is, and pairing another one by the code that it shows."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from pydantic import BaseModel, Field

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Conflict, Missing, TooMany, Unusable
from kiosk.central.house import House
from kiosk.central.kiosks.desk import Desk
from kiosk.central.kiosks.messages import KioskOut, KioskState, NewKiosk, WaitingKiosk
from kiosk.central.kiosks.service import Fleet, shown
from kiosk.central.pages.render import page, see
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.sync.kept_api import letters_of
from kiosk.central.texts import checked_form, listed, names_in

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
Text = Annotated[str, Form(max_length=80)]
Code = Annotated[str, Form(max_length=40)]
READ = [Depends(Allow(Scope.KIOSKS_READ))]
WRITE = [Depends(Allow(Scope.KIOSKS_WRITE))]
NO = (Conflict, Missing, TooMany, Unusable)


class ConfirmForm(BaseModel):
    """A kiosk that is to be confirmed, as it was typed."""

    code: Annotated[str, Field(max_length=40)] = ""
    name: Annotated[str, Field(max_length=80)] = ""
    site: Annotated[str, Field(max_length=80)] = ""
    groups: Annotated[str, Field(max_length=5000)] = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class Pairing:
    """How far pairing has come: the code, who asks by it, what was typed, and what stands in the way."""

    code: str = ""
    asks: WaitingKiosk | None = None
    name: str = ""
    site: str = ""
    groups: str = ""
    sentence: str = ""
    status: int = 200


@router.get("/kiosks", dependencies=READ)
async def everything(
    request: Request,
    house: InHouse,
    code: Annotated[str, Query(max_length=40)] = "",
    paired: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Every kiosk, and how it is; the link of a kiosk's QR code brings its code along."""
    return await _kiosks(request, house, Pairing(code), paired=paired)


@router.post("/kiosks", dependencies=WRITE)
async def make(request: Request, house: InHouse, name: Text, site: Text = "") -> Response:
    """A new kiosk; its token is shown this once."""
    new = checked_form(NewKiosk, {"name": name, "site": site})
    async with house.database.writing() as session:
        _, secret = await Fleet(session, house.vault).make(new, house.settings.server.site, doer_of(request))
    return await _kiosks(request, house, Pairing(), secret=secret)


@router.post("/kiosks/pair/find", dependencies=WRITE)
async def find(request: Request, house: InHouse, code: Code = "") -> Response:
    """Who asks with that code."""
    try:
        asks = await Desk(house.database, house.vault).find(code, doer_of(request))
    except NO as error:
        return await _kiosks(request, house, Pairing(code, sentence=str(error), status=error.status))
    known = asks.known
    if known is None:
        return await _kiosks(request, house, Pairing(code, asks))
    typed = Pairing(code, asks, known.name, known.site, listed(known.groups))
    return await _kiosks(request, house, typed)


@router.post("/kiosks/pair/confirm", dependencies=WRITE)
async def confirm(request: Request, house: InHouse, form: Annotated[ConfirmForm, Form()]) -> Response:
    """One of the fleet from now on."""
    desk, doer = Desk(house.database, house.vault), doer_of(request)
    try:
        fields = {"name": form.name, "site": form.site, "groups": names_in(form.groups)}
        new = checked_form(NewKiosk, fields)
        kiosk = await desk.confirm(form.code, new, house.settings.server.site, doer)
    except (Conflict, Unusable) as error:
        asks = await desk.find(form.code, doer)  # what was typed stays
        typed = Pairing(form.code, asks, form.name, form.site, form.groups, str(error), error.status)
        return await _kiosks(request, house, typed)
    except NO as error:
        return await _kiosks(request, house, Pairing(form.code, sentence=str(error), status=error.status))
    return see(f"/kiosks?paired={kiosk.id}")


@router.post("/kiosks/pair/refuse", dependencies=WRITE)
async def refuse(request: Request, house: InHouse, code: Code = "") -> Response:
    """Not one of the fleet."""
    try:
        await Desk(house.database, house.vault).refuse(code, doer_of(request))
    except NO as error:
        return await _kiosks(request, house, Pairing(code, sentence=str(error), status=error.status))
    return see("/kiosks")


@router.post("/kiosks/{kiosk}/token", dependencies=WRITE)
async def rotate(request: Request, kiosk: Id, house: InHouse) -> Response:
    """A new token, shown this once."""
    async with house.database.writing() as session:
        _, secret = await Fleet(session, house.vault).rotate(kiosk, doer_of(request))
    return await _kiosks(request, house, Pairing(), secret=secret)


@router.post("/kiosks/{kiosk}/revoke", dependencies=WRITE)
async def revoke(request: Request, kiosk: Id, house: InHouse) -> Response:
    """Take a kiosk out of the fleet and drop its pass keys, also of one that left by itself."""
    async with house.database.writing() as session:
        await Fleet(session, house.vault).revoke(kiosk, doer_of(request))
    return see("/kiosks")


async def _kiosks(request: Request, house: House, pairing: Pairing, *, secret: str = "", paired: str = "") -> Response:
    async with house.database.reading() as session:
        fleet = Fleet(session, house.vault)
        rows, signing = await fleet.everything(), await fleet.signing()
        letters = await letters_of(session)
    now, usual = house.clock.utc(), house.settings.server.site
    every = [shown(row, now) for row in rows]
    there = [kiosk for kiosk in every if kiosk.state is not KioskState.REVOKED]
    values = {
        "kiosks": there,
        "revoked": [kiosk for kiosk in every if kiosk.state is KioskState.REVOKED],
        "signing": signing,
        "sites": _sites(there, usual),
        "usual": usual,
        "letters": letters,
        "paired": next((kiosk for kiosk in there if kiosk.id == paired), None),
    }
    return page(request, "kiosks.html", pairing.status, secret=secret, pairing=pairing, **values)


def _sites(kiosks: list[KioskOut], usual: str) -> list[str]:
    return sorted({kiosk.site for kiosk in kiosks} | {usual})
