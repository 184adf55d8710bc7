"""Texts that people type: how they are kept, and how they are compared."""

import unicodedata

from kiosk.central.errors import Unusable


def cleaned(text: str, what: str, longest: int) -> str:
    """NFC, without control characters and outer or double spaces. Raises Unusable for none or too many."""
    visible = "".join(" " if unicodedata.category(sign).startswith("Z") else sign for sign in text)
    kept = "".join(sign for sign in visible if unicodedata.category(sign)[0] != "C")
    clean = " ".join(unicodedata.normalize("NFC", kept).split())
    if not 1 <= len(clean) <= longest:
        raise Unusable(f"{what} has 1 to {longest} characters.", "length")
    return clean


def folded(text: str) -> str:
    """As it is compared and searched: without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())
