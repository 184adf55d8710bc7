"""The tables of events, of what operators said of visits, and of webhooks."""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0007"
down_revision = "m0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "event_order",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_order")),
    )
    op.create_table(
        "events",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("similarity", sa.Float(precision=53), nullable=True),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("taken_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("received_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint("kiosk", "id", name=op.f("uq_events_kiosk_id")),
    )
    op.create_index("ix_events_kind_position", "events", ["kind", "position"], unique=False)
    op.create_index("ix_events_kiosk_visit", "events", ["kiosk", "visit"], unique=False)
    op.create_index("ix_events_person_position", "events", ["person", "position"], unique=False)
    op.create_index("ix_events_site_position", "events", ["site", "position"], unique=False)
    op.create_index(op.f("ix_events_taken_utc"), "events", ["taken_utc"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("effect", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("guess", sa.String(length=64), nullable=True),
        sa.Column("similarity", sa.Float(precision=53), nullable=True),
        sa.Column("said_by", sa.String(length=64), nullable=False),
        sa.Column("said_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kiosk", "visit", name=op.f("pk_verdicts")),
    )
    op.create_index(op.f("ix_verdicts_guess"), "verdicts", ["guess"], unique=False)
    op.create_index(op.f("ix_verdicts_person"), "verdicts", ["person"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("rest_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.Column("made_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hook", sa.String(length=64), nullable=False),
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("made_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("due_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("sent_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.Column("lease", sa.String(length=64), nullable=True),
        sa.Column("lease_utc", kiosk.central.tables.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event"], ["events.position"], name=op.f("fk_deliveries_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["hook"], ["webhooks.id"], name=op.f("fk_deliveries_hook"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_event"), "deliveries", ["event"], unique=False)
    op.create_index("ix_deliveries_hook_state_due_utc", "deliveries", ["hook", "state", "due_utc"], unique=False)
