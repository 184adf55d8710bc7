"""Queries that are asked often, put together once: building one takes SQLAlchemy longer than answering it SQLite."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Select, bindparam, exists, literal, select, union

from kiosk.central.people.tables import (
    ChipRow,
    ConsentRow,
    GroupRow,
    MemberRow,
    PersonRow,
    TemplateRow,
    WindowRow,
)


class Owned(StrEnum):
    """What somebody may have."""

    GROUP = "group"
    WINDOW = "window"
    TEMPLATE = "template"
    CHIP = "chip"
    CONSENT = "consent"


_people: BindParameter[list[str]] = bindparam("people", expanding=True)
_person: BindParameter[str] = bindparam("person")

# (kind, person) for each kind of which a person has something.
OWNED: CompoundSelect[str, str] = union(
    select(literal(Owned.GROUP.value), MemberRow.person).where(MemberRow.person.in_(_people)),
    select(literal(Owned.WINDOW.value), WindowRow.person).where(WindowRow.person.in_(_people)),
    select(literal(Owned.TEMPLATE.value), TemplateRow.person).where(TemplateRow.person.in_(_people)),
    select(literal(Owned.CHIP.value), ChipRow.person).where(ChipRow.person.in_(_people)),
    select(literal(Owned.CONSENT.value), ConsentRow.person).where(ConsentRow.person.in_(_people)),
)
_KEPT = {
    Owned.GROUP: MemberRow.person,
    Owned.WINDOW: WindowRow.person,
    Owned.TEMPLATE: TemplateRow.person,
    Owned.CHIP: ChipRow.person,
    Owned.CONSENT: ConsentRow.person,
}
# One person with all columns, and for each kind whether they have something of it; a row, not an object to change.
PERSON: Select[Any] = select(
    *PersonRow.__table__.columns,
    *(exists().where(column == _person).label(f"has_{kind.value}") for kind, column in _KEPT.items()),
).where(PersonRow.id == _person)
GROUPS = (
    select(MemberRow.person, GroupRow.name)
    .join(GroupRow, GroupRow.id == MemberRow.group)
    .where(MemberRow.person.in_(_people))
    .order_by(GroupRow.folded)
)
WINDOWS = select(WindowRow).where(WindowRow.person.in_(_people)).order_by(WindowRow.id)
CONSENTS = select(ConsentRow).where(ConsentRow.person == _person).order_by(ConsentRow.given_utc)
TEMPLATES = select(TemplateRow).where(TemplateRow.person == _person).order_by(TemplateRow.created_utc)
