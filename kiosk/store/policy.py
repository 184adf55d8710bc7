"""What staff chose on the screen, in place of the defaults of the settings file."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged
from kiosk.domain.trust import Levels, Strictness
from kiosk.store.database import in_our_words, transaction
from kiosk.store.journal import StoredJournal

_SEARCH = "search-level"
_CLAIM = "claim-level"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The choices of one store; one thread uses it."""

    db: Database
    journal: StoredJournal

    def levels(self) -> Levels | None:
        """How sure the kiosk must be, None until somebody chose. Raises StoreDamaged."""
        with in_our_words():
            found = dict(self.db.execute("SELECT name, value FROM policy").fetchall())
        if _SEARCH not in found or _CLAIM not in found:
            return None
        try:
            return Levels(Strictness(found[_SEARCH]), Strictness(found[_CLAIM]))
        except ValueError as error:
            raise StoreDamaged("the levels kept in the store can't be read; restore it from a copy") from error

    def choose(self, levels: Levels, at_utc: datetime) -> None:
        """From now on, be this sure; durable on return."""
        with transaction(self.db):
            for name, value in ((_SEARCH, levels.search), (_CLAIM, levels.claim)):
                self.db.execute("INSERT OR REPLACE INTO policy (name, value) VALUES (?, ?)", [name, value.value])
            self.journal.note_within("levels-chosen", at_utc)
