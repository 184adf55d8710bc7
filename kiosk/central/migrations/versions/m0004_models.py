"""The tables of models."""

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None

REFUSED = "the log of models is never edited"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "models",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("speed_ms", sa.Float(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_models_name_version")),
        sa.UniqueConstraint("sha256", name=op.f("uq_models_sha256")),
    )
    op.create_table(
        "model_evaluations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("set_digest", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("faceless", sa.Integer(), nullable=False),
        sa.Column("genuine", sa.Integer(), nullable=False),
        sa.Column("impostors", sa.Integer(), nullable=False),
        sa.Column("fmr", sa.Float(), nullable=False),
        sa.Column("fnmr", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("curve", sa.Text(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("at_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_model_evaluations_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_evaluations")),
    )
    op.create_index("ix_model_evaluations_model_set_digest", "model_evaluations", ["model", "set_digest"], unique=False)
    op.create_table(
        "model_log",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("champion", sa.String(length=64), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["champion"], ["models.id"], name=op.f("fk_model_log_champion")),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_model_log_model")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_model_log")),
    )
    op.create_index(op.f("ix_model_log_at_utc"), "model_log", ["at_utc"], unique=False)
    op.create_table(
        "rollouts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("folded", sa.String(length=320), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("began_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("changed_utc", kiosk.central.tables.Utc(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_rollouts_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollouts")),
        sa.UniqueConstraint("model", "scope", "folded", name=op.f("uq_rollouts_model_scope_folded")),
    )
    _append_only()


def _append_only() -> None:
    """The database itself refuses to change or remove what was in production when."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER model_log_no_{act.lower()} BEFORE {act} ON model_log "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION model_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER model_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON model_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION model_log_refuse()"
    )
