"""The page of webhooks: where events are told to, and what could not be delivered."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.events.messages import Kind
from kiosk.central.events.webhook_messages import NewHook
from kiosk.central.events.webhooks import Webhooks
from kiosk.central.house import House
from kiosk.central.pages.render import page, see
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.texts import checked_form

router = APIRouter(include_in_schema=False, prefix="/webhooks", dependencies=[Depends(Allow(Scope.WEBHOOKS))])

Id = Annotated[str, Path(min_length=1, max_length=64)]
SHOWN = 5


@router.get("")
async def everything(request: Request, house: InHouse) -> Response:
    """Every webhook, with its last deliveries."""
    return await _page(request, house, "")


@router.post("")
async def make(
    request: Request,
    house: InHouse,
    url: Annotated[str, Form(max_length=1000)],
    kinds: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """A new one; its secret is shown this once."""
    new = checked_form(NewHook, {"url": url.strip(), "kinds": kinds or []})
    private = house.settings.webhooks.private
    async with house.database.writing() as session:
        _, secret = await Webhooks(session, house.vault).make(new, doer_of(request), private=private)
    return await _page(request, house, secret)


@router.post("/{hook}/test")
async def test(request: Request, hook: Id, house: InHouse) -> Response:
    """Send a trial."""
    async with house.database.writing() as session:
        await Webhooks(session, house.vault).test(hook, doer_of(request))
    return see("/webhooks")


@router.post("/{hook}/active")
async def set_active(request: Request, hook: Id, house: InHouse, active: Annotated[bool, Form()]) -> Response:
    """Pause it, or resume it."""
    async with house.database.writing() as session:
        await Webhooks(session, house.vault).set_active(hook, active, doer_of(request))
    return see("/webhooks")


@router.post("/{hook}/remove")
async def remove(request: Request, hook: Id, house: InHouse) -> Response:
    """Remove it, with all that waits for it."""
    async with house.database.writing() as session:
        await Webhooks(session, house.vault).remove(hook, doer_of(request))
    return see("/webhooks")


async def _page(request: Request, house: House, secret: str) -> Response:
    async with house.database.reading() as session:
        webhooks = Webhooks(session, house.vault)
        hooks = await webhooks.everything()
        last = {hook.id: (await webhooks.deliveries(hook.id, "", SHOWN)).deliveries for hook in hooks}
    return page(request, "webhooks.html", hooks=hooks, last=last, secret=secret, kinds=list(Kind))
