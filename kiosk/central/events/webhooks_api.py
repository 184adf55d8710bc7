"""`/v1/webhooks`: where events are told to, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, status

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.events.webhook_messages import Deliveries, DeliveryOut, EditedHook, HookOut, MadeHook, NewHook
from kiosk.central.events.webhooks import Webhooks
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], dependencies=[Depends(Allow(Scope.WEBHOOKS))])

Id = Annotated[str, Path(min_length=1, max_length=64)]


@router.get("")
async def everything(house: InHouse) -> list[HookOut]:
    """Every webhook, and how many deliveries wait for it or were given up."""
    async with house.database.reading() as session:
        return await Webhooks(session, house.vault).everything()


@router.post("", status_code=status.HTTP_201_CREATED)
async def make(new: NewHook, request: Request, house: InHouse) -> MadeHook:
    """Tell events to an address from now on; the secret that signs them is shown this once."""
    private = house.settings.webhooks.private
    async with house.database.writing() as session:
        hook, secret = await Webhooks(session, house.vault).make(new, doer_of(request), private=private)
    return MadeHook(hook=hook, secret=secret)


@router.put("/{hook}")
async def edit(hook: Id, edited: EditedHook, request: Request, house: InHouse) -> HookOut:
    """Pause a webhook, or resume it. Paused, it gets no new events; what waits for it already goes on waiting."""
    async with house.database.writing() as session:
        return await Webhooks(session, house.vault).set_active(hook, edited.active, doer_of(request))


@router.delete("/{hook}", status_code=status.HTTP_204_NO_CONTENT)
async def remove(hook: Id, request: Request, house: InHouse) -> None:
    """Remove a webhook with all that waits for it."""
    async with house.database.writing() as session:
        await Webhooks(session, house.vault).remove(hook, doer_of(request))


@router.post("/{hook}/test", status_code=status.HTTP_202_ACCEPTED)
async def test(hook: Id, request: Request, house: InHouse) -> DeliveryOut:
    """Send a trial (`ping`); what comes of it is among the deliveries."""
    async with house.database.writing() as session:
        return await Webhooks(session, house.vault).test(hook, doer_of(request))


@router.get("/{hook}/deliveries")
async def deliveries(
    hook: Id,
    house: InHouse,
    cursor: Annotated[str, Query(max_length=64, pattern="^[0-9a-f-]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deliveries:
    """What was sent or is to be, newest first; what was sent is kept for a week."""
    async with house.database.reading() as session:
        return await Webhooks(session, house.vault).deliveries(hook, cursor, limit)
