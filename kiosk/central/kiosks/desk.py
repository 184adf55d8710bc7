"""Where an admin decides about kiosks that ask, whether over the API or on the page."""

from dataclasses import dataclass

from kiosk.central.database import Database
from kiosk.central.errors import Missing
from kiosk.central.kiosks.messages import KioskOut, NewKiosk, WaitingKiosk
from kiosk.central.kiosks.pairing import NO_CODE, Pairings
from kiosk.central.kiosks.service import shown
from kiosk.central.kiosks.tables import KioskRow, PairingRow
from kiosk.central.people.service import Doer
from kiosk.vault import Vault
from kiosk.wire.signing import fingerprint


@dataclass(frozen=True, slots=True)
class Desk:
    """Each of these raises Missing for a wrong code, Unusable for what is none, and TooMany for many wrong ones.

    A wrong code is counted in a transaction of its own, which is not undone by the answer.
    """

    database: Database
    vault: Vault

    async def find(self, code: str, doer: Doer) -> WaitingKiosk:
        """Who asks with that code."""
        async with self.database.writing() as session:
            pairings = Pairings(session, self.vault)
            row = await pairings.waiting(code, doer)
            found = None if row is None else _waiting(row, await pairings.known(row), doer)
        if found is None:
            raise Missing(NO_CODE)
        return found

    async def confirm(self, code: str, new: NewKiosk, site: str, doer: Doer) -> KioskOut:
        """One of the fleet. Raises Conflict for a name that is taken."""
        async with self.database.writing() as session:
            pairings = Pairings(session, self.vault)
            row = await pairings.waiting(code, doer)
            kiosk = None if row is None else await pairings.confirm(row, new, site, doer)
        if kiosk is None:
            raise Missing(NO_CODE)
        return shown(kiosk, doer.at_utc)

    async def refuse(self, code: str, doer: Doer) -> None:
        """Not one of the fleet."""
        async with self.database.writing() as session:
            pairings = Pairings(session, self.vault)
            row = await pairings.waiting(code, doer)
            if row is not None:
                await pairings.refuse(row, doer)
        if row is None:
            raise Missing(NO_CODE)


def _waiting(row: PairingRow, known: KioskRow | None, doer: Doer) -> WaitingKiosk:
    return WaitingKiosk(
        fingerprint=fingerprint(row.public),
        software=row.software,
        asked_utc=row.asked_utc,
        expires_utc=row.expires_utc,
        known=None if known is None else shown(known, doer.at_utc),
        same_key=known is not None and known.public == row.public,
    )
