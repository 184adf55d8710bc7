"""How a kiosk becomes one of the fleet: it asks, an admin confirms the code that it shows, and it claims its token."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access import tries
from kiosk.central.access.secrets import Kind, digest, new_secret
from kiosk.central.audit.service import record
from kiosk.central.errors import BadSignature, Missing, TooMany, Unusable
from kiosk.central.kiosks.messages import NewKiosk
from kiosk.central.kiosks.moving import note_move
from kiosk.central.kiosks.service import Fleet, new_row
from kiosk.central.kiosks.tables import KioskRow, PairingRow
from kiosk.central.people.service import Doer
from kiosk.central.sync.signatures import is_signed
from kiosk.central.sync.signer import server_state
from kiosk.domain.ids import new_id
from kiosk.vault import Vault
from kiosk.wire.pairing import CODE_LENGTH, CODE_LETTERS, Asked, AskToPair, Claim, Claimed, Credentials, PairingState
from kiosk.wire.signing import ask_text, claim_text, fingerprint

CODE_MIN, CLAIM_H, KEPT_H = 15, 24, 48
ASKED_MOST, ASKED_FROM_ONE = 3000, 300
WAITING_MOST, WAITING_FROM_ONE = 200, 20
AGAIN_S = 60
NOT_SIGNED = "That is not signed by the key of the kiosk that asks."
NO_CODE = "No kiosk waits with that code; look at its screen again, a code is good for 15 minutes."
NO_FORM = f"A code has {CODE_LENGTH} letters and digits; look at the kiosk's screen again."


@dataclass(frozen=True, slots=True)
class Pairings:
    """The kiosks that ask, within a session that writes."""

    session: AsyncSession
    vault: Vault

    async def ask(self, asking: AskToPair, address: str, now: datetime) -> Asked:
        """A new code for that kiosk, in place of the one it had. Raises BadSignature, TooMany."""
        if not is_signed(asking.public, asking.signature, ask_text(asking.public, asking.store)):
            raise BadSignature(NOT_SIGNED)
        earlier = update(PairingRow).where(PairingRow.public == asking.public, _is(PairingState.WAITING))
        await self.session.execute(earlier.values(state=PairingState.EXPIRED.value))
        await self.session.execute(delete(PairingRow).where(PairingRow.expires_utc < now - timedelta(hours=KEPT_H)))
        place = self.vault.digest("pairing address", address)
        await self._check_room(place, now)
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        row = PairingRow(
            id=new_id(now),
            code=self._digest(code),
            public=asking.public,
            store=asking.store,
            software=asking.software,
            address=place,
            state=PairingState.WAITING.value,
            asked_utc=now,
            expires_utc=now + timedelta(minutes=CODE_MIN),
        )
        self.session.add(row)
        return Asked(id=row.id, code=code, expires_utc=row.expires_utc)

    async def waiting(self, code: str, doer: Doer) -> PairingRow | None:
        """The kiosk that shows that code; None for a wrong one, which is counted. Raises TooMany, Unusable."""
        subject = self.vault.digest("pairing codes of", doer.user)
        await tries.hold(self.session, subject, doer.at_utc)
        query = select(PairingRow).where(PairingRow.code == self._digest(_clean(code)), _is(PairingState.WAITING))
        row = await self.session.scalar(query.where(PairingRow.expires_utc > doer.at_utc).with_for_update())
        if row is None:
            await tries.failed(self.session, subject, tries.FREE_NAME, doer.at_utc)
        else:
            await tries.succeeded(self.session, subject, doer.at_utc)
        return row

    async def known(self, row: PairingRow) -> KioskRow | None:
        """The kiosk that this store was before."""
        query = select(KioskRow).where(KioskRow.store == row.store).with_for_update()
        found: KioskRow | None = await self.session.scalar(query)
        return found

    async def confirm(self, row: PairingRow, new: NewKiosk, site: str, doer: Doer) -> KioskRow:
        """One of the fleet from now on: the kiosk that its store was before, or a new one. Raises Conflict."""
        before = await self.known(row)
        kiosk = before or new_row(doer)
        if kiosk.public != row.public:
            kiosk.counter = 0  # with the same key it goes on, or recorded requests would be new again
        kiosk.public, kiosk.store, kiosk.pairing = row.public, row.store, row.id
        kiosk.digest, kiosk.previous = digest(new_secret(Kind.DEVICE)), None
        kiosk.paired_utc, kiosk.revoked_utc, kiosk.heard_utc = doer.at_utc, None, None
        at = kiosk.site if before else None
        await Fleet(self.session, self.vault).fill(kiosk, new, site)
        note_move(kiosk, at)
        self.session.add(kiosk)
        row.state, row.kiosk = PairingState.CONFIRMED.value, kiosk.id
        row.expires_utc = doer.at_utc + timedelta(hours=CLAIM_H)
        details = {"fingerprint": fingerprint(row.public), "again": before is not None}
        await record(self.session, self.vault, doer.act("kiosk-paired", f"kiosk:{kiosk.id}", **details), doer.at_utc)
        return kiosk

    async def refuse(self, row: PairingRow, doer: Doer) -> None:
        """It hears that when it asks what became of it."""
        row.state = PairingState.REFUSED.value
        act = doer.act("kiosk-refused", f"pairing:{row.id}", fingerprint=fingerprint(row.public))
        await record(self.session, self.vault, act, doer.at_utc)

    async def state(self, pairing: str, claim: Claim, now: datetime) -> PairingState:
        """What became of it; this may be asked in a session that reads. Raises Missing, BadSignature."""
        row = await self.session.get(PairingRow, pairing)
        if row is None:
            raise Missing("There is no such pairing, or no longer; ask again.")
        if not is_signed(row.public, claim.signature, claim_text(pairing)):
            raise BadSignature(NOT_SIGNED)
        state = PairingState(row.state)
        return PairingState.EXPIRED if state is not PairingState.REFUSED and row.expires_utc <= now else state

    async def credentials(self, pairing: str) -> Claimed:
        """For a pairing that was confirmed: another token each time, and none once one of them was used."""
        kiosk = await self.session.scalar(select(KioskRow).where(KioskRow.pairing == pairing).with_for_update())
        if kiosk is None:
            return Claimed(state=PairingState.CONFIRMED)
        if kiosk.revoked_utc is not None:
            return Claimed(state=PairingState.REFUSED)
        token, server = new_secret(Kind.DEVICE), await server_state(self.session, self.vault)
        kiosk.previous, kiosk.digest = kiosk.digest, digest(token)
        given = Credentials(
            kiosk=kiosk.id,
            token=token,
            name=kiosk.name,
            site=kiosk.site,
            signer=server.signer_public,
            epoch=server.epoch,
        )
        return Claimed(state=PairingState.CONFIRMED, credentials=given)

    def _digest(self, code: str) -> str:
        return self.vault.digest("pairing code", code)

    async def _check_room(self, place: str, now: datetime) -> None:
        is_here, waits = PairingRow.address == place, _is(PairingState.WAITING)
        counts = select(
            func.count(),
            func.count(case((is_here, 1))),
            func.count(case((waits, 1))),
            func.count(case((is_here & waits, 1))),
        ).where(PairingRow.asked_utc > now - timedelta(minutes=CODE_MIN))
        found = (await self.session.execute(counts)).one()
        limits = (ASKED_MOST, ASKED_FROM_ONE, WAITING_MOST, WAITING_FROM_ONE)
        if any(count >= most for count, most in zip(found, limits, strict=True)):
            raise TooMany("Too many kiosks ask to be paired just now; try again in a minute.", AGAIN_S)


def _is(state: PairingState) -> ColumnElement[bool]:
    return PairingRow.state == state.value


def _clean(code: str) -> str:
    """As it was made, however somebody typed it. Raises Unusable."""
    clean = "".join(code.split()).replace("-", "").upper()
    if len(clean) != CODE_LENGTH or not set(clean) <= set(CODE_LETTERS):
        raise Unusable(NO_FORM, "code")
    return clean
