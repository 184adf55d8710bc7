"""The rules of sites and their notices, within the session that is given."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Missing, Stale
from kiosk.central.people.service import Doer
from kiosk.central.policies.messages import EditedRules, NoticeOut, PolicyOut, Rules
from kiosk.central.policies.tables import NoticeRow, PolicyRow
from kiosk.central.texts import cleaned
from kiosk.vault import Vault

SITE_LONGEST = 80
VERSION_LONGEST = 80  # of the name of a text, on the wire and in what is kept of a consent
DIGEST = 12


@dataclass(frozen=True, slots=True)
class Policies:
    """The rules of every site."""

    session: AsyncSession
    vault: Vault

    async def everything(self) -> list[PolicyOut]:
        """The rules of every site that has some, by name."""
        return [shown(row) for row in (await self.session.scalars(select(PolicyRow).order_by(PolicyRow.site))).all()]

    async def of(self, site: str) -> PolicyOut:
        """The rules of a site; the usual ones where nobody has set any."""
        row = await self.session.get(PolicyRow, site)
        return PolicyOut(site=site, version=0, changed_utc=None) if row is None else shown(row)

    async def edit(self, site: str, edited: EditedRules, doer: Doer) -> PolicyOut:
        """The rules as they are to be. Raises Stale, Unusable."""
        site = cleaned(site, "A site's name", SITE_LONGEST)
        row = await self.session.get(PolicyRow, site, with_for_update=True)
        if (0 if row is None else row.version) != edited.version:
            current = (await self.of(site)).model_dump(mode="json")
            raise Stale("Somebody else changed these rules meanwhile; look at how they are now and decide.", current)
        if row is None:
            row = PolicyRow(site=site, version=0)
            self.session.add(row)
        for name in _PLAIN:
            setattr(row, name, getattr(edited, name))
        row.search_level, row.claim_level = edited.search_level.value, edited.claim_level.value
        row.languages = json.dumps(list(dict.fromkeys(edited.languages)))
        row.changed_utc, row.version = doer.at_utc, row.version + 1
        act = doer.act("policy-edited", f"site:{site}", **edited.model_dump(mode="json", exclude={"version"}))
        await record(self.session, self.vault, act, doer.at_utc)
        await self.session.flush()
        return shown(row)

    async def notices(self, site: str, language: str) -> Sequence[NoticeRow]:
        """Every notice of a site in a language, newest first."""
        query = select(NoticeRow).where(NoticeRow.site == site, NoticeRow.language == language)
        return (await self.session.scalars(query.order_by(NoticeRow.number.desc()))).all()

    async def newest(self, site: str, language: str) -> NoticeRow:
        """The notice that is shown now. Raises Missing."""
        found = await self.notices(site, language)
        if not found:
            raise Missing("There is no notice in that language for that site.")
        return found[0]

    async def write(self, site: str, language: str, text: str, doer: Doer) -> NoticeRow:
        """A notice for that site from now on; the same text again is the same notice. Raises Unusable."""
        site = cleaned(site, "A site's name", SITE_LONGEST)
        found = await self.notices(site, language)
        if found and found[0].text == text:
            return found[0]
        highest = select(func.max(NoticeRow.number)).where(NoticeRow.site == site, NoticeRow.language == language)
        number = (await self.session.scalar(highest) or 0) + 1
        row = NoticeRow(site=site, language=language, number=number, text=text, made_utc=doer.at_utc, made_by=doer.user)
        self.session.add(row)
        act = doer.act("notice-written", f"site:{site}", language=language, number=number)
        await record(self.session, self.vault, act, doer.at_utc)
        return row


_PLAIN = ("keep_pictures", "windows_apply", "retention_days", "events_days")


def shown(row: PolicyRow) -> PolicyOut:
    """Those rules, for the API."""
    values = {name: getattr(row, name) for name in _PLAIN}
    rules = Rules.model_validate(
        values
        | {
            "search_level": row.search_level,
            "claim_level": row.claim_level,
            "languages": json.loads(row.languages),
        }
    )
    return PolicyOut(**rules.model_dump(), site=row.site, version=row.version, changed_utc=row.changed_utc)


def notice_out(row: NoticeRow) -> NoticeOut:
    """That notice, for the API."""
    version = _version(row.site, f"-{row.language}-{row.number}")
    return NoticeOut(site=row.site, language=row.language, version=version, text=row.text, made_utc=row.made_utc)


def _version(site: str, end: str) -> str:
    """By which a consent names a notice; a digest stands for the rest of a long name, so that it always fits."""
    if len(site + end) <= VERSION_LONGEST:
        return site + end
    digest = hashlib.sha256(site.encode()).hexdigest()[:DIGEST]
    return f"{site[: VERSION_LONGEST - len(end) - DIGEST - 1]}-{digest}{end}"
