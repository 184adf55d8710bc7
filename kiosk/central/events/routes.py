"""Every route of events."""

from kiosk.central.events import api, inbox_api, live, webhooks_api

ROUTERS = (api.router, live.router, inbox_api.router, webhooks_api.router)
