"""Every page."""

from kiosk.central.pages import events, faces, fleet, home, office, passes, people, session, static, webhooks

ROUTERS = (
    static.router,
    session.router,
    home.router,
    people.router,
    faces.router,
    passes.router,
    fleet.router,
    events.router,
    webhooks.router,
    office.router,
)
