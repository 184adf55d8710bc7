"""The page of dead letters: what a kiosk told and central could not take, with what that means and what to do."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.kiosks.service import Fleet, shown
from kiosk.central.pages.render import page
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, who_of
from kiosk.central.sync.kept_api import dead_letters

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
KINDS = {
    "event": "Event",
    "person": "Enrolment",
    "edit": "Changed name",
    "erasure": "Erasure",
    "pass-key": "Key for passes",
    "pass": "Pass",
    "revocation": "Withdrawn pass",
    "spent": "Used pass",
    "receipt": "Receipt of an erasure",
    "model": "Report on a model",
}
REASONS = {
    "unknown-kind": "This central does not know what that is; bring it to the kiosk's version.",
    "bad-body": "It is not in the form that this central reads; bring the kiosk and central to the same version.",
    "too-large": "It holds more than this central keeps of a person; bring the kiosk and central to the same version.",
    "length": "The name in it is empty or too long; change it at the kiosk.",
    "erased": "That person was erased; nothing is to be done, since the kiosk removes them too.",
    "not-yours": "It belongs to another site or group than this kiosk; if it is to hold, do the same there, or here.",
    "consent": "It has faces of somebody who is not known to have agreed; ask them, and enrol them again.",
    "id-taken": "Its id is somebody else's here already; do it anew at the kiosk.",
    "unknown-person": "Central knows no such person at this kiosk; see whether their enrolment is in this list too.",
    "unknown-key": "Central does not know the key that signed the pass; issue the pass here, or anew at the kiosk.",
    "bad-key": "The key does not belong to its id; make another key for passes at the kiosk.",
    "another-event-has-this-id": "Another event of that id is in the record; this one stays in the kiosk's own record.",
}
OTHER = "Central can't take it as it is; bring the kiosk and central to the same version."
GONE = {"erased": "Somebody who was erased", "unknown-person": "Somebody who is not here"}


@router.get("/kiosks/{kiosk}/dead-letters", dependencies=[Depends(Allow(Scope.KIOSKS_READ))])
async def everything(request: Request, kiosk: Id, house: InHouse) -> Response:
    """What was not taken from a kiosk, newest first."""
    async with house.database.reading() as session:
        row = shown(await Fleet(session, house.vault).find(kiosk), house.clock.utc())
    letters = await dead_letters(kiosk, house)
    people: dict[str, str] = {}
    if who_of(request).may(Scope.PEOPLE_READ):
        async with house.database.reading() as session:
            people = await Register(session, house.vault).names([one.person for one in letters if one.person])
    words: dict[str, Any] = {"kinds": KINDS, "reasons": REASONS, "other": OTHER, "gone": GONE}
    return page(request, "letters.html", kiosk=row, letters=letters, people=people, **words)
