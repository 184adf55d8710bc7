"""Every route of events."""

from kiosk.central.events import api, inbox_api, live

ROUTERS = (api.router, live.router, inbox_api.router)
