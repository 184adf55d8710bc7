"""How sure the kiosk must be: as central or staff chose, in place of the defaults of the settings file."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from kiosk.domain.errors import Refused, StoreDamaged
from kiosk.domain.trust import Levels, Strictness
from kiosk.store.database import in_our_words, transaction
from kiosk.store.journal import StoredJournal
from kiosk.store.told import told_policy

_SEARCH = "search-level"
_CLAIM = "claim-level"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The choices of one store; one thread uses it."""

    db: Database
    journal: StoredJournal

    def levels(self) -> Levels | None:
        """How sure the kiosk must be: as central says, else as staff chose; None until somebody did.

        Raises StoreDamaged. A level of central's that this version does not know is as if central had said nothing.
        """
        told = self.told_levels()
        if told is not None:
            return told
        with in_our_words():
            found = dict(self.db.execute("SELECT name, value FROM policy").fetchall())
        if _SEARCH not in found or _CLAIM not in found:
            return None
        try:
            return Levels(Strictness(found[_SEARCH]), Strictness(found[_CLAIM]))
        except ValueError as error:
            raise StoreDamaged("the levels kept in the store can't be read; restore it from a copy") from error

    def told_levels(self) -> Levels | None:
        """The levels that central's policy for the site names, None without one. Raises StoreDamaged."""
        told = told_policy(self.db)
        known = {level.value for level in Strictness}
        if told is None or not {told.search_level, told.claim_level} <= known:
            return None
        return Levels(Strictness(told.search_level), Strictness(told.claim_level))

    def choose(self, levels: Levels, at_utc: datetime) -> None:
        """From now on, be this sure; durable on return. Raises Refused while central says how sure to be."""
        if self.told_levels() is not None:
            raise Refused("the central server sets these levels for its site; ask whoever runs it")
        with transaction(self.db):
            for name, value in ((_SEARCH, levels.search), (_CLAIM, levels.claim)):
                self.db.execute("INSERT OR REPLACE INTO policy (name, value) VALUES (?, ?)", [name, value.value])
            self.journal.note_within("levels-chosen", at_utc)
