"""Who is searched for, and the cursors of long lists."""

import base64
import binascii
from datetime import datetime

from sqlalchemy import Select, and_, exists, or_, select

from kiosk.central.errors import Unusable
from kiosk.central.people.messages import Wanted
from kiosk.central.people.tables import GroupRow, MemberRow, PersonRow, TemplateRow
from kiosk.central.texts import folded


def wanted_people(wanted: Wanted) -> Select[PersonRow]:
    """The query for those who are wanted, newest first, with one more than the page holds. Raises Unusable."""
    query = select(PersonRow)
    for word in folded(wanted.text).split():
        query = query.where(PersonRow.folded.contains(word, autoescape=True))
    if wanted.group:
        member = select(MemberRow.person).join(GroupRow, GroupRow.id == MemberRow.group)
        query = query.where(PersonRow.id.in_(member.where(GroupRow.folded == folded(wanted.group))))
    if wanted.disabled is not None:
        query = query.where(
            PersonRow.disabled_utc.is_not(None) if wanted.disabled else PersonRow.disabled_utc.is_(None)
        )
    if wanted.enrolled is not None:
        known = exists().where(TemplateRow.person == PersonRow.id)
        query = query.where(known if wanted.enrolled else ~known)
    if wanted.cursor:
        at_utc, person = place_of(wanted.cursor)
        later = PersonRow.created_utc < at_utc
        query = query.where(or_(later, and_(PersonRow.created_utc == at_utc, PersonRow.id < person)))
    return query.order_by(PersonRow.created_utc.desc(), PersonRow.id.desc()).limit(wanted.limit + 1)


def cursor_of(row: PersonRow) -> str:
    """A place in the list, as a text that means nothing to anybody else; neither a name nor a secret is in it."""
    return base64.urlsafe_b64encode(f"{row.created_utc.isoformat()}|{row.id}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """The place that a cursor means. Raises Unusable for one that is none of ours."""
    try:
        at, _, person = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        at_utc = datetime.fromisoformat(at)
    except (ValueError, binascii.Error) as error:
        raise Unusable("That cursor is none of ours; begin with the first page.", "cursor") from error
    if at_utc.tzinfo is None or not person:
        raise Unusable("That cursor is none of ours; begin with the first page.", "cursor")
    return at_utc, person
