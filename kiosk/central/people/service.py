"""What is done with people. Each function works within the session it is given; whoever opened it commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import Act, record, record_all
from kiosk.central.audit.tables import ActRow
from kiosk.central.database import insert_of
from kiosk.central.errors import Conflict, Missing, Stale, Unusable
from kiosk.central.events.forgetting import forget, hand_over
from kiosk.central.passes.tables import PassRow
from kiosk.central.people.burying import bury, check_mergeable
from kiosk.central.people.finding import cursor_of, wanted_people
from kiosk.central.people.joining import join
from kiosk.central.people.messages import (
    Consented,
    ConsentOut,
    EditedPerson,
    Erased,
    NewPerson,
    PersonDetails,
    PersonOut,
    TemplateOut,
    Wanted,
    Window,
)
from kiosk.central.people.queries import CONSENTS, GROUPS, OWNED, PERSON, TEMPLATES, WINDOWS, Owned
from kiosk.central.people.tables import (
    ChipRow,
    ConsentRow,
    GalleryRow,
    MemberRow,
    PersonRow,
    TemplateRow,
    TombstoneRow,
    WindowRow,
)
from kiosk.central.people.versions import changed_at
from kiosk.central.people.windows import window_out, window_row
from kiosk.central.search import opened, sealed
from kiosk.central.texts import cleaned, folded
from kiosk.central.vectors.table import keep
from kiosk.domain.ids import new_id
from kiosk.domain.people import NAME_LONGEST
from kiosk.domain.sight import Embedding
from kiosk.vault import Context, Vault, What

Belonging = TemplateRow | ChipRow | ConsentRow | PassRow
GONE = "There is nobody with that id; they may have been erased."


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something, through what, and when."""

    user: str
    via: str
    at_utc: datetime

    def act(self, name: str, subject: str, **details: object) -> Act:
        """That act of theirs, for the audit trail."""
        return Act(self.user, self.via, name, subject, details)

    def made_groups(self, groups: Sequence[str]) -> list[Act]:
        """That they made each of them."""
        return [self.act("group-made", f"group:{group}") for group in groups]


