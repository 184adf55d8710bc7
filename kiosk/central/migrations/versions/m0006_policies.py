"""The tables of policies."""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0006"
down_revision = "m0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "notices",
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("site", "language", "number", name=op.f("pk_notices")),
    )
    op.create_table(
        "policies",
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("search_level", sa.String(length=16), nullable=False),
        sa.Column("claim_level", sa.String(length=16), nullable=False),
        sa.Column("keep_pictures", sa.Boolean(), nullable=False),
        sa.Column("windows_apply", sa.Boolean(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("events_days", sa.Integer(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("changed_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_policies")),
    )
