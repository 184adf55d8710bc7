"""A kiosk's card that fails now and then: the statement in so many statements, and some after it, while it is armed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

ERRORS = (
    (sqlite3.SQLITE_FULL, "database or disk is full"),
    (sqlite3.SQLITE_IOERR_WRITE, "disk I/O error"),
    (sqlite3.SQLITE_BUSY, "database is locked"),
)


@dataclass
class Card:
    """`left`: how many statements until one fails, None for never; `more`: how many fail after it; `how`: of ERRORS."""

    left: int | None = None
    more: int = 0
    how: int = 0
    failed: int = 0
    is_armed: bool = False

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Only what the engine does in here may fail: what staff does is looked at elsewhere."""
        self.is_armed = True
        try:
            yield
        finally:
            self.is_armed = False

    def turn(self) -> None:
        """One more statement. Raises what SQLite would."""
        if not self.is_armed or self.left is None:
            return
        self.left -= 1
        if self.left >= 0:
            return
        if self.left < -self.more:
            self.left = None
            return
        self.failed += 1
        code, words = ERRORS[self.how % len(ERRORS)]
        error = sqlite3.OperationalError(words)
        error.sqlite_errorcode = code
        raise error

    def connect(self, uri: str, patience_s: float) -> sqlite3.Connection:
        """A connection to a database on this card."""
        made = partial(Connection, self)
        return sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None, factory=made)  # type: ignore[arg-type]


class Connection(sqlite3.Connection):
    """SQLite's own, but that its statements may fail before they are carried out."""

    def __init__(self, card: Card, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._card = card

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """As SQLite does it."""
        self._card.turn()
        return super().execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        """As SQLite does it."""
        self._card.turn()
        return super().executemany(*args)
