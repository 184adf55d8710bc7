"""The dashboard: what there is, and what needs attention."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.events.reading import visits_by_hour
from kiosk.central.events.webhooks import Webhooks
from kiosk.central.kiosks.messages import KioskState
from kiosk.central.kiosks.service import Fleet, state_of
from kiosk.central.pages.render import page
from kiosk.central.people.messages import Wanted
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, who_of
from kiosk.central.sync.resolving import waiting as conflicts_waiting

router = APIRouter(include_in_schema=False)

SHOWN = 6


@router.get("/", dependencies=[Depends(Allow(Scope.PEOPLE_READ))])
async def dashboard(request: Request, house: InHouse) -> Response:
    """Everything at a glance."""
    async with house.database.scanning() as session:  # everybody is counted
        register = Register(session, house.vault)
        counts = await register.counts(house.clock.utc())
        newest, _ = await register.page(Wanted(limit=SHOWN))
        faceless, _ = await register.page(Wanted(limit=SHOWN, enrolled=False))
        people = await register.shown(newest)
        waiting = await register.shown(faceless)
        now = house.clock.utc()
        kiosks = await Fleet(session, house.vault).everything()
        hooks = await Webhooks(session, house.vault).everything() if who_of(request).may(Scope.WEBHOOKS) else []
        contrary = await conflicts_waiting(session)
    async with house.database.scanning() as session:
        visits = await visits_by_hour(session, now) if who_of(request).may(Scope.EVENTS_READ) else []
    workers = len(house.pool.alive)
    states = [state_of(kiosk, now) for kiosk in kiosks]
    alive, fleet = states.count(KioskState.ALIVE), len(kiosks) - states.count(KioskState.REVOKED)
    silent = [kiosk for kiosk, state in zip(kiosks, states, strict=True) if state is KioskState.SILENT]
    values: dict[str, Any] = {"counts": counts, "people": people, "waiting": waiting, "workers": workers}
    values |= {"visits": visits, "given_up": sum(hook.dead for hook in hooks), "contrary": contrary}
    values |= {"silent": silent[:SHOWN], "more": len(silent[SHOWN:])}
    return page(request, "home.html", **values, alive=alive, fleet=fleet)
