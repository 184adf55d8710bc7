"""Central's rules for somebody, as they are sealed in the store."""

from kiosk.domain.access import Access, Window
from kiosk.domain.errors import StoreDamaged
from kiosk.vault import Context, Vault, What
from kiosk.wire import forms
from kiosk.wire.pulled import Known

_NAMELESS = "-"


def sealed_rules(vault: Vault, person: Known) -> bytes:
    """What is kept of somebody besides what has columns: their rules, and what a newer central says of them."""
    rest = person.model_copy(update={"name": _NAMELESS, "consents": [], "faces": []})
    return vault.seal(forms.written(rest), Context(What.RULES, person.id))


def access_of(vault: Vault, person: str, sealed: bytes) -> Access:
    """When somebody may come. Raises StoreDamaged."""
    try:
        known = forms.read(vault.open(sealed, Context(What.RULES, person)), Known)
    except forms.Unreadable as error:
        raise StoreDamaged("the rules kept of somebody can't be read; restore the store from a copy") from error
    windows = tuple(Window(frozenset(one.weekdays), one.from_minute, one.until_minute) for one in known.windows)
    return Access(known.valid_from_utc, known.valid_until_utc, windows, known.disabled)
