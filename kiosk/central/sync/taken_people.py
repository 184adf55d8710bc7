"""What kiosks say of people: who was enrolled there, who was edited, who was erased, and who is gone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record, record_all
from kiosk.central.database import insert_of
from kiosk.central.events.forgetting import forget
from kiosk.central.kiosks.moving import sites_left
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.models.tables import ModelRow
from kiosk.central.people.joining import join
from kiosk.central.people.service import sealed_chip
from kiosk.central.people.tables import ChipRow, ConsentRow, PersonRow, TemplateRow, TombstoneRow
from kiosk.central.people.versions import changed_at, last_change
from kiosk.central.policies.service import Policies
from kiosk.central.search import sealed
from kiosk.central.sync.pictures import as_kept
from kiosk.central.sync.receipts import confirm, has_confirmed
from kiosk.central.sync.tables import ABSENT, ChangeRow, ConflictRow
from kiosk.central.sync.taker import ACCEPTED, DUPLICATE, ERASED, NOT_YOURS, Taken, Taker, rejected
from kiosk.central.texts import cleaned, folded
from kiosk.central.vectors.table import keep_all
from kiosk.domain.ids import new_id
from kiosk.domain.people import NAME_LONGEST
from kiosk.domain.sight import Embedding
from kiosk.wire.fields import unpacked
from kiosk.wire.pulled import Known
from kiosk.wire.pushed import Answer, Consented, Edited, Enrolled, Erased, Face, Receipt

EXTRA_MOST = 4096
EXTRA_DEEPEST = 32
MODEL_LONGEST = 64

_SUBJECT = ["kind", "id", "site"]


@dataclass(frozen=True, slots=True)
class News:
    """What an enrolment says that is not known here yet."""

    consents: Sequence[Consented]
    faces: Sequence[Face]
    extra: str
    chip: bytes | None

    @property
    def is_any(self) -> bool:
        """Whether there is anything."""
        return bool(self.consents or self.faces or self.extra or self.chip)


async def enrolled(taker: Taker, body: Enrolled) -> Taken:
    """Somebody new, or what somebody known has got besides; nothing that is known is taken away."""
    if await taker.is_erased(body.id):
        return ERASED
    row = await taker.session.get(PersonRow, body.id, with_for_update=True)
    if row is not None and not await taker.view.sees(taker.session, body.id):
        await _tell_again(taker, body.id)
        return NOT_YOURS
    news = await _news(taker, body, row)
    if isinstance(news, Taken):
        return news
    if row is not None and not news.is_any:
        return DUPLICATE
    made: Sequence[str] = ()
    if row is None:
        # Whoever erases somebody takes the row of the gallery too: they have committed by now, or find whom we made.
        await taker.register.touch_gallery()
        if await taker.is_erased(body.id):
            return ERASED
        row, made = await _made(taker, body)
    await _add(taker, row, news, made)
    is_refused = body.chip is not None and news.chip is None and await _keeps_pictures(taker, body.id)
    return Taken(Answer.ACCEPTED, "picture-refused") if is_refused else ACCEPTED


async def _tell_again(taker: Taker, person: str) -> None:
    """Whoever was moved away, or always was elsewhere, is not to come in there by a kiosk that names them.

    That it named them gives it no right to them: only of whom its site was told stands there as a person.
    """
    sites = [site for site in taker.view.sites if site]
    told = update(ChangeRow).where(ChangeRow.kind == "person", ChangeRow.id == person, ChangeRow.site.in_(sites))
    known = (await taker.session.scalars(told.values(position=None).returning(ChangeRow.site))).all()
    marked = [{"kind": ABSENT, "id": person, "site": site, "position": None} for site in set(sites) - set(known)]
    if marked:
        query = insert_of(taker.session)(ChangeRow).values(marked)
        await taker.session.execute(query.on_conflict_do_update(index_elements=_SUBJECT, set_={"position": None}))


async def edited(taker: Taker, item: str, body: Edited) -> Taken:
    """What nobody else changed since is applied; what somebody did is kept for an admin."""
    row = await taker.session.get(PersonRow, body.person, with_for_update=True)
    if row is None:
        return ERASED if await taker.is_erased(body.person) else rejected("unknown-person")
    if not await taker.view.sees(taker.session, body.person):
        return NOT_YOURS
    if body.name is None:
        return ACCEPTED
    name = cleaned(body.name, "A name", NAME_LONGEST)
    if name == row.name:
        return DUPLICATE
    version, kiosk = last_change(row.members_at, "name")
    if version > max(body.base, 1) and kiosk != taker.view.kiosk:
        return await _conflict(taker, item, body, name)
    await rename(taker, row, name)
    return ACCEPTED


async def rename(taker: Taker, row: PersonRow, name: str) -> None:
    """That is what they are called from now on."""
    doer = taker.doer
    row.name, row.folded = name, folded(f"{name} {row.host}")
    row.version, row.changed_utc = row.version + 1, doer.at_utc
    row.members_at = changed_at(row.members_at, "name", row.version, taker.view.kiosk)
    act = doer.act("person-edited", f"person:{row.id}", version=row.version)
    await record(taker.session, taker.vault, act, doer.at_utc)


async def erased(taker: Taker, body: Erased) -> Taken:
    """Somebody is erased for good, also before central ever heard of them, and whoever they were found to be."""
    stone = await taker.session.get(TombstoneRow, body.person)
    if stone is not None and (stone.merged_into is None or await has_confirmed(taker.session, body, taker.view.kiosk)):
        return DUPLICATE  # also from a kiosk of before that can't tell a merge it heard of from an erasure
    person = body.person if stone is None else stone.merged_into or body.person
    row = await taker.session.get(PersonRow, person, with_for_update=True)
    if row is None:
        change = await taker.register.touch_gallery()
        row = await taker.session.get(PersonRow, person, with_for_update=True)  # pushed by another kiosk meanwhile
        if row is None:
            await forget(taker.session, person)  # events come first, and may be of somebody who was never told of
            taker.session.add(TombstoneRow(person=person, erased_utc=taker.doer.at_utc, change=change))
            act = taker.doer.act("person-erased", f"person:{person}")
            await record(taker.session, taker.vault, act, taker.doer.at_utc)
            return ACCEPTED
    if not await taker.view.sees(taker.session, person) and not await _was_here(taker, {person, body.person}):
        return NOT_YOURS
    await taker.register.erase(person, taker.doer)
    return ACCEPTED


async def _was_here(taker: Taker, people: set[str]) -> bool:
    """Whether one of them was moved away from the kiosk's site, or merged into somebody of another one, or the kiosk
    was moved from theirs: its staff may have erased them before it heard of that.
    """
    if taker.view.groups:
        return False
    kiosk = await taker.session.get(KioskRow, taker.view.kiosk)
    sites = {*taker.view.sites, *sites_left("" if kiosk is None else kiosk.left_sites)} - {""}
    told = select(ChangeRow.id).where(ChangeRow.kind == "person", ChangeRow.id.in_(people), ChangeRow.site.in_(sites))
    return await taker.session.scalar(told.limit(1)) is not None


async def confirmed(taker: Taker, body: Receipt) -> Taken:
    """That somebody is gone from the kiosk."""
    return ACCEPTED if await confirm(taker.session, body.person, taker.view.kiosk, body.gone_utc) else DUPLICATE


async def _news(taker: Taker, body: Enrolled, row: PersonRow | None) -> News | Taken:
    session = taker.session
    owners = await session.execute(
        select(TemplateRow.id, TemplateRow.person).where(TemplateRow.id.in_([face.id for face in body.faces]))
    )
    known = {owner.id: owner.person for owner in owners}
    if set(known.values()) - {body.id}:
        return rejected("id-taken")
    faces = list({face.id: face for face in body.faces if face.id not in known}.values())
    had = (await session.scalars(select(ConsentRow).where(ConsentRow.person == body.id))).all() if row else ()
    kept = {(one.text_version, one.language, one.given_utc, one.channel) for one in had}
    given = {(one.text_version, one.language, one.given_utc, one.channel): one for one in body.consents}
    if faces and not (kept or given):
        return rejected("consent")
    if any(len(face.model) > MODEL_LONGEST for face in faces) or await _is_of_another_length(session, faces):
        return rejected("bad-body")
    extra = _extra(body)
    if extra is None or len(extra.encode()) > EXTRA_MOST:
        return rejected("too-large")
    chip = await _chip(taker, body)
    more = extra if row is None or extra != row.extra else ""
    return News([one for key, one in given.items() if key not in kept], faces, more, chip)


async def _is_of_another_length(session: AsyncSession, faces: Sequence[Face]) -> bool:
    """Whether one of them can't be of the model that it names: no kiosk could compare it with the others."""
    query = select(ModelRow.tag, ModelRow.dimension).where(ModelRow.tag.in_({face.model for face in faces}))
    right = {(row.tag, row.dimension) for row in await session.execute(query)} if faces else set()
    known = {tag for tag, _ in right}
    return any(face.model in known and (face.model, len(unpacked(face.vector))) not in right for face in faces)


