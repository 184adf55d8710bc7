"""Where a kiosk was until it was moved, for as long as it has not heard of that."""

import sqlalchemy as sa
from alembic import op

revision = "m0010"
down_revision = "m0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the feed on."""
    op.add_column("kiosks", sa.Column("moved_from", sa.String(length=80), nullable=False, server_default=""))
