"""The pages of models: versions with their curves side by side, and what happens with each."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy import func, select
from starlette.datastructures import FormData

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.access.users import Users
from kiosk.central.errors import Unusable
from kiosk.central.house import House
from kiosk.central.jobs.encoding import lacking
from kiosk.central.models import api
from kiosk.central.models.evaluating import all_evaluations, evaluations_of
from kiosk.central.models.measuring import ask_evaluation
from kiosk.central.models.messages import Card, ModelState, NewRollout
from kiosk.central.models.promoting import archive, previous, promote, roll_back
from kiosk.central.models.registry import Registry, log_out, shown
from kiosk.central.models.rollouts import Rollouts
from kiosk.central.models.shipped import registered
from kiosk.central.models.uploading import upload
from kiosk.central.pages.curves import RATES, charts_of
from kiosk.central.pages.render import page, see
from kiosk.central.people.tables import PersonRow
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.texts import checked_form

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.MODELS_READ))]
WRITE = [Depends(Allow(Scope.MODELS_WRITE))]
FIELDS = ("name", "version", "licence", "source", "description", "notes")
SCOPES = ("fleet", "site", "group")
LISTED = 20


@router.get("/models", dependencies=READ)
async def everything(request: Request, house: InHouse) -> Response:
    """Every version, its curves, and what was in production when."""
    await registered(house)
    async with house.database.reading() as session:
        registry = Registry(session, house.vault)
        models = [shown(row) for row in await registry.everything()]
        evaluations = await all_evaluations(session)
        lines = await registry.log()
        names = {row.id: row.name for row in await Users(session, house.vault).everybody()}
    charts = charts_of(models, evaluations)
    models.sort(key=lambda model: model.state is not ModelState.CHAMPION)
    values: dict[str, Any] = {"models": models, "charts": charts, "rates": RATES, "names": names}
    by_id = {model.id: model for model in models}
    log = [log_out(line) for line in reversed(lines)]
    return page(request, "models.html", **values, log=log, by_id=by_id, before=by_id.get(previous(lines) or ""))


@router.post("/models", dependencies=WRITE)
async def add(request: Request, house: InHouse) -> Response:
    """A new version; refused, or looked at next."""
    model = await upload(request, house, _card, doer_of(request))
    return _go_to(f"/models/{model.id}")


@router.post("/models/rollback", dependencies=WRITE)
async def rollback(request: Request, house: InHouse) -> Response:
    """The champion before this one is champion again."""
    async with house.database.writing() as session:
        await roll_back(Registry(session, house.vault), doer_of(request))
    return see("/models")


@router.get("/models/{model}", dependencies=READ)
async def read(request: Request, model: Id, house: InHouse) -> Response:
    """A version: its card, what was measured, and which kiosks run it."""
    await registered(house)
    return await _model(request, model, house)


@router.post("/models/{model}/evaluate", dependencies=WRITE)
async def measure(request: Request, model: Id, house: InHouse) -> Response:
    """Measure it on a labelled set."""
    async with house.database.reading() as session:
        await Registry(session, house.vault).find(model)
    job = await ask_evaluation(request, house, model, doer_of(request))
    return _go_to(f"/jobs/{job.id}")


@router.post("/models/{model}/re-encode", dependencies=WRITE)
async def re_encode(request: Request, model: Id, house: InHouse) -> Response:
    """New templates for it, from the pictures that are kept."""
    return see(f"/jobs/{(await api.re_encode(model, request, house)).id}")


@router.post("/models/{model}/promote", dependencies=WRITE)
async def promoted(request: Request, model: Id, house: InHouse) -> Response:
    """Put it into production."""
    async with house.database.writing() as session:
        await promote(Registry(session, house.vault), model, doer_of(request))
    return see("/models")


@router.post("/models/{model}/archive", dependencies=WRITE)
async def archived(request: Request, model: Id, house: InHouse) -> Response:
    """Take it out of use."""
    async with house.database.writing() as session:
        await archive(Registry(session, house.vault), model, doer_of(request))
    return see(f"/models/{model}")


@router.post("/models/{model}/rollout", dependencies=WRITE)
async def roll_out(request: Request, model: Id, house: InHouse) -> Response:
    """To so many percent of some kiosks."""
    form = await request.form()
    scope, target = (str(form.get(name, "")).strip() for name in ("scope", "target"))
    if (scope != "fleet") != bool(target) or scope not in SCOPES:
        raise Unusable("Name the site or the group, or choose all kiosks and name none.", "target")
    where = {} if scope == "fleet" else {scope: target}
    new = checked_form(NewRollout, {"percent": str(form.get("percent", "")).strip(), **where})
    async with house.database.writing() as session:
        await Rollouts(Registry(session, house.vault)).set(model, new, doer_of(request))
    return see(f"/models/{model}")


async def _model(request: Request, model: str, house: House) -> Response:
    async with house.database.reading() as session:
        registry = Registry(session, house.vault)
        row = shown(await registry.find(model))
        state = await Rollouts(registry).state(model)
        evaluations = await evaluations_of(session, model)
        without = await session.scalar(select(func.count()).select_from(lacking(row.tag).subquery())) or 0
        some = (await session.scalars(lacking(row.tag).order_by(PersonRow.folded).limit(LISTED))).all()
    values = {"model": row, "state": state, "evaluations": evaluations, "without": without, "some": some}
    return page(request, "model.html", **values)


def _card(form: FormData) -> Card:
    return checked_form(Card, {name: str(form.get(name, "")).strip() for name in FIELDS})


def _go_to(address: str) -> Response:
    """For a form that htmx sent: there is something else to look at now."""
    return Response(headers={"HX-Redirect": address})
