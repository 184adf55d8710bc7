"""`/health`, `/ready`, `/metrics`: whether the process lives, whether it can work, and how it does."""

from fastapi import APIRouter, Depends, Response

from kiosk.central.access.rules import Allow, Open
from kiosk.central.access.scopes import Scope
from kiosk.central.readiness import Ready
from kiosk.central.requests import InHouse

router = APIRouter(tags=["health"])

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/health", dependencies=[Depends(Open("whoever watches the server has no account"))])
async def health() -> dict[str, str]:
    """The process lives. This answer waits for nothing: no database, no worker."""
    return {"status": "alive"}


@router.get("/ready", dependencies=[Depends(Open("whoever balances the load has no account"))])
async def ready(house: InHouse, response: Response) -> Ready:
    """The database answers and is of this version, and a worker finds a face where there is one. 503 if not."""
    found = await house.readiness.now()
    response.status_code = 200 if found.ready else 503
    return found


@router.get("/metrics", dependencies=[Depends(Allow(Scope.METRICS))], response_class=Response)
async def metrics(house: InHouse) -> Response:
    """The figures of this process, for Prometheus."""
    return Response(house.metrics.text(), media_type=METRICS_TYPE)
