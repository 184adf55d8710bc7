"""Texts that people type: how they are kept, and how they are compared."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from kiosk.central.errors import Unusable

M = TypeVar("M", bound=BaseModel)

FOLDED_LONGEST = 320


def cleaned(text: str, what: str, longest: int) -> str:
    """NFC, without control characters and outer or double spaces. Raises Unusable for none or too many."""
    visible = "".join(" " if unicodedata.category(sign).startswith("Z") else sign for sign in text)
    kept = "".join(sign for sign in visible if unicodedata.category(sign)[0] != "C")
    clean = " ".join(unicodedata.normalize("NFC", kept).split())
    if not 1 <= len(clean) <= longest:
        raise Unusable(f"{what} has 1 to {longest} characters.", "length")
    return clean


def folded(text: str) -> str:
    """As it is compared and searched: without case and accents; no more of it than a column has room for, since one
    letter may become eighteen.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())[:FOLDED_LONGEST]


def checked_form(model: type[M], fields: Mapping[str, object]) -> M:
    """What a form says, as that message. Raises Unusable, naming the field and never what stood in it."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][0]) if first["loc"] else "the form"
        raise Unusable(f"Look at {where.replace('_', ' ')} again: {first['msg']}.", where) from error


def listed(names: Iterable[str]) -> str:
    """Names in one field of a form, with commas between them; those with a comma of their own stand in quotes."""
    return ", ".join(_quoted(name) for name in names)


def names_in(field: str) -> list[str]:
    """The names in such a field. Raises Unusable where a quotation is not closed."""
    try:
        rows = list(csv.reader([field], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise Unusable('Look at the quotation marks again: write Staff, "Sales, Lyon".', "quotes") from error
    return [name.strip() for row in rows for name in row if name.strip()]


def _quoted(name: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([name])
    return out.getvalue()
