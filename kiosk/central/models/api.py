"""`/v1/models`: versions, what was in production when, and putting one there."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, status
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from kiosk.central.access.rules import Allow, AllowKiosk
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Missing, Unusable
from kiosk.central.jobs.api import ask
from kiosk.central.jobs.messages import JobOut, Kind
from kiosk.central.models.evaluating import evaluations_of
from kiosk.central.models.files import path_of
from kiosk.central.models.measuring import SET, ask_evaluation
from kiosk.central.models.messages import (
    KioskModel,
    LogOut,
    ModelDetails,
    ModelOut,
    NewRollout,
    Production,
    RolloutState,
)
from kiosk.central.models.promoting import archive, promote, roll_back
from kiosk.central.models.registry import Registry, log_out, shown
from kiosk.central.models.rollouts import Rollouts, kiosk_model
from kiosk.central.models.shipped import registered
from kiosk.central.models.uploading import CARD, FILE, card_in, upload
from kiosk.central.requests import InHouse, doer_of, kiosk_of
from kiosk.central.sync.describing import answers, signed
from kiosk.central.uploads import form_of

router = APIRouter(tags=["models"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.MODELS_READ))]
WRITE = [Depends(Allow(Scope.MODELS_WRITE))]
KIOSK = [Depends(AllowKiosk())]
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "It may not be done: `reason` and `figures` say why."},
}
MEASURED: dict[int | str, dict[str, Any]] = {
    413: {"description": "The set is too large."},
    422: {"description": "The set can't be used, or the model failed; `reason` says which."},
}
FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The whole file."},
    206: {"content": {"application/octet-stream": {}}, "description": "The part that was asked for."},
    416: {"description": "That part is not in the file."},
}
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


@router.post("/v1/models/rollback", dependencies=WRITE, responses=REFUSED)
async def rollback(request: Request, house: InHouse) -> ModelOut:
    """The champion before this one is champion again."""
    await registered(house)
    async with house.database.writing() as session:
        return shown(await roll_back(Registry(session, house.vault), doer_of(request)))


@router.get("/v1/models/{model}", dependencies=READ)
async def read(model: Id, house: InHouse) -> ModelDetails:
    """A version, with its curves."""
    await registered(house)
    async with house.database.reading() as session:
        row = await Registry(session, house.vault).find(model)
        return ModelDetails(**shown(row).model_dump(), evaluations=await evaluations_of(session, model))


@router.post(
    "/v1/models/{model}/evaluate",
    dependencies=WRITE,
    status_code=status.HTTP_202_ACCEPTED,
    responses=MEASURED,
    openapi_extra=form_of(SET),
)
async def measure(model: Id, request: Request, house: InHouse) -> JobOut:
    """Measure a version on a labelled set, a ZIP with a folder of photographs for each person; a job does it."""
    await registered(house)
    async with house.database.reading() as session:
        await Registry(session, house.vault).find(model)
    return await ask_evaluation(request, house, model, doer_of(request))


@router.post("/v1/models/{model}/re-encode", dependencies=WRITE, status_code=status.HTTP_202_ACCEPTED)
async def re_encode(model: Id, request: Request, house: InHouse) -> JobOut:
    """Make a template of that version for everybody of whom a picture is kept; a job does it."""
    await registered(house)
    async with house.database.reading() as session:
        await Registry(session, house.vault).find(model)
    return await ask(house, Kind.RE_ENCODE, {"model": model}, doer_of(request))


@router.post("/v1/models/{model}/promote", dependencies=WRITE, responses=REFUSED)
async def promoted(model: Id, request: Request, house: InHouse) -> ModelOut:
    """Put a version into production; refused where it has no licence, was not compared, or is worse."""
    await registered(house)
    async with house.database.writing() as session:
        return shown(await promote(Registry(session, house.vault), model, doer_of(request)))


@router.post("/v1/models/{model}/archive", dependencies=WRITE, responses=REFUSED)
async def archived(model: Id, request: Request, house: InHouse) -> ModelOut:
    """Take a version that is not in production out of use."""
    await registered(house)
    async with house.database.writing() as session:
        return shown(await archive(Registry(session, house.vault), model, doer_of(request)))


@router.get("/v1/models/{model}/rollout", dependencies=READ)
async def rollout(model: Id, house: InHouse) -> RolloutState:
    """How far a version has come: every kiosk, whether it is to run it, and what it says it runs."""
    await registered(house)
    async with house.database.reading() as session:
        return await Rollouts(Registry(session, house.vault)).state(model)


@router.post("/v1/models/{model}/rollout", dependencies=WRITE, responses=REFUSED)
async def roll_out(model: Id, new: NewRollout, request: Request, house: InHouse) -> RolloutState:
    """Roll a candidate out to so many percent of the kiosks of a site, of a group, or of all; 0 ends it."""
    await registered(house)
    async with house.database.writing() as session:
        rollouts = Rollouts(Registry(session, house.vault))
        await rollouts.set(model, new, doer_of(request))
        await session.flush()
        return await rollouts.state(model)


@router.get("/v1/kiosk/model", dependencies=KIOSK, responses=answers(), openapi_extra=signed())
async def for_kiosk(request: Request, house: InHouse) -> KioskModel:
    """What the kiosk whose token this is should run."""
    await registered(house)
    async with house.database.reading() as session:
        rollouts = Rollouts(Registry(session, house.vault))
        row = await rollouts.for_kiosk(kiosk_of(request).id)
        return kiosk_model(row, await rollouts.scores(row.id))


@router.get(
    "/v1/kiosk/model/{model}/file",
    dependencies=KIOSK,
    response_class=FileResponse,
    responses=answers() | FILE_ANSWERS,
    openapi_extra=signed(),
)
async def file_for_kiosk(model: Id, request: Request, house: InHouse) -> FileResponse:
    """The file of the version that this kiosk should run, whole or from where it was left (Range)."""
    await registered(house)
    async with house.database.reading() as session:
        row = await Rollouts(Registry(session, house.vault)).for_kiosk(kiosk_of(request).id)
    if row.id != model:
        raise Missing("This kiosk is not to run that version, or no longer; ask what it should run.")
    # The content names itself, so that a download goes on at another server and never mixes two versions.
    headers = {"ETag": f'"{row.sha256}"'}
    return FileResponse(path_of(house, row.sha256), media_type="application/octet-stream", headers=headers)


def _utc(moment: datetime) -> datetime:
    """Raises Unusable for a moment that no calendar has in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise Unusable("Give a moment between the years 1 and 9999.", "at") from error
