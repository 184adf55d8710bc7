"""`/v1/kiosks` for admins, and `/v1/kiosk` for the kiosks themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response, status

from kiosk.central.access.rules import Allow, AllowKiosk
from kiosk.central.access.scopes import Scope
from kiosk.central.kiosks.beats import Said
from kiosk.central.kiosks.messages import EditedKiosk, KioskOut, MadeKiosk, NewKiosk
from kiosk.central.kiosks.service import Fleet, shown
from kiosk.central.people.service import Doer
from kiosk.central.requests import InHouse, doer_of, kiosk_of
from kiosk.central.sync.bodies import answer, body_of, described
from kiosk.central.sync.describing import answers, signed
from kiosk.wire.beating import Heard, HeartBeat
from kiosk.wire.pairing import NewToken

router = APIRouter(tags=["kiosks"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.KIOSKS_READ))]
WRITE = [Depends(Allow(Scope.KIOSKS_WRITE))]
KIOSK = [Depends(AllowKiosk())]
LIGHT = [Depends(AllowKiosk(is_light=True))]
SMALL = 16 * 1024


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
    """Take a kiosk out of the fleet and drop its pass keys, also of one that left by itself."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        return shown(await Fleet(session, house.vault).revoke(kiosk, doer), doer.at_utc)


@router.post(
    "/v1/kiosk/heart-beat",
    dependencies=LIGHT,
    response_model=Heard,
    responses=answers(Heard),
    openapi_extra=signed(described(HeartBeat)),
)
async def heart_beat(request: Request, house: InHouse) -> Response:
    """What the kiosk whose token this is says of itself. Central's pages show it a second later."""
    said = await body_of(request, HeartBeat, SMALL)
    kiosk = kiosk_of(request)
    heard = await house.horizon.heard(kiosk, said.cursor)
    words = said.model_dump_json(exclude_unset=True)
    house.gate.beats.hear(kiosk.id, Said(words, heard.at_utc, is_clear=said.dead == 0))
    return answer(request, heard)


@router.post(
    "/v1/kiosk/token",
    dependencies=KIOSK,
    response_model=NewToken,
    responses=answers(NewToken),
    openapi_extra=signed(),
)
async def renew(request: Request, house: InHouse) -> Response:
    """Another token; the one that is shown with this request is good until the new one is used."""
    kiosk = kiosk_of(request)
    async with house.database.writing() as session:
        secret = await Fleet(session, house.vault).renew(kiosk.id, kiosk.digest)
    return answer(request, NewToken(token=secret))


@router.delete(
    "/v1/kiosk",
    dependencies=KIOSK,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(),
    openapi_extra=signed(),
)
async def unpair(request: Request, house: InHouse) -> None:
    """The kiosk leaves the fleet; its token is good no more."""
    doer = Doer(kiosk_of(request).id, "kiosk", house.clock.utc())
    async with house.database.writing() as session:
        await Fleet(session, house.vault).unpair(doer.user, doer)
