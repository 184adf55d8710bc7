"""Every page."""

from kiosk.central.pages import (
    erasures,
    events,
    faces,
    fleet,
    home,
    jobs,
    kiosks,
    merging,
    models,
    office,
    passes,
    people,
    reference,
    session,
    static,
    webhooks,
)

ROUTERS = (
    static.router,
    session.router,
    home.router,
    people.router,
    erasures.router,
    merging.router,
    jobs.router,
    faces.router,
    passes.router,
    events.router,
    kiosks.router,
    fleet.router,
    models.router,
    webhooks.router,
    office.router,
    reference.router,
)
