"""Issuing and withdrawing passes, and the keys that sign them; within the session that each is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import Act, record, record_all
from kiosk.central.errors import Conflict, Missing, Unusable
from kiosk.central.passes.messages import KeyOut, NewPass, PassOut, PassState
from kiosk.central.passes.tables import PassKeyRow, PassRow
from kiosk.central.people.service import Doer, Register
from kiosk.central.people.tables import PersonRow
from kiosk.central.texts import cleaned
from kiosk.domain.ids import new_id
from kiosk.domain.people import PassClaims
from kiosk.passes import token
from kiosk.passes.keys import PassKey
from kiosk.vault import Context, Vault, What
from kiosk.wire.fields import LATEST

SITE_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Desk:
    """Where passes are issued."""

    session: AsyncSession
    vault: Vault

    async def issue(self, new: NewPass, site: str, doer: Doer) -> PassRow:
        """A new pass. Raises Missing, Conflict, Unusable."""
        person = await Register(self.session, self.vault).find(new.person)
        now = doer.at_utc
        begins = new.not_before_utc or now
        expires = begins + timedelta(hours=new.hours)
        _check_dates(person, begins, expires, now)
        newest = await self._signing()
        key = newest or await self._made(now)
        row = PassRow(
            id=new_id(now),
            person=person.id,
            site=_site_of(person, new.site, site),
            key=key.id,
            single_use=new.single_use,
            not_before_utc=begins.replace(microsecond=0),
            expires_utc=expires.replace(microsecond=0),
            issued_utc=now.replace(microsecond=0),
            issued_by=doer.user,
        )
        self.session.add(row)
        made = [] if newest is not None else [_key_made(doer, key)]
        act = doer.act("pass-issued", f"person:{person.id}", pass_id=row.id, hours=new.hours)
        await record_all(self.session, self.vault, [*made, act], now)
        return row

    async def revoke(self, pass_id: str, doer: Doer) -> PassRow:
        """Make a pass worthless. Raises Missing."""
        row = await self.find(pass_id)
        if row.revoked_utc is None:
            row.revoked_utc = doer.at_utc
            act = doer.act("pass-revoked", f"person:{row.person}", pass_id=pass_id)
            await record(self.session, self.vault, act, doer.at_utc)
        return row

    async def find(self, pass_id: str) -> PassRow:
        """Raises Missing."""
        row = await self.session.get(PassRow, pass_id)
        if row is None:
            raise Missing("There is no such pass; it may have gone with its owner.")
        return row

    async def text_of(self, row: PassRow, now: datetime) -> str:
        """What the pass's QR code says, signed anew: the same text each time. Raises Conflict for a useless pass."""
        key = await self._key(row.key)
        state = state_of(row, key, now)
        if state not in (PassState.VALID, PassState.NOT_YET):
            raise Conflict(f"That pass is {state.value.replace('-', ' ')}; issue another one.")
        if key.kiosk:
            raise Conflict("That pass was issued at a kiosk, which alone has its key; issue another one here.")
        claims = PassClaims(
            row.id, row.person, row.site, row.not_before_utc, row.expires_utc, single_use=row.single_use
        )
        try:
            return token.issue(claims, self._opened(key), row.issued_utc)
        except ValueError as error:
            raise Unusable("The site's name is too long for a pass; shorten it.", "site") from error

    async def page(self, person: str, before: str, limit: int) -> Sequence[PassRow]:
        """Passes by the time they were issued, newest first; of one person, where one is given."""
        query = select(PassRow).order_by(PassRow.id.desc()).limit(limit)
        query = query.where(PassRow.person == person) if person else query
        query = query.where(PassRow.id < before) if before else query
        return (await self.session.scalars(query)).all()

    async def shown(self, rows: Sequence[PassRow], now: datetime) -> list[PassOut]:
        """These passes as the API shows them, in their order."""
        names = await Register(self.session, self.vault).names([row.person for row in rows])
        of_these = select(PassKeyRow).where(PassKeyRow.id.in_({row.key for row in rows}))
        keys = {key.id: key for key in await self.session.scalars(of_these)}
        return [
            PassOut(
                **{name: getattr(row, name) for name in _SHOWN},
                person_name=names.get(row.person, ""),
                state=state_of(row, keys[row.key], now),
            )
            for row in rows
        ]

    async def keys(self) -> Sequence[PassKeyRow]:
        """Every key there ever was, newest first."""
        query = select(PassKeyRow).order_by(PassKeyRow.made_utc.desc(), PassKeyRow.id)
        return (await self.session.scalars(query)).all()

    async def roll(self, doer: Doer) -> PassKeyRow:
        """A new key, which signs from now on. Passes of older ones stay good until their keys are dropped."""
        row = await self._made(doer.at_utc)
        await record(self.session, self.vault, _key_made(doer, row), doer.at_utc)
        return row

    async def drop(self, key: str, doer: Doer) -> None:
        """Make every pass of a key worthless; this can't be undone. Raises Missing."""
        row = await self._key(key)
        row.dropped_utc = row.dropped_utc or doer.at_utc
        row.sealed = b""
        await record(self.session, self.vault, doer.act("pass-key-dropped", f"pass-key:{key}"), doer.at_utc)

    async def _signing(self) -> PassKeyRow | None:
        """The newest key that is good; None where there is none, at first or after the last one was dropped."""
        good = select(PassKeyRow).where(PassKeyRow.dropped_utc.is_(None), PassKeyRow.kiosk == "")
        found: PassKeyRow | None = await self.session.scalar(
            good.order_by(PassKeyRow.made_utc.desc(), PassKeyRow.id).limit(1)
        )
        return found

    async def _made(self, now: datetime) -> PassKeyRow:
        key = PassKey.generate()
        name = key.id.hex()
        sealed = self.vault.seal(key.private_bytes, _of_key(name))
        row = PassKeyRow(id=name, public=key.public_bytes, sealed=sealed, made_utc=now)
        self.session.add(row)
        await self.session.flush()
        return row

    async def _key(self, key: str) -> PassKeyRow:
        row = await self.session.get(PassKeyRow, key)
        if row is None:
            raise Missing("There is no such key.")
        return row

    def _opened(self, row: PassKeyRow) -> PassKey:
        return PassKey(self.vault.open(row.sealed, _of_key(row.id)))


