"""`/v1/kiosks` for admins, and `/v1/kiosk` for the kiosks themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status

from kiosk.central.access.rules import Allow, AllowKiosk
from kiosk.central.access.scopes import Scope
from kiosk.central.kiosks.messages import EditedKiosk, Heard, HeartBeat, KioskOut, MadeKiosk, NewKiosk
from kiosk.central.kiosks.service import Fleet, shown
from kiosk.central.requests import InHouse, doer_of, kiosk_of

router = APIRouter(tags=["kiosks"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.KIOSKS_READ))]
WRITE = [Depends(Allow(Scope.KIOSKS_WRITE))]
KIOSK = [Depends(AllowKiosk())]


@router.get("/v1/kiosks", dependencies=READ)
async def everything(house: InHouse) -> list[KioskOut]:
    """Every kiosk of the fleet, by name."""
    async with house.database.reading() as session:
        rows = await Fleet(session, house.vault).everything()
    return [shown(row, house.clock.utc()) for row in rows]


@router.post("/v1/kiosks", dependencies=WRITE, status_code=status.HTTP_201_CREATED)
async def make(new: NewKiosk, request: Request, house: InHouse) -> MadeKiosk:
    """Make a kiosk known; its token is shown this once."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        row, secret = await Fleet(session, house.vault).make(new, house.settings.server.site, doer)
    return MadeKiosk(kiosk=shown(row, doer.at_utc), token=secret)


@router.get("/v1/kiosks/{kiosk}", dependencies=READ)
async def read(kiosk: Id, house: InHouse) -> KioskOut:
    """A kiosk, and what it last said of itself."""
    async with house.database.reading() as session:
        return shown(await Fleet(session, house.vault).find(kiosk), house.clock.utc())


@router.put("/v1/kiosks/{kiosk}", dependencies=WRITE)
async def edit(kiosk: Id, edited: EditedKiosk, request: Request, house: InHouse) -> KioskOut:
    """Another name, site or groups; 409 with how it is now, if somebody else changed it meanwhile."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        return shown(await Fleet(session, house.vault).edit(kiosk, edited, doer.at_utc, doer), doer.at_utc)


@router.post("/v1/kiosks/{kiosk}/token", dependencies=WRITE)
async def rotate(kiosk: Id, request: Request, house: InHouse) -> MadeKiosk:
    """A new token, shown this once; the old one is good no more."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        row, secret = await Fleet(session, house.vault).rotate(kiosk, doer)
    return MadeKiosk(kiosk=shown(row, doer.at_utc), token=secret)


@router.post("/v1/kiosks/{kiosk}/revoke", dependencies=WRITE)
async def revoke(kiosk: Id, request: Request, house: InHouse) -> KioskOut:
    """Take a kiosk out of the fleet."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        return shown(await Fleet(session, house.vault).revoke(kiosk, doer), doer.at_utc)


@router.post("/v1/kiosk/heart-beat", dependencies=KIOSK)
async def heart_beat(said: HeartBeat, request: Request, house: InHouse) -> Heard:
    """What the kiosk whose token this is says of itself."""
    now = house.clock.utc()
    async with house.database.writing() as session:
        await Fleet(session, house.vault).hear(kiosk_of(request).id, said, now)
    return Heard(at_utc=now)
