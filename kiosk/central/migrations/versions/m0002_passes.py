"""The tables of passes."""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "pass_keys",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("dropped_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_keys")),
    )
    op.create_table(
        "passes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("single_use", sa.Boolean(), nullable=False),
        sa.Column("not_before_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("expires_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("issued_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("revoked_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["key"], ["pass_keys.id"], name=op.f("fk_passes_key")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_passes_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
    )
    op.create_index(op.f("ix_passes_issued_utc"), "passes", ["issued_utc"], unique=False)
    op.create_index(op.f("ix_passes_person"), "passes", ["person"], unique=False)
