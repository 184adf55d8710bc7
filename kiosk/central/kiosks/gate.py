"""Lets kiosks in: by token, and where a kiosk has a key by a signature and a counter that only grows."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.access.secrets import digest
from kiosk.central.database import Database
from kiosk.central.errors import BadSignature, CounterBehind, Revoked, Unauthorised
from kiosk.central.kiosks.beats import BEHIND, NOT_GOOD, Beats, Seen, settle
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.sync.signatures import is_signed
from kiosk.wire.signing import Lane, Signed, read_header, request_text

GONE = "This kiosk was taken out of the fleet; what it has of others is to be removed."
NOT_SIGNED = "That request is not signed by this kiosk's key, or not as it was sent."
BESIDE = frozenset({Lane.STREAM, Lane.FILE})
# Put together once: it is asked at every request of a kiosk.
BY_TOKEN = select(
    KioskRow.id,
    KioskRow.site,
    KioskRow.groups,
    KioskRow.public,
    KioskRow.counter,
    KioskRow.digest,
    KioskRow.previous,
    KioskRow.pairing,
    KioskRow.wire,
    KioskRow.revoked_utc,
).where(or_(KioskRow.digest == bindparam("digest"), KioskRow.previous == bindparam("digest")))


@dataclass(frozen=True, slots=True)
class Asking:
    """A request of a kiosk, as far as it is signed; `header` is the signature's, `wire` the version it speaks."""

    token: str = field(repr=False)
    method: str
    target: str
    header: str
    body: bytes = field(repr=False)
    wire: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """Counters of the main lane are the database's; those beside it, of reads, are remembered by this process."""

    database: Database
    beats: Beats
    beside: dict[tuple[str, str], int] = field(default_factory=dict)

    async def admit(self, asking: Asking, *, is_light: bool = False) -> KioskPrincipal:
        """The kiosk. `is_light`: its counter is written down a moment later, together with others.

        Raises Unauthorised, BadSignature, CounterBehind, Revoked.
        """
        shown = digest(asking.token)
        row = await self._find(shown)
        signed = None if row.public is None else _checked(row.public, asking)
        await self._count(row, Seen(row.id, shown, asking.wire), signed, is_light=is_light)
        return KioskPrincipal(row.id, row.site, tuple(json.loads(row.groups)), shown)

    async def check(self, token: str) -> None:
        """Whether that is a kiosk's, before much is taken of whoever shows it. Raises Unauthorised, Revoked."""
        await self._find(digest(token))

    async def _find(self, shown: str) -> Row[*tuple[Any, ...]]:
        row = await self.database.first(BY_TOKEN, {"digest": shown})
        if row is None:
            raise Unauthorised(NOT_GOOD)
        if row.revoked_utc is not None:
            raise Revoked(GONE)
        return row

    async def _count(self, row: Row[*tuple[Any, ...]], seen: Seen, signed: Signed | None, *, is_light: bool) -> None:
        if signed is not None and signed.lane in BESIDE:
            self._count_beside(row.id, signed)
            signed = None
        seen = seen if signed is None else seen.counted(signed.counter)
        if is_light:
            self.beats.see(seen, row.counter)
        elif signed is not None:
            await settle(self.database, seen)
        elif row.pairing is not None or row.wire != seen.wire or (row.previous and row.digest == seen.digest):
            self.beats.see(seen, row.counter)

    def _count_beside(self, kiosk: str, signed: Signed) -> None:
        last = self.beside.get((kiosk, signed.lane), 0)
        if signed.counter <= last:
            raise CounterBehind(BEHIND, last)
        self.beside[kiosk, signed.lane] = signed.counter


def _checked(public: bytes, asking: Asking) -> Signed:
    signed = read_header(asking.header)
    if signed is None or signed.lane not in BESIDE | {Lane.MAIN}:
        raise BadSignature(NOT_SIGNED)
    text = request_text(asking.method, asking.target, signed.lane, signed.counter, asking.body)
    if not is_signed(public, signed.signature, text):
        raise BadSignature(NOT_SIGNED)
    return signed
