"""The feed of changes, receipts of erasures, dead letters, conflicts."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

import kiosk.central.tables

revision = "m0009"
down_revision = "m0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UTC = kiosk.central.tables.Utc(timezone=True)
MARKED = sa.text("position IS NULL")

# What each row of a table tells kiosks to look at again: SELECT kind, id, site. `row` is NEW or OLD.
PERSON = "SELECT 'person', p.id, p.site FROM people p WHERE p.id = {row}.person"
MEMBERS = (
    "SELECT 'person', p.id, p.site FROM people p JOIN members m ON m.person = p.id "
    'WHERE m."group" = {row}.%s ORDER BY p.id'
)
PASSES = "SELECT 'pass', s.id, s.site FROM passes s WHERE s.person = {row}.%s"
MODEL = "SELECT 'model', '', '' WHERE true"
MARKS: dict[str, tuple[str, ...]] = {
    "people": ("SELECT 'person', {row}.id, {row}.site WHERE true",),
    "templates": (PERSON,),
    "consents": (PERSON,),
    "members": (PERSON,),
    "access_windows": (PERSON, MEMBERS % '"group"'),
    "passes": ("SELECT 'pass', {row}.id, {row}.site WHERE true",),
    "pass_keys": ("SELECT 'key', {row}.id, {row}.site WHERE true",),
    "policies": ("SELECT 'policy', '', {row}.site WHERE true",),
    "notices": ("SELECT 'notice', {row}.language, {row}.site WHERE true",),
    "models": (MODEL,),
    "model_log": (MODEL,),
    "model_evaluations": (MODEL,),
    "rollouts": (MODEL,),
}
# An erasure is told to every site that ever had the person; a receipt that is wanted, where its kiosk stands.
MARK = "SELECT 'person', {row}.person, {row}.site WHERE true"
EXTRA: dict[tuple[str, str], str] = {
    ("people", "DELETE"): "UPDATE changes SET position = NULL WHERE kind = 'person' AND id = OLD.id",
    ("groups", "UPDATE"): MEMBERS % "id",
    # A kiosk that may not know somebody has none of their passes: they come and go with whom it may know.
    ("people", "UPDATE OF site"): PASSES % "id",
    ("members", "INSERT"): PASSES % "person",
    ("members", "DELETE"): PASSES % "person",
    ("receipts", "INSERT"): MARK,
    ("receipts", "UPDATE OF site"): MARK,
    ("kiosks", "UPDATE OF site"): "UPDATE receipts SET site = NEW.site WHERE kiosk = NEW.id AND confirmed_utc IS NULL",
}
UPSERT = (
    "INSERT INTO changes (kind, id, site) {select} "
    "ON CONFLICT (kind, id, site) DO UPDATE SET position = NULL WHERE changes.position IS NOT NULL"
)
EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def upgrade() -> None:
    """To this version."""
    _feed()
    _from_kiosks()
    _columns()
    for table, event, statements in _triggers():
        _trigger(table, event, statements)
    _begin()


def _feed() -> None:
    op.create_table(
        "changes",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("position", BIG, nullable=True),
        sa.PrimaryKeyConstraint("kind", "id", "site", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_site_position", "changes", ["site", "position"], unique=False)
    op.create_index(
        "ix_changes_marked", "changes", ["site"], unique=False, postgresql_where=MARKED, sqlite_where=MARKED
    )
    op.create_table(
        "change_order",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_order")),
    )
    op.create_table(
        "server_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=64), nullable=False),
        sa.Column("signer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signer_public", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_state")),
    )


def _from_kiosks() -> None:
    kiosk_of = ["kiosk"], ["kiosks.id"]
    op.create_table(
        "receipts",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("asked_utc", UTC, nullable=False),
        sa.Column("confirmed_utc", UTC, nullable=True),
        sa.ForeignKeyConstraint(*kiosk_of, name=op.f("fk_receipts_kiosk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "kiosk", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_kiosk"), "receipts", ["kiosk"], unique=False)
    op.create_table(
        "conflicts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("base", BIG, nullable=False),
        sa.Column("at_utc", UTC, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_conflicts_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index(op.f("ix_conflicts_person"), "conflicts", ["person"], unique=False)
    op.create_table(
        "dead_letters",
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at_utc", UTC, nullable=False),
        sa.ForeignKeyConstraint(*kiosk_of, name=op.f("fk_dead_letters_kiosk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kiosk", "id", name=op.f("pk_dead_letters")),
    )
    op.create_table(
        "model_reports",
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("missing", BIG, nullable=False),
        sa.Column("at_utc", UTC, nullable=False),
        sa.ForeignKeyConstraint(*kiosk_of, name=op.f("fk_model_reports_kiosk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("kiosk", "tag", name=op.f("pk_model_reports")),
    )


def _columns() -> None:
    op.add_column("people", sa.Column("members_at", sa.Text(), nullable=False, server_default=""))
    op.add_column("people", sa.Column("extra", sa.Text(), nullable=False, server_default=""))
    op.add_column("pass_keys", sa.Column("kiosk", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("pass_keys", sa.Column("site", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("passes", sa.Column("used", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("kiosks", sa.Column("cursor_position", BIG, nullable=False, server_default="0"))
    op.add_column("kiosks", sa.Column("cursor_utc", UTC, nullable=True))


def _triggers() -> Iterator[tuple[str, str, list[str]]]:
    """Each trigger: its table, its event, and what it does."""
    for table, selects in MARKS.items():
        for event, rows in EVENTS.items():
            done = [UPSERT.format(select=select.format(row=row)) for row in rows for select in selects]
            yield table, event, done + [_extra(*one) for one in EXTRA if one == (table, event)]
    for table, event in EXTRA:
        if table not in MARKS or event not in EVENTS:
            yield table, event, [_extra(table, event)]


def _extra(table: str, event: str) -> str:
    done = EXTRA[table, event]
    row = "OLD" if event == "DELETE" else "NEW"
    return UPSERT.format(select=done.format(row=row)) if done.startswith("SELECT") else done


def _trigger(table: str, event: str, statements: list[str]) -> None:
    name = f"feed_{table}_{event.lower().replace(' ', '_')}"
    body = "; ".join(statements)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {body}; END"))
        return
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _begin() -> None:
    """What is there already is told too."""
    op.execute("INSERT INTO change_order (id, position) VALUES (1, 0)")
    for table, selects in MARKS.items():
        if selects in ((MODEL,), (PERSON,)) or table == "access_windows":
            continue
        distinct = (
            selects[0].format(row="r").replace("SELECT", "SELECT DISTINCT").replace("WHERE", f"FROM {table} r WHERE")
        )
        op.execute(sa.text(UPSERT.format(select=distinct)))
    op.execute(sa.text(UPSERT.format(select="SELECT DISTINCT 'model', '', '' FROM models WHERE true")))
