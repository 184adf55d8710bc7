"""All the sites that a kiosk was moved away from, for as long as it may have people of theirs; passes of groups."""

import json

import sqlalchemy as sa
from alembic import op

revision = "m0012"
down_revision = "m0011"
branch_labels = None
depends_on = None

# Kiosks have groups by name: one that is renamed brings its members to some and takes them from others, with passes.
NAME = "feed_groups_update_of_folded"
PASSES = (
    "INSERT INTO changes (kind, id, site) SELECT 'pass', s.id, s.site FROM passes s "
    'JOIN members m ON m.person = s.person WHERE m."group" = NEW.id ORDER BY s.id '
    "ON CONFLICT (kind, id, site) DO UPDATE SET position = NULL WHERE changes.position IS NOT NULL"
)


def upgrade() -> None:
    """From one such site on, and from groups of which only the members are told."""
    op.add_column("kiosks", sa.Column("left_sites", sa.Text(), nullable=False, server_default=""))
    kiosks = sa.table("kiosks", sa.column("id"), sa.column("moved_from"), sa.column("left_sites"))
    here = op.get_bind()
    for row in here.execute(sa.select(kiosks.c.id, kiosks.c.moved_from).where(kiosks.c.moved_from != "")).all():
        one = sa.update(kiosks).where(kiosks.c.id == row.id)
        here.execute(one.values(left_sites=json.dumps([row.moved_from])))
    op.drop_column("kiosks", "moved_from")
    if here.dialect.name == "sqlite":
        op.execute(sa.text(f"CREATE TRIGGER {NAME} AFTER UPDATE OF folded ON groups BEGIN {PASSES}; END"))
        return
    op.execute(f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {PASSES}; RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {NAME} AFTER UPDATE OF folded ON groups FOR EACH ROW EXECUTE FUNCTION {NAME}()")
