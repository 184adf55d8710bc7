"""Whom a dead letter is about, as long as they are here."""

import sqlalchemy as sa
from alembic import op

revision = "m0011"
down_revision = "m0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From where kiosks were moved on."""
    # SQLite can't give a column that is added a key that SQLAlchemy reads back, so the table is made anew there.
    with op.batch_alter_table("dead_letters") as table:
        table.add_column(sa.Column("person", sa.String(length=64), nullable=True))
        table.create_foreign_key(op.f("fk_dead_letters_person"), "people", ["person"], ["id"], ondelete="SET NULL")
    op.create_index(op.f("ix_dead_letters_person"), "dead_letters", ["person"], unique=False)