@dataclass(frozen=True, slots=True, eq=False)
class NewFace:
    """What somebody is to be known by: a fused template, from how many pictures, and a chip where one is kept."""

    embedding: Embedding
    samples: int
    chip: bytes | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people there are, are enrolled, are disabled, and how many passes are good."""

    people: int
    enrolled: int
    disabled: int
    passes: int

    @property
    def faceless(self) -> int:
        """How many have no face here yet."""
        return self.people - self.enrolled


@dataclass(frozen=True, slots=True)
class Register:
    """The people of central."""

    session: AsyncSession
    vault: Vault

    async def create(self, new: NewPerson, site: str, doer: Doer, origin: str = "central") -> PersonRow:
        """Somebody new. Raises Unusable."""
        now = doer.at_utc
        row = PersonRow(id=new_id(now), origin=origin, site=site, created_utc=now, version=1, disabled_utc=None)
        self._fill(row, new, now)
        self.session.add(row)
        await self.session.flush()
        made = await self._belongings(row.id, new, now)
        acts = [*doer.made_groups(made), doer.act("person-made", f"person:{row.id}")]
        await record_all(self.session, self.vault, acts, now)
        return row

    async def edit(self, person: str, edited: EditedPerson, doer: Doer) -> PersonRow:
        """Somebody as they are to be. Raises Missing, Stale, Unusable."""
        row = await self.at_version(person, edited.version)
        self._fill(row, edited, doer.at_utc)
        await self.session.flush()
        await self.session.execute(delete(MemberRow).where(MemberRow.person == person))
        await self.session.execute(delete(WindowRow).where(WindowRow.person == person))
        made = await self._belongings(person, edited, doer.at_utc)
        acts = [*doer.made_groups(made), doer.act("person-edited", f"person:{person}", version=row.version)]
        await record_all(self.session, self.vault, acts, doer.at_utc)
        return row

    async def set_disabled(self, person: str, disabled: bool, version: int, doer: Doer) -> PersonRow:
        """Let nobody be recognised as that person for a while, or again. Raises Missing, Stale."""
        row = await self.at_version(person, version)
        row.disabled_utc = doer.at_utc if disabled else None
        row.changed_utc, row.version = doer.at_utc, row.version + 1
        await self.touch_gallery()
        await record(
            self.session, self.vault, doer.act("person-disabled" if disabled else "person-enabled", f"person:{person}"),
            doer.at_utc,
        )  # fmt: skip
        return row

    async def consent(self, person: str, given: Consented, doer: Doer) -> None:
        """Keep what somebody agreed to. Raises Missing."""
        await self.find(person)
        self.session.add(
            ConsentRow(
                id=new_id(doer.at_utc),
                person=person,
                text_version=given.text_version,
                language=given.language,
                given_utc=given.given_utc.astimezone(UTC),
                channel=given.channel,
                recorded_by=doer.user,
            )
        )

    async def enrol(self, person: str, face: NewFace, given: Consented, doer: Doer) -> None:
        """Know somebody by a face, with the consent it was taken with. Raises Missing."""
        await self.held(person)
        await self.consent(person, given, doer)
        change = await self.touch_gallery()
        template = new_id(doer.at_utc)
        self.session.add(
            TemplateRow(
                id=template,
                person=person,
                model=face.embedding.model,
                sealed=sealed(self.vault, person, face.embedding),
                samples=face.samples,
                created_utc=doer.at_utc,
                change=change,
            )
        )
        await keep(self.session, template, face.embedding)
        if face.chip is not None:
            await self.session.merge(ChipRow(person=person, sealed=sealed_chip(self.vault, person, face.chip)))
        row = await self.find(person)
        row.changed_utc, row.version = doer.at_utc, row.version + 1
        act = doer.act("person-enrolled", f"person:{person}", samples=face.samples, model=face.embedding.model)
        await record(self.session, self.vault, act, doer.at_utc)

    async def merge(self, kept: str, other: str, version: int, doer: Doer) -> PersonRow:
        """Two people who are one: everything of `other` becomes `kept`'s. Raises Missing, Stale, Conflict."""
        if kept == other:
            raise Conflict("That is one person already; choose two.")
        for person in sorted((kept, other)):
            await self.held(person)
        row, gone = await self.at_version(kept, version), await self.find(other)
        check_mergeable(row, gone)
        change = await self.touch_gallery()
        for template in (await self.session.scalars(select(TemplateRow).where(TemplateRow.person == other))).all():
            embedding = opened(self.vault, template)
            template.sealed, template.person, template.change = sealed(self.vault, kept, embedding), kept, change
        for table in (ConsentRow, PassRow):
            await self.session.execute(update(table).where(table.person == other).values(person=kept))
        await self._move_chip(other, kept)
        await hand_over(self.session, other, kept)
        await self.session.flush()
        await bury(self.session, TombstoneRow(person=other, change=change, erased_utc=doer.at_utc, merged_into=kept))
        row.changed_utc, row.version = doer.at_utc, row.version + 1
        act = doer.act("people-merged", f"person:{kept}", other=other)
        await record(self.session, self.vault, act, doer.at_utc)
        return row

    async def erase(self, person: str, doer: Doer) -> Erased:
        """Remove somebody with all that is kept of them; an id and a time remain. Raises Missing."""
        await self.held(person)
        removed = {name: await self._count(table, person) for name, table in _KEPT.items()}
        change = await self.touch_gallery()
        removed |= await forget(self.session, person)
        await bury(self.session, TombstoneRow(person=person, change=change, erased_utc=doer.at_utc))
        await record(self.session, self.vault, doer.act("person-erased", f"person:{person}", **removed), doer.at_utc)
        return Erased(person=person, erased_utc=doer.at_utc, removed=removed)

    async def find(self, person: str) -> PersonRow:
        """Raises Missing."""
        row = await self.session.get(PersonRow, person)
        if row is None:
            raise Missing(GONE)
        return row

    async def held(self, person: str) -> PersonRow:
        """That person, as they are and stay until this transaction ends. Raises Missing.

        People first, in the order of their ids, then the gallery, then the events: so none waits for another in a ring.
        """
        row = await self.session.get(PersonRow, person, with_for_update=True, populate_existing=True)
        if row is None:
            raise Missing(GONE)
        return row

    async def at_version(self, person: str, version: int) -> PersonRow:
        """That person, unless somebody changed them since. Raises Missing, Stale."""
        row = await self.held(person)
        if row.version != version:
            current = (await self.shown([row]))[0].model_dump(mode="json")
            raise Stale("Somebody else changed this person meanwhile; look at how they are now and decide.", current)
        return row

    async def page(self, wanted: Wanted) -> tuple[Sequence[PersonRow], str | None]:
        """Those who are wanted, newest first, and the cursor of the next page. Raises Unusable."""
        rows = (await self.session.scalars(wanted_people(wanted))).all()
        page = rows[: wanted.limit]
        return page, cursor_of(page[-1]) if len(rows) > wanted.limit else None

    async def shown(self, rows: Sequence[PersonRow]) -> list[PersonOut]:
        """These people as the API shows them, in their order, in three queries at most."""
        return await self._shown(rows, await self._owned([row.id for row in rows]))

    async def details(self, person: str) -> PersonDetails:
        """Somebody with all that is kept of them. Raises Missing."""
        which = {"person": person}
        row = (await self.session.execute(PERSON, which)).one_or_none()
        if row is None:
            raise Missing(GONE)
        owned = {kind: {person} if getattr(row, f"has_{kind.value}") else set() for kind in Owned}
        (shown,) = await self._shown([row], owned)
        consents = (await self.session.scalars(CONSENTS, which)).all() if owned[Owned.CONSENT] else ()
        templates = (await self.session.scalars(TEMPLATES, which)).all() if owned[Owned.TEMPLATE] else ()
        return PersonDetails(
            **dict(shown),
            consents=[ConsentOut.model_validate(row, from_attributes=True) for row in consents],
            templates=[TemplateOut.model_validate(row, from_attributes=True) for row in templates],
        )

    async def chip(self, person: str) -> bytes:
        """The small picture of somebody, as WebP. Raises Missing."""
        row = await self.session.get(ChipRow, person)
        if row is None:
            raise Missing("There is no picture of that person.")
        return self.vault.open(row.sealed, _chip_of(person))

    async def counts(self, now: datetime) -> Counts:
        """How many people there are, and how many passes are good now."""

        async def of(*conditions: ColumnElement[bool]) -> int:
            return await self.session.scalar(select(func.count()).select_from(PersonRow).where(*conditions)) or 0

        known = exists().where(TemplateRow.person == PersonRow.id)
        good = (PassRow.revoked_utc.is_(None), PassRow.not_before_utc <= now, PassRow.expires_utc > now)
        passes = await self.session.scalar(select(func.count()).select_from(PassRow).where(*good)) or 0
        return Counts(await of(), await of(known), await of(PersonRow.disabled_utc.is_not(None)), passes)

    async def several(self, people: Sequence[str]) -> list[PersonOut]:
        """Those of them who are there."""
        rows = (await self.session.scalars(select(PersonRow).where(PersonRow.id.in_(people)))).all() if people else ()
        return await self.shown(rows) if rows else []

    async def names(self, people: Sequence[str]) -> dict[str, str]:
        """Names by id, of those who are there."""
        rows = await self.session.execute(select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(people)))
        return {row.id: row.name for row in rows}

    async def history(self, person: str) -> Sequence[ActRow]:
        """What was done with that person, newest first."""
        query = select(ActRow).where(ActRow.subject == f"person:{person}").order_by(ActRow.seq.desc()).limit(200)
        return (await self.session.scalars(query)).all()

    async def touch_gallery(self) -> int:
        """The number of a change to the templates; searchers see it with this transaction."""
        row = await self.session.get(GalleryRow, 1, with_for_update=True)
        if row is None:
            first = insert_of(self.session)(GalleryRow).values(id=1, change=0)
            await self.session.execute(first.on_conflict_do_nothing())
            row = await self.session.get_one(GalleryRow, 1, with_for_update=True)
        row.change += 1
        await self.session.flush()
        return row.change

    def _fill(self, row: PersonRow, new: NewPerson, now: datetime) -> None:
        if new.valid_from_utc and new.valid_until_utc and new.valid_from_utc >= new.valid_until_utc:
            raise Unusable("The validity ends before it begins.", "validity")
        before, row.name = row.name, cleaned(new.name, "A name", NAME_LONGEST)
        row.host = cleaned(new.host, "A host", NAME_LONGEST) if new.host.strip() else ""
        row.folded = folded(f"{row.name} {row.host}")
        row.valid_from_utc, row.valid_until_utc = new.valid_from_utc, new.valid_until_utc
        row.changed_utc = now
        if row.created_utc != now:
            row.version += 1
        if before not in (None, row.name):
            row.members_at = changed_at(row.members_at, "name", row.version)

    async def _belongings(self, person: str, new: NewPerson, now: datetime) -> list[str]:
        """The groups that had to be made for it."""
        made = await join(self.session, person, new.groups, now)
        self.session.add_all([window_row(window, now, person=person) for window in new.windows])
        await self.session.flush()
        return made

    async def _move_chip(self, other: str, kept: str) -> None:
        """The kept person's own picture stays theirs; without one they get the other's."""
        if await self.session.get(ChipRow, kept) is None:
            moved = await self.session.get(ChipRow, other)
            if moved is not None:
                chip = self.vault.open(moved.sealed, _chip_of(other))
                self.session.add(ChipRow(person=kept, sealed=self.vault.seal(chip, _chip_of(kept))))

    async def _count(self, table: type[Belonging], person: str) -> int:
        return await self.session.scalar(select(func.count()).select_from(table).where(table.person == person)) or 0

    async def _shown(self, rows: Sequence[PersonRow | Row[Any]], owned: Mapping[Owned, set[str]]) -> list[PersonOut]:
        ids = [row.id for row in rows]
        groups = await self._groups(ids) if owned[Owned.GROUP] else {}
        windows = await self._windows(ids) if owned[Owned.WINDOW] else {}
        return [
            PersonOut(
                **{name: getattr(row, name) for name in _SHOWN},
                groups=groups.get(row.id, []),
                windows=windows.get(row.id, []),
                disabled=row.disabled_utc is not None,
                enrolled=row.id in owned[Owned.TEMPLATE],
                has_picture=row.id in owned[Owned.CHIP],
            )
            for row in rows
        ]

    async def _owned(self, ids: Sequence[str]) -> dict[Owned, set[str]]:
        """Who of them has something of each kind: one query that spares those for what nobody has."""
        found: dict[Owned, set[str]] = {kind: set() for kind in Owned}
        for kind, person in await self.session.execute(OWNED, {"people": ids}):
            found[Owned(kind)].add(person)
        return found

    async def _groups(self, ids: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for person, name in await self.session.execute(GROUPS, {"people": ids}):
            found.setdefault(person, []).append(name)
        return found

    async def _windows(self, ids: Sequence[str]) -> dict[str, list[Window]]:
        found: dict[str, list[Window]] = {}
        for row in (await self.session.scalars(WINDOWS, {"people": ids})).all():
            found.setdefault(row.person or "", []).append(window_out(row))
        return found


# What the receipt of an erasure counts.
_KEPT: dict[str, type[Belonging]] = {
    "templates": TemplateRow,
    "pictures": ChipRow,
    "consents": ConsentRow,
    "passes": PassRow,
}
_TIMES = ("valid_from_utc", "valid_until_utc", "created_utc", "changed_utc")
_SHOWN = ("id", "name", "host", "site", "origin", "version", *_TIMES)


def sealed_chip(vault: Vault, person: str, chip: bytes) -> bytes:
    """The small picture of somebody as it is kept."""
    return vault.seal(chip, _chip_of(person))


def _chip_of(person: str) -> Context:
    return Context(What.CHIP, person)
