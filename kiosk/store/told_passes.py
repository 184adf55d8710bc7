"""Passes and their keys as central tells of them, inside the transaction of a page."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.store.dates import to_text
from kiosk.store.outgoing import is_buried
from kiosk.store.people import StoredPeople
from kiosk.store.secrets import Secrets
from kiosk.wire.pulled import KnownKey, KnownPass

_UPSERT = """
INSERT INTO passes (id, person, site, not_before_utc, expires_utc, revoked_utc, single_use, used, origin, told,
    generation)
VALUES (:id, :person, :site, :not_before_utc, :expires_utc, :ended_utc, :single_use, :used, 'central', 1, :generation)
ON CONFLICT (id) DO UPDATE SET person = :person, site = :site, not_before_utc = :not_before_utc,
    expires_utc = :expires_utc, revoked_utc = coalesce(revoked_utc, :ended_utc), single_use = :single_use,
    used = max(used, :used), told = 1, generation = :generation
"""
_UNNAMED = """
DELETE FROM passes WHERE generation <> ? AND told
AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject = passes.id AND kind = 'pass')
"""
_TRUST = """
INSERT INTO known_keys (id, public, dropped_utc, generation) VALUES (:id, :public, :dropped_utc, :generation)
ON CONFLICT (id) DO UPDATE SET public = :public, dropped_utc = coalesce(dropped_utc, :dropped_utc),
    generation = :generation
"""


@dataclass(frozen=True, slots=True)
class ToldPasses:
    """Changes of passes. A pass that ended, here or elsewhere, never begins again, whatever an older page says."""

    people: StoredPeople
    secrets: Secrets
    generation: int

    def know(self, known: KnownPass) -> None:
        """Take a pass in as it is now. Its person may not be here yet, or never come: then it opens nothing."""
        if is_buried(self.people.db, known.person):
            return
        row = {
            "id": known.id,
            "person": known.person,
            "site": known.site,
            "not_before_utc": to_text(known.not_before_utc),
            "expires_utc": to_text(known.expires_utc),
            "ended_utc": None if known.ended_utc is None else to_text(known.ended_utc),
            "single_use": int(known.single_use),
            "used": int(known.used),
            "generation": self.generation,
        }
        self.people.db.execute(_UPSERT, row)

    def remove(self, number: str) -> None:
        """Keep nothing of a pass, which then counts as withdrawn."""
        self.people.db.execute("DELETE FROM passes WHERE id = ?", [number])

    def trust(self, key: KnownKey, at_utc: datetime) -> None:
        """Passes of that key are good here, until it is dropped. A kiosk whose own key is dropped takes a new one."""
        dropped = None if key.dropped_utc is None else to_text(key.dropped_utc)
        if dropped is not None:
            self.secrets.drop_within(key.id, dropped, at_utc)
        elif key.id in (ours := self.secrets.dropped()):  # central was restored from a copy: it hears of it again
            dropped = ours[key.id]["dropped_utc"]
        row = {"id": key.id, "public": key.public, "dropped_utc": dropped, "generation": self.generation}
        self.people.db.execute(_TRUST, row)

    def remove_unnamed(self) -> None:
        """Remove what a whole reset did not name, of what central has."""
        self.people.db.execute(_UNNAMED, [self.generation])
        self.people.db.execute("DELETE FROM known_keys WHERE generation <> ?", [self.generation])
