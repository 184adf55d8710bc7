"""`/v1/pairings`: kiosks ask and claim, which is open to anybody with a key; admins confirm or refuse."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response, status

from kiosk.central.access.rules import Allow, Open
from kiosk.central.access.scopes import Scope
from kiosk.central.kiosks.desk import Desk
from kiosk.central.kiosks.messages import KioskOut, PairingCode, WaitingKiosk, WantedKiosk
from kiosk.central.kiosks.pairing import Pairings
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.sync.bodies import answer, body_of, described
from kiosk.central.sync.describing import open_answers
from kiosk.wire.pairing import Asked, AskToPair, Claim, Claimed, PairingState

router = APIRouter(tags=["kiosks"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
ASKING = [Depends(Open("a kiosk that asks is nobody yet; it proves that it has its key, and an admin confirms it"))]
WRITE = [Depends(Allow(Scope.KIOSKS_WRITE))]
SMALL = 4096


@router.post(
    "/v1/pairings",
    dependencies=ASKING,
    status_code=status.HTTP_201_CREATED,
    response_model=Asked,
    responses=open_answers(Asked, status=status.HTTP_201_CREATED),
    openapi_extra=described(AskToPair),
)
async def ask(request: Request, house: InHouse) -> Response:
    """A kiosk asks to be one of the fleet; it shows the code until an admin has confirmed it."""
    asking = await body_of(request, AskToPair, SMALL)
    address = request.client.host if request.client else ""
    async with house.database.writing() as session:
        asked = await Pairings(session, house.vault).ask(asking, address, house.clock.utc())
    return answer(request, asked, status.HTTP_201_CREATED)


@router.post("/v1/pairings/find", dependencies=WRITE)
async def find(wanted: PairingCode, request: Request, house: InHouse) -> WaitingKiosk:
    """Which kiosk asks with that code: compare its fingerprint with the one on the kiosk's screen."""
    return await Desk(house.database, house.vault).find(wanted.code, doer_of(request))


@router.post("/v1/pairings/confirm", dependencies=WRITE)
async def confirm(wanted: WantedKiosk, request: Request, house: InHouse) -> KioskOut:
    """Make it one of the fleet; a kiosk that was paired before stays the same kiosk, with a new key and token."""
    desk = Desk(house.database, house.vault)
    return await desk.confirm(wanted.code, wanted.kiosk, house.settings.server.site, doer_of(request))


@router.post("/v1/pairings/refuse", dependencies=WRITE, status_code=status.HTTP_204_NO_CONTENT)
async def refuse(wanted: PairingCode, request: Request, house: InHouse) -> None:
    """Don't make it one of the fleet."""
    await Desk(house.database, house.vault).refuse(wanted.code, doer_of(request))


@router.post(
    "/v1/pairings/{pairing}/claim",
    dependencies=ASKING,
    response_model=Claimed,
    responses=open_answers(Claimed),
    openapi_extra=described(Claim),
)
async def claim(pairing: Id, request: Request, house: InHouse) -> Response:
    """What became of it. Once it is confirmed: credentials, other ones each time, until the first are used."""
    signed = await body_of(request, Claim, SMALL)
    async with house.database.reading() as session:
        state = await Pairings(session, house.vault).state(pairing, signed, house.clock.utc())
    if state is not PairingState.CONFIRMED:
        return answer(request, Claimed(state=state))
    async with house.database.writing() as session:
        claimed = await Pairings(session, house.vault).credentials(pairing)
    return answer(request, claimed)
