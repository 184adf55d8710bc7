"""`/v1/kiosk/stream`: a word for a kiosk whenever there is something to pull, as server-sent events."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from kiosk.central.access.rules import AllowKiosk
from kiosk.central.errors import Unauthorised, Unavailable
from kiosk.central.house import House
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.requests import InHouse, kiosk_of
from kiosk.central.sync.describing import answers, signed
from kiosk.central.sync.scope import View, view_from, view_of
from kiosk.central.sync.sequencer import is_marked, newest_of

router = APIRouter(tags=["sync"])

KIOSK = [Depends(AllowKiosk())]
QUIET_S = 15.0
ASKED_AGAIN_S = 45.0  # with the one above: a minute at most
AGAIN_MS = 2000


class WakeStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Listener:
    """A kiosk that listens, as it was when it began."""

    house: House
    view: View

    async def told(self) -> AsyncIterator[str]:
        """The text of the stream. It ends once the kiosk is not of the fleet any more, or is to know other people."""
        yield f"retry: {AGAIN_MS}\n\n"
        with contextlib.suppress(Unauthorised, Unavailable), self.house.metrics.streams.track_inprogress():
            async for line in self._lines():
                yield line

    async def _lines(self) -> AsyncIterator[str]:
        wakes, clock, site = self.house.wakes, self.house.clock, self.view.site
        async with wakes.listening():
            position, ask_at = wakes.newest(site), clock.monotonic() + ASKED_AGAIN_S
            yield await self._first()
            while True:
                news = await wakes.after(site, position, QUIET_S)
                if clock.monotonic() >= ask_at:
                    await self._still_there()
                    ask_at = clock.monotonic() + ASKED_AGAIN_S
                if news is None:
                    yield ":\n\n"
                else:
                    position = news
                    yield _wake(position)

    async def _first(self) -> str:
        """What came before anybody listened wakes the kiosk too."""
        async with self.house.database.reading() as session:
            last = await newest_of(session, self.view.site)
        is_news = last > self.view.asked_after or await is_marked(self.house.database, *self.view.sites)
        return _wake(last) if is_news else ":\n\n"

    async def _still_there(self) -> None:
        """Raises Unauthorised."""
        async with self.house.database.reading() as session:
            row = await session.get(KioskRow, self.view.kiosk)
        if row is None or row.revoked_utc is not None or view_from(row).digest != self.view.digest:
            raise Unauthorised("That kiosk is not the one any more that began to listen.")


@router.get(
    "/v1/kiosk/stream",
    dependencies=KIOSK,
    response_class=WakeStream,
    responses=answers(),
    openapi_extra=signed(),
)
async def stream(request: Request, house: InHouse) -> WakeStream:
    """A `wake` whenever there is something for the kiosk to pull; a comment every 15 seconds, when there is nothing."""
    house.wakes.check_room()
    async with house.database.reading() as session:
        view = await view_of(session, kiosk_of(request).id)
    return WakeStream(Listener(house, view).told(), headers={"X-Accel-Buffering": "no"})


def _wake(position: int) -> str:
    return f'event: wake\nid: {position}\ndata: {{"newest": {position}}}\n\n'
