"""Every page."""

from kiosk.central.pages import faces, fleet, home, jobs, models, office, passes, people, reference, session, static

ROUTERS = (
    static.router,
    session.router,
    home.router,
    people.router,
    jobs.router,
    faces.router,
    passes.router,
    fleet.router,
    models.router,
    office.router,
    reference.router,
)
