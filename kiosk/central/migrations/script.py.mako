"""${message}"""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    ${upgrades if upgrades else "pass"}
