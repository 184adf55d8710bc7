"""Every route of sync."""

from kiosk.central.sync import api, kept_api, stream

ROUTERS = (api.router, stream.router, kept_api.router)
