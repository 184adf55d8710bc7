"""The sites that a kiosk was moved away from: it has their people until it was told of everybody where it is now."""

import json
from collections.abc import Iterable

from kiosk.central.kiosks.tables import KioskRow


def sites_left(text: str) -> frozenset[str]:
    """Those of which it may still have people, as its row has them."""
    return frozenset(json.loads(text)) if text else frozenset()


def has_moved(row: KioskRow, before: str | None) -> None:
    """It was there until now, if anywhere; it may have been moved on before it was told of everybody."""
    _keep(row, {*sites_left(row.left_sites), before or ""} - {row.site, ""})


def has_arrived(row: KioskRow, sites: Iterable[str]) -> None:
    """It has nobody of those any more."""
    _keep(row, sites_left(row.left_sites) - set(sites))


def _keep(row: KioskRow, sites: Iterable[str]) -> None:
    kept = sorted(sites)
    row.left_sites = json.dumps(kept) if kept else ""
