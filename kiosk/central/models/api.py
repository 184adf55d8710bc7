"""`/v1/models`: versions, what was in production when, and putting one there."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, status
from pydantic import AwareDatetime

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Unusable
from kiosk.central.models.messages import LogOut, ModelOut, Production
from kiosk.central.models.registry import Registry, log_out, shown
from kiosk.central.models.shipped import registered
from kiosk.central.models.uploading import CARD, FILE, card_in, upload
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.uploads import form_of

router = APIRouter(tags=["models"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.MODELS_READ))]
WRITE = [Depends(Allow(Scope.MODELS_WRITE))]
UPLOADED: dict[int | str, dict[str, Any]] = {
    409: {"description": "That file, or that name and version, is in the registry already."},
    413: {"description": "The file is too large."},
    422: {"description": "The file is no embedding model that can be used, or the card is wrong; `reason` says which."},
}


@router.get("/v1/models", dependencies=READ)
async def everything(house: InHouse) -> list[ModelOut]:
    """Every version, newest first."""
    await registered(house)
    async with house.database.reading() as session:
        return [shown(row) for row in await Registry(session, house.vault).everything()]


@router.post(
    "/v1/models",
    dependencies=WRITE,
    status_code=status.HTTP_201_CREATED,
    responses=UPLOADED,
    openapi_extra=form_of(FILE, fields={CARD: "What is known of it, as JSON: name, version, licence, source, …"}),
)
async def add(request: Request, house: InHouse) -> ModelOut:
    """Upload a version; it is tried out in a process of its own, and is a candidate if it is of use."""
    return await upload(request, house, card_in, doer_of(request))


@router.get("/v1/models/production", dependencies=READ)
async def production(house: InHouse, at: Annotated[AwareDatetime | None, Query()] = None) -> Production:
    """What was in production at that moment; now, if none is given."""
    await registered(house)
    moment = house.clock.utc() if at is None else _utc(at)
    async with house.database.reading() as session:
        registry = Registry(session, house.vault)
        row = await registry.at(moment)
        model = shown(await registry.find(row.champion))
    return Production(at_utc=moment, since_utc=row.at_utc, model=model)


@router.get("/v1/models/log", dependencies=READ)
async def log(house: InHouse) -> list[LogOut]:
    """Everything that changed what is in production, oldest first. Nobody can edit it."""
    await registered(house)
    async with house.database.reading() as session:
        return [log_out(row) for row in await Registry(session, house.vault).log()]


@router.get("/v1/models/{model}", dependencies=READ)
async def read(model: Id, house: InHouse) -> ModelOut:
    """A version."""
    await registered(house)
    async with house.database.reading() as session:
        return shown(await Registry(session, house.vault).find(model))


def _utc(moment: datetime) -> datetime:
    """Raises Unusable for a moment that no calendar has in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise Unusable("Give a moment between the years 1 and 9999.", "at") from error
