"""What this kiosk is to central: its key and token, sealed, how the last contact was, and how far its counters are."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlite_utils import Database

from kiosk.domain.errors import Refused, StoreDamaged
from kiosk.domain.reckoning import SLACK, reckon
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text
from kiosk.store.journal import StoredJournal
from kiosk.store.outbox import StoredOutbox
from kiosk.store.outgoing import PAIRED, is_paired
from kiosk.store.people import StoredPeople
from kiosk.store.secrets import Secrets
from kiosk.store.state import State
from kiosk.store.told_people import REMOVED
from kiosk.wire import forms
from kiosk.wire.agreed import Member
from kiosk.wire.pairing import Credentials
from kiosk.wire.standing import Invitation

FURTHEST_OFF = timedelta(days=1)
LEAVING_FOR = timedelta(minutes=15)
_REVOKED = "revoked"
_KEY, _CREDENTIALS, _INVITATION = "device-key", "credentials", "invitation"
_CONTACT, _DOUBT, _ALONE, _SETTING_OUT = "contact", "clock-doubt", "clock-alone", "leaving"
_FEED = ("cursor", "generation", "resetting", "site", "epoch", "events-from", "events-until", "unread")
_OF_CENTRAL = (*_FEED, _CONTACT, _DOUBT, _ALONE, _SETTING_OUT)
_RESERVE = """
INSERT INTO counters (lane, next) VALUES (?, 1 + ?) ON CONFLICT (lane) DO UPDATE SET next = next + ? RETURNING next
"""
_RAISE = """
INSERT INTO counters (lane, next) VALUES (?, 1 + ?) ON CONFLICT (lane) DO UPDATE SET next = max(next, excluded.next)
"""
_LEAVING = "SELECT id FROM people WHERE origin = 'central' OR (? AND (version > 0 OR confirmed)) ORDER BY seq"


@dataclass(frozen=True, slots=True)
class StoredMembership:
    """The membership of one store; one thread uses it."""

    outbox: StoredOutbox

    def store_id(self) -> str:
        """The random id of this store."""
        return self._secrets.site_id()

    def device_key(self) -> bytes:
        """The 32 secret bytes of the kiosk's Ed25519 key, made when they are first needed."""
        kept = self._secrets.text(_KEY)
        if kept is not None:
            return kept
        with transaction(self._db):  # another connection may have been first
            kept = self._secrets.text(_KEY)
            if kept is None:
                kept = Ed25519PrivateKey.generate().private_bytes_raw()
                self._secrets.keep_within(_KEY, kept)
        return kept

    def member(self) -> Member | None:
        """None where the kiosk is not paired; its site is where central says that it is now. Raises StoreDamaged."""
        with in_our_words():
            url, contact, site = (self._state.get(name) for name in (PAIRED, _CONTACT, "site"))
        if url is None:
            return None
        credentials = self._credentials()
        if site is not None:
            credentials = credentials.model_copy(update={"site": site})
        return Member(url, credentials, None if contact is None else from_text(contact))

    def sites(self) -> frozenset[str]:
        """The site that central says this kiosk is at; empty where it is not paired."""
        with in_our_words():
            site = self._state.get("site") if is_paired(self._db) else None
        return frozenset({site} if site else ())

    def epoch(self) -> str:
        """The id of central's database as it was heard of last; "" where the kiosk is not paired."""
        with in_our_words():
            return self._state.get("epoch") or ""

    def was_revoked(self) -> bool:
        """Whether central took this kiosk out of the fleet, and it was not paired since."""
        with in_our_words():
            return self._state.get(_REVOKED) is not None

    def clock_doubt(self) -> datetime | None:
        """What central took the time for at the last contact, where that is more than a day off ours; else None."""
        with in_our_words():
            doubt = self._state.get(_DOUBT)
        return None if doubt is None else from_text(doubt)

    def invited(self, invitation: Invitation | None) -> None:
        """Keep what the kiosk asked to be paired with, sealed; None: it waits for nothing any more."""
        with transaction(self._db):
            if invitation is None:
                self._secrets.forget_within(_INVITATION)
                return
            kept = [invitation.id, invitation.url, invitation.code, invitation.fingerprint]
            self._secrets.keep_within(_INVITATION, json.dumps([*kept, to_text(invitation.expires_utc)]).encode())

    def invitation(self) -> Invitation | None:
        """What it still waits for: also when it was started again since; None where it is paired."""
        kept = self._secrets.text(_INVITATION)
        if kept is None or self.member() is not None:
            return None
        number, url, code, fingerprint, expires = json.loads(kept)
        return Invitation(number, url, code, fingerprint, from_text(expires))

    def join(self, url: str, credentials: Credentials, at_utc: datetime) -> int:
        """The kiosk is paired from now on; everything that it is the author of waits to be pushed: how much.

        Raises Refused where it is paired already.
        """
        with transaction(self._db):
            if is_paired(self._db):
                raise Refused("this kiosk is paired already; unpair it first")
            self._state.clear(_REVOKED)
            self._secrets.forget_within(_INVITATION)
            self._secrets.keep_within(_CREDENTIALS, forms.written(credentials))
            self._state.set(PAIRED, url)
            self._state.set("site", credentials.site)
            self._state.set("epoch", credentials.epoch)
            self._secrets.sign_for_within(credentials.site, self._state, at_utc)
            self._journal.note_within("paired", at_utc)
            return self.outbox.refill_within()

    def renew(self, token: str) -> None:
        """Another device token from now on; nothing where the kiosk is not paired any more."""
        with transaction(self._db):
            if is_paired(self._db):
                renewed = self._credentials().model_copy(update={"token": token})
                self._secrets.keep_within(_CREDENTIALS, forms.written(renewed))

    def begin_to_leave(self, at_utc: datetime) -> None:
        """Central is about to be told that this kiosk leaves; durable on return.

        Its answer may be lost: that it has us no more is then no revocation. It is one again where central still
        answers us a quarter of an hour later: it never heard of it.
        """
        with transaction(self._db):
            if is_paired(self._db):
                self._state.set(_SETTING_OUT, to_text(at_utc))

    def leave(self, at_utc: datetime, *, revoked: bool) -> int:
        """The kiosk is on its own again; how many people went.

        Those enrolled elsewhere go with their passes and templates, from file and log too. `revoked`: everybody whom
        central has goes, also those enrolled here, unless the kiosk had begun to leave by itself. Rules that central
        made for those who stay are kept: nobody comes in by it who did not before.
        """
        with transaction(self._db):
            if not is_paired(self._db):
                return 0
            revoked = revoked and self._state.get(_SETTING_OUT) is None
            gone = [person for (person,) in self._db.execute(_LEAVING, [int(revoked)]).fetchall()]
            for person in gone:
                self._people.remove_within(person, erased=True)
            self._forget_central()
            if revoked:
                self._state.set(_REVOKED, to_text(at_utc))
            for person in gone:
                self._journal.note_within(REMOVED, at_utc, person)
            self._journal.note_within("revoked" if revoked else "unpaired", at_utc)
            self._people.tidying.ask_within()
        self._people.tidy()
        return len(gone)

    def contacted(self, at_utc: datetime) -> None:
        """Central answered at that time, by its own clock.

        The time that passes expire by moves on with it. One that is more than a day off what the kiosk takes the time
        for by itself is not believed: it is kept as a doubt and noted in the journal, once. One that was believed is
        taken back as soon as central agrees with the clock here again: it was central that was wrong.
        """
        with transaction(self._db):
            if not is_paired(self._db):
                return
            self._state.set(_CONTACT, to_text(at_utc))
            self._stay()
            ours, seen = self._journal.clock.utc(), self._journal.seen
            before, alone = seen.latest(), self._known_alone()
            if abs(at_utc - reckon(ours, alone).utc) > FURTHEST_OFF:
                self._doubt(at_utc)
                return
            self._state.clear(_DOUBT)
            if before is not None and ours < before - SLACK and abs(at_utc - ours) <= SLACK and alone != before:
                seen.set(max(at_utc, alone or at_utc))
            elif before is None or at_utc > before:
                seen.set(at_utc)
            if ours >= (seen.latest() or ours) - SLACK:
                self._state.clear(_ALONE)
            elif self._state.get(_ALONE) is None:
                self._state.set(_ALONE, "" if before is None else to_text(before))

    def reserve(self, lane: str, count: int) -> int:
        """The first of so many counters of a lane that were never used; durable on return."""
        with transaction(self._db):
            (following,) = self._db.execute(_RESERVE, [lane, count, count]).fetchone()
        return int(following) - count

    def raise_counter(self, lane: str, above: int) -> None:
        """Central has seen that counter: go on above."""
        with transaction(self._db):
            self._db.execute(_RAISE, [lane, above])

    @property
    def _people(self) -> StoredPeople:
        return self.outbox.people

    @property
    def _secrets(self) -> Secrets:
        return self.outbox.secrets

    @property
    def _state(self) -> State:
        return self.outbox.state

    @property
    def _journal(self) -> StoredJournal:
        return self.outbox.people.journal

    @property
    def _db(self) -> Database:
        return self.outbox.people.db

    def _credentials(self) -> Credentials:
        kept = self._secrets.text(_CREDENTIALS)
        try:
            return forms.read(kept or b"", Credentials)
        except forms.Unreadable as error:
            raise StoreDamaged("what central gave this kiosk is lost; unpair it and pair it again") from error

    def _forget_central(self) -> None:
        """Nothing of central's is left but the counters, which never begin anew."""
        for name in (_KEY, _CREDENTIALS):
            self._secrets.forget_within(name)
        for table in ("outbox", "gone_pending", "told", "known_keys"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        self._db.execute("DELETE FROM passes WHERE origin = 'central'")
        self._db.execute("UPDATE passes SET told = 0, generation = 0")
        self._db.execute("UPDATE people SET version = 0, confirmed = 0, told_name = NULL, generation = 0")
        self._state.clear(PAIRED, *_OF_CENTRAL)

    def _stay(self) -> None:
        since = self._state.get(_SETTING_OUT)
        if since is not None and abs(self._journal.clock.utc() - from_text(since)) > LEAVING_FOR:
            self._state.clear(_SETTING_OUT)

    def _known_alone(self) -> datetime | None:
        """The latest time known for sure without central's word; None in a new store."""
        latest, kept = self._journal.seen.latest(), self._state.get(_ALONE)
        if latest is None or kept is None:
            return latest
        return min(latest, from_text(kept)) if kept else None

    def _doubt(self, at_utc: datetime) -> None:
        if self._state.get(_DOUBT) is None:
            self._journal.note_within("clock-differs", at_utc)
        self._state.set(_DOUBT, to_text(at_utc))
