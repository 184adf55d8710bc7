"""Central's rules for somebody, as they are sealed in the store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Opened:
    """The rules as they were opened last, so that of 100,000 people only those that changed are opened anew."""

    _known: dict[str, tuple[bytes, Access]] = field(default_factory=dict, repr=False)

    def of(self, vault: Vault, rows: Iterable[tuple[str, bytes]]) -> Mapping[str, Access]:
        """The rules of these people, and of nobody else from now on. Raises StoreDamaged."""
        known, self._known = self._known, {}
        for person, sealed in rows:
            before = known.get(person)
            if before is None or before[0] != sealed:
                before = (sealed, access_of(vault, person, sealed))
            self._known[person] = before
        return {person: access for person, (_, access) in self._known.items()}


def access_of(vault: Vault, person: str, sealed: bytes) -> Access:
    """When somebody may come. Raises StoreDamaged."""
    try:
        known = forms.read(vault.open(sealed, Context(What.RULES, person)), Known)
    except forms.Unreadable as error:
        raise StoreDamaged("the rules kept of somebody can't be read; restore the store from a copy") from error
    windows = tuple(Window(frozenset(one.weekdays), one.from_minute, one.until_minute) for one in known.windows)
    return Access(known.valid_from_utc, known.valid_until_utc, windows, known.disabled)