_SHOWN = (
    "id", "person", "site", "single_use", "not_before_utc", "expires_utc", "issued_utc", "revoked_utc",
)  # fmt: skip


def state_of(row: PassRow, key: PassKeyRow, now: datetime) -> PassState:
    """What that pass is good for at that time."""
    if row.revoked_utc is not None:
        return PassState.USED if row.used else PassState.REVOKED
    if key.dropped_utc is not None:
        return PassState.KEY_DROPPED
    if now >= row.expires_utc:
        return PassState.EXPIRED
    return PassState.NOT_YET if now < row.not_before_utc else PassState.VALID


def key_out(row: PassKeyRow, signing: str | None) -> KeyOut:
    """That key, for the API."""
    return KeyOut(
        id=row.id,
        public=row.public.hex(),
        made_utc=row.made_utc,
        dropped_utc=row.dropped_utc,
        signs=row.id == signing,
    )


def _check_dates(person: PersonRow, begins: datetime, expires: datetime, now: datetime) -> None:
    if expires <= now:
        raise Unusable("That pass would have expired already.", "validity")
    if expires >= LATEST:
        raise Unusable("A pass ends before the year 2100; choose other dates.", "validity")
    if person.disabled_utc is not None:
        raise Conflict("That person is disabled; enable them first.")
    late = person.valid_until_utc is not None and expires > person.valid_until_utc
    early = person.valid_from_utc is not None and begins < person.valid_from_utc
    if late or early:
        raise Unusable("A pass can't be valid when its owner is not; choose other dates.", "validity")


def _key_made(doer: Doer, key: PassKeyRow) -> Act:
    return doer.act("pass-key-made", f"pass-key:{key.id}")


def _of_key(name: str) -> Context:
    return Context(What.SECRET, name=f"pass key {name}")


def _site_of(person: PersonRow, wanted: str, ours: str) -> str:
    """Where a pass is good: at its bearer's site. Raises Unusable for another one, whose kiosks do not know them."""
    site = cleaned(wanted or person.site or ours, "A site's name", SITE_LONGEST)
    if person.site not in ("", site):
        raise Unusable("That person is of another site, whose kiosks alone know them; issue the pass for it.", "site")
    return site
