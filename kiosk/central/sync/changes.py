"""What the rows of the feed say: each subject as it is now, or that it is gone."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Missing
from kiosk.central.models.registry import Registry
from kiosk.central.models.rollouts import Rollouts, kiosk_model
from kiosk.central.passes.tables import PassKeyRow, PassRow
from kiosk.central.people.tables import TombstoneRow
from kiosk.central.policies.service import notice_out, shown
from kiosk.central.policies.tables import NoticeRow, PolicyRow
from kiosk.central.sync.known import belongings, known
from kiosk.central.sync.scope import View
from kiosk.central.sync.signer import sign
from kiosk.central.sync.tables import ABSENT, ChangeRow, ReceiptRow
from kiosk.vault import Vault
from kiosk.wire.fields import nearest
from kiosk.wire.pulled import Change, DueModel, Gone, KnownKey, KnownPass, Notice, SitePolicy
from kiosk.wire.signing import manifest_text

OUT_OF_DATE = timedelta(days=1)  # a kiosk's clock may be wrong by some of it
Subject = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Teller:
    """Says rows to one kiosk. Of rows up to `until` it says only what is there: the kiosk began with nothing."""

    session: AsyncSession
    vault: Vault
    view: View
    now: datetime
    until: int

    async def told(self, rows: Sequence[ChangeRow]) -> list[Change]:
        """What these rows say, in their order; a few statements for each kind that is among them."""
        ids: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            ids[row.kind].append(row.id)
        said: dict[Subject, Change | None] = {}
        kinds = (
            ("person", self._people),
            (ABSENT, self._people),
            ("pass", self._passes),
            ("key", self._keys),
            ("notice", self._notices),
        )
        for kind, tell in kinds:
            said |= {(kind, one): change for one, change in (await tell(ids[kind])).items()} if ids[kind] else {}
        if ids["policy"]:
            said["policy", ""] = await self._policy()
        if ids["model"]:
            said["model", ""] = await self._model()
        wanted = await self._wanted(ids["person"]) if self.until else frozenset()
        changes = [said.get((row.kind, row.id)) for row in rows if self._is_said(row, said, wanted)]
        return [change for change in changes if change is not None]

    def _is_said(self, row: ChangeRow, said: dict[Subject, Change | None], wanted: frozenset[str]) -> bool:
        """Somebody gone is no news to a kiosk that has nobody, but an erasure of which it owes a receipt is."""
        change = said.get((row.kind, row.id))
        if change is None or change.kind not in ("gone", "pass-gone") or (row.position or 0) > self.until:
            return True
        return row.kind == "person" and row.id in wanted

    async def _wanted(self, people: Sequence[str]) -> frozenset[str]:
        of_kiosk = select(ReceiptRow.person).where(ReceiptRow.kiosk == self.view.kiosk)
        query = of_kiosk.where(ReceiptRow.confirmed_utc.is_(None), ReceiptRow.person.in_(people))
        return frozenset((await self.session.scalars(query)).all()) if people else frozenset()

    async def _people(self, people: Sequence[str]) -> dict[str, Change | None]:
        there = known(self.vault, await belongings(self.session, self.view, people))
        found = {one: None if who is None else Change(kind="person", person=who) for one, who in there.items()}
        absent = [one for one in people if one not in there]
        if absent:
            found |= {one: Change(kind="gone", gone=gone) for one, gone in (await self._gone(absent)).items()}
        return found

    async def _gone(self, people: Sequence[str]) -> dict[str, Gone]:
        query = select(TombstoneRow.person, TombstoneRow.merged_into).where(TombstoneRow.person.in_(people))
        stones = {row.person: row.merged_into for row in await self.session.execute(query)}
        others = [into for into in stones.values() if into is not None]
        here = {row.id for row in await self.session.scalars(self.view.seen(others))} if others else set()
        return {
            one: Gone(
                id=one,
                erased=one in stones,
                merged=stones.get(one) is not None,
                into=into if (into := stones.get(one)) in here else None,
            )
            for one in people
        }

    async def _passes(self, ids: Sequence[str]) -> dict[str, Change | None]:
        found: dict[str, Change | None] = {one: Change(kind="pass-gone", pass_gone=one) for one in ids}
        query = select(PassRow).where(PassRow.id.in_(ids), PassRow.site.in_(self.view.sites))
        rows = (await self.session.scalars(query)).all()
        bearers = (
            (await self.session.scalars(self.view.seen(sorted({row.person for row in rows})))).all() if rows else ()
        )
        known_here = {bearer.id for bearer in bearers}
        for row in rows:
            if row.person not in known_here:
                continue
            is_over = bool(self.until) and row.expires_utc < self.now - OUT_OF_DATE
            found[row.id] = None if is_over else Change(kind="pass", pass_=_pass(row))
        return found

    async def _keys(self, ids: Sequence[str]) -> dict[str, Change | None]:
        rows = (await self.session.scalars(select(PassKeyRow).where(PassKeyRow.id.in_(ids)))).all()
        return {row.id: Change(kind="key", key=_key(row)) for row in rows}

    async def _notices(self, languages: Sequence[str]) -> dict[str, Change | None]:
        query = select(NoticeRow).where(NoticeRow.site == self.view.site, NoticeRow.language.in_(languages))
        rows = (await self.session.scalars(query.order_by(NoticeRow.number))).all()
        return {row.language: Change(kind="notice", notice=_notice(row)) for row in rows}  # the newest comes last

    async def _policy(self) -> Change | None:
        row = await self.session.get(PolicyRow, self.view.site)
        return None if row is None else Change(kind="policy", policy=_policy(row))

    async def _model(self) -> Change | None:
        """None while there is none that kiosks could run."""
        rollouts = Rollouts(Registry(self.session, self.vault))
        try:
            row = await rollouts.for_kiosk(self.view.kiosk)
            manifest = kiosk_model(row, await rollouts.scores(row.id)).model_dump_json()
        except Missing:
            return None
        due = DueModel(
            tag=row.tag,
            sha256=row.sha256,
            size=row.size,
            path=f"/v1/kiosk/model/{row.id}/file",
            manifest=manifest,
            signature=await sign(self.session, self.vault, manifest_text(manifest)),
        )
        return Change(kind="model", model=due)


def _pass(row: PassRow) -> KnownPass:
    return KnownPass(
        id=row.id,
        person=row.person,
        site=row.site,
        not_before_utc=nearest(row.not_before_utc),
        expires_utc=nearest(row.expires_utc),
        single_use=row.single_use,
        ended_utc=None if row.revoked_utc is None else nearest(row.revoked_utc),
        used=row.used,
    )


def _key(row: PassKeyRow) -> KnownKey:
    return KnownKey(id=row.id, public=row.public, dropped_utc=row.dropped_utc)


def _notice(row: NoticeRow) -> Notice:
    out = notice_out(row)
    return Notice(language=out.language, version=out.version, text=out.text)


def _policy(row: PolicyRow) -> SitePolicy:
    rules = shown(row)
    return SitePolicy(
        version=rules.version,
        search_level=rules.search_level.value,
        claim_level=rules.claim_level.value,
        keep_pictures=rules.keep_pictures,
        windows_apply=rules.windows_apply,
        retention_days=rules.retention_days,
        events_days=rules.events_days,
        languages=json.loads(row.languages),
    )
