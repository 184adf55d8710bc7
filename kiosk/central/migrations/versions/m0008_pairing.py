"""Pairing of kiosks: their keys and counters, and those that ask."""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0008"
down_revision = "m0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("kiosks", sa.Column("public", sa.LargeBinary(), nullable=True))
    op.add_column("kiosks", sa.Column("store", sa.String(length=64), nullable=True))
    op.add_column("kiosks", sa.Column("counter", big, nullable=False, server_default="0"))
    op.add_column("kiosks", sa.Column("previous", sa.String(length=64), nullable=True))
    op.add_column("kiosks", sa.Column("pairing", sa.String(length=64), nullable=True))
    op.add_column("kiosks", sa.Column("paired_utc", kiosk.central.tables.Utc(timezone=True), nullable=True))
    op.add_column("kiosks", sa.Column("wire", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_kiosks_store"), "kiosks", ["store"], unique=True)
    op.create_index(op.f("ix_kiosks_previous"), "kiosks", ["previous"], unique=False)
    op.create_table(
        "pairings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("store", sa.String(length=64), nullable=False),
        sa.Column("software", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("kiosk", sa.String(length=64), nullable=True),
        sa.Column("asked_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("expires_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
        sa.UniqueConstraint("code", name=op.f("uq_pairings_code")),
    )
    op.create_index(op.f("ix_pairings_asked_utc"), "pairings", ["asked_utc"], unique=False)
