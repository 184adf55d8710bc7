"""The sites that a kiosk was moved away from: it has their people until it was told of everybody where it is now."""

import json
from collections.abc import Iterable

from kiosk.central.kiosks.tables import KioskRow


def sites_left(text: str) -> frozenset[str]:
    """Those of which it may still have people, as its row has them."""
    return frozenset(json.loads(text)) if text else frozenset()


def note_move(row: KioskRow, before: str | None) -> None:
    """Remember where it was until now, if anywhere; it may be moved on before it was told of everybody."""
    _keep(row, {*sites_left(row.left_sites), before or ""} - {row.site, ""})


def note_arrival(row: KioskRow, sites: Iterable[str]) -> None:
    """Forget those sites: it has nobody of theirs any more."""
    _keep(row, sites_left(row.left_sites) - set(sites))


def _keep(row: KioskRow, sites: Iterable[str]) -> None:
    kept = sorted(sites)
    row.left_sites = json.dumps(kept) if kept else ""
