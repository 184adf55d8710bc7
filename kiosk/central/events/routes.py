"""Every route of events."""

from kiosk.central.events import api

ROUTERS = (api.router,)
