"""What is done with kiosks, within the session that it is given."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.secrets import Kind, digest, new_secret
from kiosk.central.audit.service import record
from kiosk.central.errors import Conflict, Missing, Stale
from kiosk.central.kiosks.messages import EditedKiosk, KioskOut, KioskState, NewKiosk
from kiosk.central.kiosks.moving import note_move
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.passes.tables import PassKeyRow
from kiosk.central.people.service import Doer
from kiosk.central.texts import cleaned, folded
from kiosk.domain.ids import new_id
from kiosk.vault import Vault
from kiosk.wire.beating import HeartBeat
from kiosk.wire.signing import fingerprint

NAME_LONGEST = 80
SILENT_AFTER_S = 180
FOLDED_KEPT = 240


@dataclass(frozen=True, slots=True)
class Fleet:
    """The kiosks."""

    session: AsyncSession
    vault: Vault

    async def make(self, new: NewKiosk, site: str, doer: Doer) -> tuple[KioskRow, str]:
        """A new kiosk and its token. Raises Conflict for a name that is taken."""
        secret = new_secret(Kind.DEVICE)
        row = new_row(doer)
        row.digest = digest(secret)
        await self.fill(row, new, site)
        self.session.add(row)
        await record(self.session, self.vault, doer.act("kiosk-made", f"kiosk:{row.id}"), doer.at_utc)
        return row, secret

    async def edit(self, kiosk: str, edited: EditedKiosk, now: datetime, doer: Doer) -> KioskRow:
        """Another name, site or groups. Raises Missing, Stale, Conflict, also for a revoked kiosk."""
        row = await self.find(kiosk)
        _check_there(row)
        if row.version != edited.version:
            current = shown(row, now).model_dump(mode="json")
            raise Stale("Somebody else changed this kiosk meanwhile; look at how it is now and decide.", current)
        before = row.site
        await self.fill(row, edited, before)
        note_move(row, before)
        await record(self.session, self.vault, doer.act("kiosk-edited", f"kiosk:{kiosk}"), doer.at_utc)
        return row

    async def rotate(self, kiosk: str, doer: Doer) -> tuple[KioskRow, str]:
        """A new token; the old one is good no more. Raises Missing, Conflict for a revoked kiosk."""
        row = await self.find(kiosk)
        _check_there(row)
        if row.public is not None:
            raise Conflict("That kiosk was paired and changes its tokens itself; revoke it, or pair it again.")
        secret = new_secret(Kind.DEVICE)
        row.digest, row.previous = digest(secret), None
        await record(self.session, self.vault, doer.act("kiosk-token-made", f"kiosk:{kiosk}"), doer.at_utc)
        return row, secret

    async def revoke(self, kiosk: str, doer: Doer) -> KioskRow:
        """Take a kiosk out of the fleet; its token is good no more, its name free for another. Raises Missing.

        Nor are its pass keys: whoever stole it could sign passes that the other kiosks of its site let in.
        """
        row = await self._leave(kiosk, doer, "kiosk-revoked")
        keys = update(PassKeyRow).where(PassKeyRow.kiosk == kiosk, PassKeyRow.dropped_utc.is_(None))
        await self.session.execute(keys.values(dropped_utc=doer.at_utc))
        return row

    async def unpair(self, kiosk: str, doer: Doer) -> None:
        """The kiosk leaves by itself; its passes stay good until somebody revokes it too. Raises Missing."""
        await self._leave(kiosk, doer, "kiosk-unpaired")

    async def renew(self, kiosk: str, used: str) -> str:
        """Another token; the one of that digest, which asked for it, is good until the new one is used.

        Raises Missing.
        """
        row, secret = await self.find(kiosk), new_secret(Kind.DEVICE)
        row.digest, row.previous = digest(secret), used
        return secret

    async def everything(self) -> Sequence[KioskRow]:
        """Every kiosk, by name."""
        return (await self.session.scalars(select(KioskRow).order_by(KioskRow.folded))).all()

    async def names(self, kiosks: Collection[str] | None = None) -> dict[str, str]:
        """The names of those kiosks, or of all, by their ids in the order of the names."""
        query = select(KioskRow.id, KioskRow.name).order_by(KioskRow.folded)
        query = query if kiosks is None else query.where(KioskRow.id.in_(kiosks))
        return {row.id: row.name for row in await self.session.execute(query)}

    async def signing(self) -> set[str]:
        """The kiosks of whose pass keys one is good, in the fleet or not."""
        keys = select(PassKeyRow.kiosk).where(PassKeyRow.kiosk != "", PassKeyRow.dropped_utc.is_(None))
        return set((await self.session.scalars(keys.distinct())).all())

    async def find(self, kiosk: str) -> KioskRow:
        """Raises Missing."""
        row = await self.session.get(KioskRow, kiosk, with_for_update=True)
        if row is None:
            raise Missing("There is no such kiosk.")
        return row

    async def _leave(self, kiosk: str, doer: Doer, act: str) -> KioskRow:
        row = await self.find(kiosk)
        if row.revoked_utc is None:
            row.revoked_utc, row.folded = doer.at_utc, f"{row.folded[:FOLDED_KEPT]} {row.id}"
        await record(self.session, self.vault, doer.act(act, f"kiosk:{kiosk}"), doer.at_utc)
        return row

    async def fill(self, row: KioskRow, new: NewKiosk, site: str) -> None:
        """Name, site and groups. Raises Conflict for a name that is taken."""
        name = cleaned(new.name, "A kiosk's name", NAME_LONGEST)
        taken = await self.session.scalar(select(KioskRow.id).where(KioskRow.folded == folded(name)))
        if taken not in (None, row.id):
            raise Conflict("There is a kiosk of that name already.")
        row.name, row.folded = name, folded(name)
        row.site = cleaned(new.site or site, "A site's name", NAME_LONGEST)
        groups = {folded(group): cleaned(group, "A group's name", NAME_LONGEST) for group in new.groups}
        row.groups, row.version = json.dumps(sorted(groups.values())), row.version + 1


def new_row(doer: Doer) -> KioskRow:
    """A kiosk of which nothing is known yet."""
    return KioskRow(id=new_id(doer.at_utc), made_utc=doer.at_utc, said="{}", version=0, counter=0, wire=0)


def _check_there(row: KioskRow) -> None:
    if row.revoked_utc is not None:
        raise Conflict("That kiosk was revoked; pair it again, or make it known anew.")


def state_of(row: KioskRow, now: datetime) -> KioskState:
    """How that kiosk is."""
    if row.revoked_utc is not None:
        return KioskState.REVOKED
    if row.heard_utc is None:
        return KioskState.NEW
    return KioskState.SILENT if now - row.heard_utc > timedelta(seconds=SILENT_AFTER_S) else KioskState.ALIVE


def shown(row: KioskRow, now: datetime) -> KioskOut:
    """That kiosk, for the API."""
    return KioskOut(
        id=row.id,
        name=row.name,
        site=row.site,
        groups=json.loads(row.groups),
        state=state_of(row, now),
        made_utc=row.made_utc,
        heard_utc=row.heard_utc,
        paired_utc=row.paired_utc,
        revoked_utc=row.revoked_utc,
        fingerprint="" if row.public is None else fingerprint(row.public),
        wire=row.wire,
        said=HeartBeat.model_validate_json(row.said),
        version=row.version,
    )
