"""`/health`, `/ready`, `/metrics`: whether the process lives, whether it can work, and how it does."""

import asyncio

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from kiosk.central.access.rules import Allow, Open
from kiosk.central.access.scopes import Scope
from kiosk.central.inference.tasks import Embedded
from kiosk.central.inference.trial import trial_face
from kiosk.central.migrating import is_current
from kiosk.central.requests import InHouse
from kiosk.domain.errors import KioskError

router = APIRouter(tags=["health"])

READY_S = 10.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Check(BaseModel):
    """One thing that was tried."""

    ok: bool
    sentence: str


class Ready(BaseModel):
    """Whether this process can do its work, and what was tried."""

    ready: bool
    checks: dict[str, Check]


@router.get("/health", dependencies=[Depends(Open("whoever watches the server has no account"))])
async def health() -> dict[str, str]:
    """The process lives. This answer waits for nothing: no database, no worker."""
    return {"status": "alive"}


@router.get("/ready", dependencies=[Depends(Open("whoever balances the load has no account"))])
async def ready(house: InHouse, response: Response) -> Ready:
    """The database answers and is of this version, and a worker finds a face where there is one. 503 if not."""
    checks = {"database": await _database(house), "faces": await _faces(house)}
    is_ready = all(check.ok for check in checks.values())
    response.status_code = 200 if is_ready else 503
    return Ready(ready=is_ready, checks=checks)


@router.get("/metrics", dependencies=[Depends(Allow(Scope.METRICS))], response_class=Response)
async def metrics(house: InHouse) -> Response:
    """The figures of this process, for Prometheus."""
    return Response(house.metrics.text(), media_type=METRICS_TYPE)


async def _database(house: InHouse) -> Check:
    try:
        async with asyncio.timeout(READY_S):
            current = await is_current(house.database)
    except (KioskError, TimeoutError):
        return Check(ok=False, sentence="The database does not answer.")
    sentence = (
        "It answers and is up to date." if current else "Its tables are of another version: kiosk-central migrate."
    )
    return Check(ok=current, sentence=sentence)


async def _faces(house: InHouse) -> Check:
    try:
        async with asyncio.timeout(READY_S):
            answer = await house.pool.embed(trial_face())
    except (KioskError, TimeoutError):
        return Check(ok=False, sentence="No worker answers.")
    found = isinstance(answer, Embedded)
    return Check(ok=found, sentence="A face was found where one is." if found else "A face was not found where one is.")
