"""Every table of central, gathered from its rooms."""

from sqlalchemy import MetaData

from kiosk.central.access import tables as access
from kiosk.central.audit import tables as audit
from kiosk.central.events import tables as events
from kiosk.central.jobs import tables as jobs
from kiosk.central.kiosks import tables as kiosks
from kiosk.central.models import tables as models
from kiosk.central.passes import tables as passes
from kiosk.central.people import tables as people
from kiosk.central.policies import tables as policies
from kiosk.central.sync import tables as sync
from kiosk.central.tables import Base

ROOMS = (access, audit, people, passes, jobs, models, kiosks, policies, events, sync)


def metadata() -> MetaData:
    """All tables, with their constraints."""
    return Base.metadata
