"""A new version: its file on disk, tried out, and then in the registry; or nothing of it."""

from collections.abc import Callable

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from kiosk.central.errors import Conflict, Unusable
from kiosk.central.house import House
from kiosk.central.models.files import incoming, keep
from kiosk.central.models.messages import Card, ModelOut
from kiosk.central.models.recipes import recipe_of
from kiosk.central.models.registry import TWICE, Registry, shown
from kiosk.central.models.shipped import registered
from kiosk.central.models.trying import tried
from kiosk.central.people.service import Doer
from kiosk.central.uploads import ENVELOPE, MB, received

CARD_MOST = 64_000
FILE, CARD = "model", "card"


async def upload(request: Request, house: House, card_in: Callable[[FormData], Card], doer: Doer) -> ModelOut:
    """The version that the request's form holds. Raises Conflict, TooLarge, Unsupported, Unusable."""
    form = await received(request, round(house.settings.models.file_mb * MB) + ENVELOPE, 1, CARD_MOST)
    try:
        card, file = card_in(form), file_in(form, FILE)
        await registered(house)
        recipe = card.recipe or recipe_of(house.model)
        card = card.model_copy(update={"recipe": recipe})
        async with incoming(house, file.file) as part:
            async with house.database.reading() as session:
                if await Registry(session, house.vault).with_content(part.sha256) is not None:
                    raise Conflict(TWICE)
            findings = await tried(part.path, recipe, house.settings.models.trial_s)
            async with house.database.writing() as session:
                row = await Registry(session, house.vault).add(card, part, findings, doer)
                keep(part)
            return shown(row)
    finally:
        await form.close()


def file_in(form: FormData, name: str) -> UploadFile:
    """The one file of that name. Raises Unusable."""
    found = form.getlist(name)
    if len(found) != 1 or not isinstance(found[0], UploadFile):
        raise Unusable(f"Send exactly one file in the field {name!r}.", "fields")
    return found[0]


def card_in(form: FormData) -> Card:
    """The card as JSON. Raises Unusable, naming where it is wrong and never what stood there."""
    text = form.get(CARD)
    if not isinstance(text, str):
        raise Unusable(f"Send the card as JSON in the field {CARD!r}.", "fields")
    try:
        return Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the card"
        raise Unusable(f"Look at {where} of the card again: {first['msg']}.", "card") from error
