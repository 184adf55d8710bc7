"""Into whom somebody was merged, as long as those are here."""

import sqlalchemy as sa
from alembic import op

revision = "m0013"
down_revision = "m0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the version before on."""
    op.add_column("tombstones", sa.Column("merged_into", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_tombstones_merged_into"), "tombstones", ["merged_into"], unique=False)
