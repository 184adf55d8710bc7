"""Enrolling many people at once: as few statements for a hundred as for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record_all
from kiosk.central.people.messages import Consented
from kiosk.central.people.service import Doer, NewFace, Register, sealed_chip
from kiosk.central.people.tables import (
    ChipRow,
    ConsentRow,
    GroupRow,
    MemberRow,
    PersonRow,
    TemplateRow,
)
from kiosk.central.search import sealed
from kiosk.central.texts import cleaned, folded
from kiosk.central.vectors.table import keep_all
from kiosk.domain.ids import new_id
from kiosk.domain.people import NAME_LONGEST
from kiosk.vault import Vault

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be enrolled: how they are listed (`person`: columns of theirs), their groups, and their face."""

    name: str
    host: str
    groups: tuple[str, ...]
    validity: dict[str, Any]
    face: NewFace


@dataclass(frozen=True, slots=True)
class Admission:
    """What newcomers have in common: what they agreed to, their site, and who enrols them."""

    given: Consented
    site: str
    doer: Doer


async def enrol_all(
    session: AsyncSession, vault: Vault, newcomers: Sequence[Newcomer], admission: Admission
) -> list[str]:
    """Enrol them all; their ids, in their order. What each agreed to is recorded as if they came alone."""
    if not newcomers:
        return []
    doer, now = admission.doer, admission.doer.at_utc
    ids = [new_id(now) for _ in newcomers]
    change = await Register(session, vault).touch_gallery()
    groups, made_groups = await _groups(session, newcomers, admission)
    people, templates, consents, members, chips = _rows(vault, list(zip(ids, newcomers, strict=True)), admission)
    for row in templates:
        row["change"] = change
    for row in members:
        row["group"] = groups[row["group"]]
    for table, rows in (
        (PersonRow, people),
        (TemplateRow, templates),
        (ConsentRow, consents),
        (MemberRow, members),
        (ChipRow, chips),
    ):
        if rows:
            await session.execute(insert(table), rows)
    made = zip((row["id"] for row in templates), (one.face.embedding for one in newcomers), strict=True)
    await keep_all(session, list(made))
    acts = [
        doer.act("person-enrolled", f"person:{person}", samples=one.face.samples, model=one.face.embedding.model)
        for person, one in zip(ids, newcomers, strict=True)
    ]
    await record_all(session, vault, [*doer.made_groups(made_groups), *acts], now)
    return ids


async def known_names(session: AsyncSession, names: Sequence[str], site: str) -> set[str]:
    """Which of these (folded name and host) belong to somebody of that site, or of every site, already."""
    query = select(PersonRow.folded).where(PersonRow.folded.in_(names), PersonRow.site.in_(("", site)))
    return set((await session.scalars(query)).all())


def listed_as(name: str, host: str) -> str:
    """Name and host as they are compared: two people with the same are taken for one."""
    return folded(f"{name} {host}")


def _rows(
    vault: Vault, newcomers: Sequence[tuple[str, Newcomer]], admission: Admission
) -> tuple[Rows, Rows, Rows, Rows, Rows]:
    now, given = admission.doer.at_utc, admission.given
    people, templates, consents, members, chips = ([] for _ in range(5))  # type: tuple[Rows, Rows, Rows, Rows, Rows]
    for person, one in newcomers:
        times = {"created_utc": now, "changed_utc": now, "disabled_utc": None, **one.validity}
        name, host = cleaned(one.name, "A name", NAME_LONGEST), one.host
        who = {"id": person, "name": name, "host": host, "folded": listed_as(name, host), "version": 1}
        people.append({**who, "site": admission.site, "origin": "archive", **times})
        face = one.face
        hidden = {"sealed": sealed(vault, person, face.embedding), "samples": face.samples, "created_utc": now}
        templates.append({"id": new_id(now), "person": person, "model": face.embedding.model, **hidden})
        consent = {"id": new_id(now), "person": person, "recorded_by": admission.doer.user, "channel": given.channel}
        said = {"text_version": given.text_version, "language": given.language}
        consents.append({**consent, **said, "given_utc": given.given_utc.astimezone(UTC)})
        members += [{"group": group, "person": person} for group in sorted({folded(name) for name in one.groups})]
        if face.chip is not None:
            chips.append({"person": person, "sealed": sealed_chip(vault, person, face.chip)})
    return people, templates, consents, members, chips


async def _groups(
    session: AsyncSession, newcomers: Sequence[Newcomer], admission: Admission
) -> tuple[dict[str, str], list[str]]:
    """Ids of their groups by folded name; those that were not there are made, and named besides."""
    names = {folded(name): name for one in newcomers for name in one.groups}
    if not names:
        return {}, []
    query = select(GroupRow.folded, GroupRow.id).where(GroupRow.folded.in_(list(names)))
    known = {fold: group for fold, group in await session.execute(query)}
    made = [
        {"id": new_id(admission.doer.at_utc), "name": name, "folded": fold}
        for fold, name in names.items()
        if fold not in known
    ]
    if made:
        await session.execute(insert(GroupRow), made)
    return known | {row["folded"]: row["id"] for row in made}, [row["id"] for row in made]