def _extra(body: Enrolled) -> str | None:
    """What this version does not know, as JSON; None where no page could say it again."""
    more: dict[str, Any] = {
        name: value for name, value in (body.model_extra or {}).items() if name not in Known.model_fields
    }
    try:
        text = json.dumps(more, sort_keys=True, allow_nan=False, ensure_ascii=False) if more else ""
        text.encode()  # half a letter can be read from JSON, and never be written
    except (TypeError, ValueError, RecursionError):
        return None
    return None if _is_deeper(more, EXTRA_DEEPEST) else text


def _is_deeper(value: object, most: int) -> bool:
    """Whether there are more lists and maps within one another than that."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else None
    return inner is not None and (most == 0 or any(_is_deeper(one, most - 1) for one in inner))


async def _keeps_pictures(taker: Taker, person: str) -> bool:
    is_kept = await taker.session.get(ChipRow, person) is not None
    return not is_kept and (await Policies(taker.session, taker.vault).of(taker.view.site)).keep_pictures


async def _chip(taker: Taker, body: Enrolled) -> bytes | None:
    """The picture, where the site keeps them and there is none yet."""
    if body.chip is None or not await _keeps_pictures(taker, body.id):
        return None
    return as_kept(body.chip)


async def _made(taker: Taker, body: Enrolled) -> tuple[PersonRow, list[str]]:
    """Somebody of the kiosk's site, and of its groups, since it would not know them otherwise; and groups it made."""
    now, name = taker.doer.at_utc, cleaned(body.name, "A name", NAME_LONGEST)
    row = PersonRow(
        id=body.id,
        name=name,
        folded=folded(name),
        host="",
        site=taker.view.site,
        origin="kiosk",
        created_utc=body.enrolled_utc,
        changed_utc=now,
        version=0,
    )
    taker.session.add(row)
    await taker.session.flush()
    return row, await join(taker.session, body.id, taker.view.names, now)


