"""What central told besides people and passes: policy, due model and notices, as JSON by name."""

from collections.abc import Mapping
from typing import TypeVar

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged
from kiosk.store.database import in_our_words
from kiosk.wire import forms
from kiosk.wire.fields import Message
from kiosk.wire.pulled import DueModel, Notice, SitePolicy

_POLICY, _MODEL, _NOTICE = "policy", "model", "notice:"
_KEEP = "INSERT OR REPLACE INTO told (name, value, generation) VALUES (?, ?, ?)"

M = TypeVar("M", bound=Message)


def keep_told(db: Database, message: SitePolicy | DueModel | Notice, generation: int) -> None:
    """Keep that in place of what was told before, inside the transaction that is open."""
    match message:
        case SitePolicy():
            name = _POLICY
        case DueModel():
            name = _MODEL
        case Notice(language=language):
            name = f"{_NOTICE}{language}"
    db.execute(_KEEP, [name, forms.written(message, forms.JSON).decode(), generation])


def drop_told(db: Database, generation: int) -> None:
    """Keep nothing that the reset of that generation did not name, inside the transaction that is open."""
    db.execute("DELETE FROM told WHERE generation <> ?", [generation])


def told_policy(db: Database) -> SitePolicy | None:
    """What central says the kiosk keeps to; None where it said nothing. Raises StoreDamaged."""
    return _one(db, _POLICY, SitePolicy)


def told_model(db: Database) -> DueModel | None:
    """The model that is to run; None where central named none. Raises StoreDamaged."""
    return _one(db, _MODEL, DueModel)


def told_notices(db: Database) -> Mapping[str, Notice]:
    """The privacy notices by language. Raises StoreDamaged."""
    with in_our_words():
        rows = db.execute("SELECT value FROM told WHERE name GLOB ? ORDER BY name", [f"{_NOTICE}*"]).fetchall()
    return {notice.language: notice for notice in (_read(value, Notice) for (value,) in rows)}


def _one(db: Database, name: str, kind: type[M]) -> M | None:
    with in_our_words():
        row = db.execute("SELECT value FROM told WHERE name = ?", [name]).fetchone()
    return None if row is None else _read(row[0], kind)


def _read(value: str, kind: type[M]) -> M:
    try:
        return forms.read(value.encode(), kind, forms.JSON)
    except forms.Unreadable as error:
        raise StoreDamaged("what central told can't be read any more; restore the store from a copy") from error
