"""The tables of kiosks."""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "kiosks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("folded", sa.String(length=320), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("revoked_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.Column("heard_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
        sa.UniqueConstraint("digest", name=op.f("uq_kiosks_digest")),
        sa.UniqueConstraint("folded", name=op.f("uq_kiosks_folded")),
    )
    op.create_index(op.f("ix_kiosks_heard_utc"), "kiosks", ["heard_utc"], unique=False)
    op.create_index(op.f("ix_kiosks_site"), "kiosks", ["site"], unique=False)