async def _add(taker: Taker, row: PersonRow, news: News, groups: Sequence[str]) -> None:
    session, doer, person = taker.session, taker.doer, row.id
    row.version, row.changed_utc = row.version + 1, doer.at_utc
    row.extra = news.extra or row.extra or ""
    session.add_all([_consent(taker, person, one) for one in news.consents])
    made = [(face, Embedding(unpacked(face.vector), face.model)) for face in news.faces]
    if made:
        change = await taker.register.touch_gallery()
        session.add_all([_template(taker, person, face, embedding, change) for face, embedding in made])
        await keep_all(session, [(face.id, embedding) for face, embedding in made])
    if news.chip is not None:
        session.add(ChipRow(person=person, sealed=sealed_chip(taker.vault, person, news.chip)))
    act = doer.act("person-enrolled", f"person:{person}", templates=len(made), version=row.version)
    await record_all(session, taker.vault, [*doer.made_groups(groups), act], doer.at_utc)


def _consent(taker: Taker, person: str, given: Consented) -> ConsentRow:
    now = taker.doer.at_utc
    said = given.model_dump() | {"given_utc": given.given_utc.astimezone(UTC)}
    return ConsentRow(id=new_id(now), person=person, recorded_by=taker.doer.user, **said)


def _template(taker: Taker, person: str, face: Face, embedding: Embedding, change: int) -> TemplateRow:
    hidden = sealed(taker.vault, person, embedding)
    return TemplateRow(
        id=face.id,
        person=person,
        model=face.model,
        sealed=hidden,
        samples=face.samples,
        created_utc=face.made_utc,
        change=change,
    )


async def _conflict(taker: Taker, item: str, body: Edited, name: str) -> Taken:
    if await taker.session.get(ConflictRow, item) is not None:
        return Taken(Answer.DUPLICATE, "conflict-kept")
    kept = ConflictRow(id=item, person=body.person, kiosk=taker.view.kiosk, member="name", wanted=name)
    kept.base, kept.at_utc = body.base, taker.doer.at_utc
    taker.session.add(kept)
    act = taker.doer.act("conflict-kept", f"person:{body.person}", member="name")
    await record(taker.session, taker.vault, act, taker.doer.at_utc)
    return Taken(Answer.ACCEPTED, "conflict-kept")
