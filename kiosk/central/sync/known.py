"""People as kiosks know them: a handful of statements for a page, however many there are on it."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.people.tables import ConsentRow, MemberRow, PersonRow, TemplateRow, WindowRow
from kiosk.central.people.windows import window_out
from kiosk.central.search import opened
from kiosk.central.sync.scope import View
from kiosk.domain.errors import StoreDamaged
from kiosk.vault import Vault
from kiosk.wire.fields import nearest, packed
from kiosk.wire.pulled import Known, Window
from kiosk.wire.pushed import CONSENTS_MOST, TEMPLATES_MOST, Consented, Face

log = logging.getLogger(__name__)

WINDOWS_MOST = 200
NAMELESS, NAME_MOST = "?", 80


@dataclass(frozen=True, slots=True)
class Belongings:
    """What these people have, by their ids."""

    rows: Sequence[PersonRow]
    windows: dict[str, list[WindowRow]]
    consents: dict[str, list[ConsentRow]]
    templates: dict[str, list[TemplateRow]]


async def belongings(session: AsyncSession, view: View, people: Sequence[str]) -> Belongings:
    """Of those of these people whom that kiosk may know."""
    rows = (await session.scalars(view.seen(people))).all() if people else ()
    ids = [row.id for row in rows]
    if not ids:
        return Belongings((), {}, {}, {})
    consents = select(ConsentRow).where(ConsentRow.person.in_(ids)).order_by(ConsentRow.given_utc, ConsentRow.id)
    templates = select(TemplateRow).where(TemplateRow.person.in_(ids)).order_by(TemplateRow.created_utc, TemplateRow.id)
    return Belongings(
        rows,
        await _windows(session, ids),
        _by_person((await session.scalars(consents)).all()),
        _by_person((await session.scalars(templates)).all()),
    )


def known(vault: Vault, found: Belongings) -> dict[str, Known | None]:
    """They as they travel, by their ids; None for whom no message can say, or what the database has of whom is damaged,
    unless they are disabled, which kiosks hear.

    One of them must not stop the feed of a whole site, in which erasures travel too.
    """
    people: dict[str, Known | None] = {}
    for row in found.rows:
        try:
            people[row.id] = _known(vault, row, found)
        except (ValidationError, StoreDamaged):
            log.error("kiosks are not told of person %s: what is kept of them can't be said", row.id)  # noqa: TRY400 - the error has their name
            people[row.id] = _shut_out(row)
    return people


def _known(vault: Vault, row: PersonRow, found: Belongings) -> Known:
    more: dict[str, Any] = json.loads(row.extra) if row.extra else {}
    return Known(
        **{name: value for name, value in more.items() if name not in Known.model_fields},
        id=row.id,
        version=row.version,
        name=row.name,
        enrolled_utc=nearest(row.created_utc),
        valid_from_utc=_nearest(row.valid_from_utc),
        valid_until_utc=_nearest(row.valid_until_utc),
        windows=[_window(one) for one in found.windows.get(row.id, ())][:WINDOWS_MOST],
        disabled=row.disabled_utc is not None,
        consents=[_consent(one) for one in found.consents.get(row.id, ())][-CONSENTS_MOST:],
        faces=[_face(vault, one) for one in found.templates.get(row.id, ())][-TEMPLATES_MOST:],
    )


def _shut_out(row: PersonRow) -> Known | None:
    """That much of somebody disabled can be said whatever else is damaged. Of others kiosks keep what they have."""
    if row.disabled_utc is None:
        return None
    name = row.name[:NAME_MOST] or NAMELESS
    return Known(id=row.id, version=row.version, name=name, enrolled_utc=nearest(row.created_utc), disabled=True)


def _nearest(moment: datetime | None) -> datetime | None:
    return None if moment is None else nearest(moment)


def _window(row: WindowRow) -> Window:
    return Window(**window_out(row).model_dump())


def _consent(row: ConsentRow) -> Consented:
    given = nearest(row.given_utc)
    return Consented(text_version=row.text_version, language=row.language, given_utc=given, channel=row.channel)


def _face(vault: Vault, row: TemplateRow) -> Face:
    vector = packed(opened(vault, row).vector)
    return Face(id=row.id, model=row.model, samples=row.samples, made_utc=nearest(row.created_utc), vector=vector)


async def _windows(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[WindowRow]]:
    """Their own, and those of their groups."""
    found: dict[str, list[WindowRow]] = defaultdict(list)
    for row in (await session.scalars(select(WindowRow).where(WindowRow.person.in_(ids)))).all():
        found[row.person or ""].append(row)
    of_groups = select(MemberRow.person, WindowRow).join(WindowRow, WindowRow.group == MemberRow.group)
    for person, row in await session.execute(of_groups.where(MemberRow.person.in_(ids))):
        found[person].append(row)
    return found


def _by_person(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.person].append(row)
    return found
