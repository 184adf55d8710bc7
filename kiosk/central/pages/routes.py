"""Every page."""

from kiosk.central.pages import faces, fleet, home, jobs, office, passes, people, session, static

ROUTERS = (
    static.router,
    session.router,
    home.router,
    people.router,
    jobs.router,
    faces.router,
    passes.router,
    fleet.router,
    office.router,
)
