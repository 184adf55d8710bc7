"""What kiosks say of passes: their keys, what they issued, what staff withdrew, what was used."""

import hashlib

from sqlalchemy import select

from kiosk.central.audit.service import record
from kiosk.central.kiosks.moving import sites_left
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.passes.tables import PassKeyRow, PassRow
from kiosk.central.people.tables import PersonRow, TombstoneRow
from kiosk.central.sync.taker import ACCEPTED, DUPLICATE, ERASED, NOT_YOURS, Taken, Taker, rejected
from kiosk.passes.keys import ID_BYTES
from kiosk.wire.pushed import Answer, PassEnded, PassIssued, PassKeyMade


async def key_made(taker: Taker, body: PassKeyMade) -> Taken:
    """The public half of a kiosk's key, good for passes of its site."""
    if hashlib.sha256(body.public).digest()[:ID_BYTES].hex() != body.id:
        return rejected("bad-key")
    row = await taker.session.get(PassKeyRow, body.id, with_for_update=True)
    if row is None:
        row = PassKeyRow(id=body.id, public=body.public, sealed=b"", kiosk=taker.view.kiosk, site=taker.view.site)
        row.made_utc, row.dropped_utc = taker.doer.at_utc, body.dropped_utc
        taker.session.add(row)
        await _record(taker, "pass-key-made", f"pass-key:{body.id}")
        return ACCEPTED
    if row.kiosk != taker.view.kiosk:
        return NOT_YOURS
    if body.dropped_utc is None or row.dropped_utc is not None:
        return DUPLICATE  # also where the kiosk was moved since: a key stays that of its site
    row.dropped_utc = body.dropped_utc
    await _record(taker, "pass-key-dropped", f"pass-key:{body.id}")
    return ACCEPTED


async def issued(taker: Taker, body: PassIssued) -> Taken:
    """A pass of the kiosk's site, for somebody whom it knows, signed by a key that is good there."""
    person, known = await _bearer(taker, body.person), await taker.session.get(PassRow, body.id)
    if known is not None:
        return DUPLICATE if known.person in (body.person, person) else rejected("id-taken")
    if person is None:
        await taker.is_erased(body.person)
        return ERASED
    if body.site != taker.view.site:
        return NOT_YOURS
    if not await taker.view.sees(taker.session, person):
        is_there = await taker.session.get(PersonRow, person) is not None
        return NOT_YOURS if is_there else rejected("unknown-person")  # moved away before the kiosk heard of it
    keys = select(PassKeyRow.id).where(PassKeyRow.id == body.key, PassKeyRow.site.in_(taker.view.sites))
    if await taker.session.scalar(keys) is None:
        return rejected("unknown-key")
    said = body.model_dump(include={"id", "site", "key", "single_use", "not_before_utc", "expires_utc"})
    row = PassRow(**said, person=person, issued_utc=taker.doer.at_utc.replace(microsecond=0), issued_by=taker.doer.user)
    taker.session.add(row)
    await _record(taker, "pass-issued", f"person:{person}", pass_id=body.id)
    return ACCEPTED


async def _bearer(taker: Taker, person: str) -> str | None:
    """Who that is by now: whoever they were merged into; None where they were erased."""
    stone = await taker.session.get(TombstoneRow, person)
    return person if stone is None else stone.merged_into


async def ended(taker: Taker, body: PassEnded, *, is_used: bool) -> Taken:
    """A pass that is worth nothing any more; one that went with its owner needs no end.

    Its owner may have left the kiosk's groups, or the kiosk its site, before it heard of that: the pass was ended all
    the same, and elsewhere it would be good for another visit.
    """
    row = await taker.session.get(PassRow, body.id, with_for_update=True)
    if row is None:
        return Taken(Answer.ACCEPTED, "gone")
    if row.site not in {*taker.view.sites, *await _left(taker)}:
        return NOT_YOURS
    if row.revoked_utc is not None and (row.used or not is_used):
        return DUPLICATE
    row.revoked_utc, row.used = row.revoked_utc or body.at_utc, row.used or is_used
    await _record(taker, "pass-used" if is_used else "pass-revoked", f"person:{row.person}", pass_id=row.id)
    return ACCEPTED


async def _left(taker: Taker) -> frozenset[str]:
    kiosk = await taker.session.get(KioskRow, taker.view.kiosk)
    return sites_left("" if kiosk is None else kiosk.left_sites)


async def _record(taker: Taker, act: str, subject: str, **details: object) -> None:
    await record(taker.session, taker.vault, taker.doer.act(act, subject, **details), taker.doer.at_utc)
