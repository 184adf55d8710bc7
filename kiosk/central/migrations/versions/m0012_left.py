"""All the sites that a kiosk was moved away from, for as long as it may have people of theirs."""

import json

import sqlalchemy as sa
from alembic import op

revision = "m0012"
down_revision = "m0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From one such site on."""
    op.add_column("kiosks", sa.Column("left_sites", sa.Text(), nullable=False, server_default=""))
    kiosks = sa.table("kiosks", sa.column("id"), sa.column("moved_from"), sa.column("left_sites"))
    here = op.get_bind()
    for row in here.execute(sa.select(kiosks.c.id, kiosks.c.moved_from).where(kiosks.c.moved_from != "")).all():
        one = sa.update(kiosks).where(kiosks.c.id == row.id)
        here.execute(one.values(left_sites=json.dumps([row.moved_from])))
    op.drop_column("kiosks", "moved_from")
