"""Every route of events."""

from kiosk.central.events import api, live

ROUTERS = (api.router, live.router)
