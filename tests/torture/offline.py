"""Thirty days without a network, then one sync: how long it takes, what memory it needs, whether the screen goes on."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fleet.hub import hub_in
from tests.fleet.promises import Card, Central
from tests.fleet.remote import Remote
from tests.torture.near import kiosk_of

DAYS = 30
IDLE_S = 15.0
PATIENCE_S = 1900.0
MEMORY_MOST_MB = 50.0


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """A whole kiosk with so many events; central comes back after 30 days."""
    del seed
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        hub, _ = stack.enter_context(hub_in(folder))
        kiosk = stack.enter_context(kiosk_of(hub, folder, "alone"))
        kiosk.ask("told")
        hub.stop()
        _asked(kiosk, "record", count=count, days=DAYS)
        progress(count // 2)
        idle = _asked(kiosk, "idle", seconds=IDLE_S)
        hub.start()
        busy = _asked(kiosk, "push_all")
        progress(count)
        card = Card(folder / "alone")
        (kiosk_id,) = [one["id"] for one in hub.ask("GET", "/v1/kiosks")]
        theirs = Central(hub.database).events_of(kiosk_id)
        more_mb = busy["rss_mb"] - idle["rss_mb"]
        whole = len(theirs) == len(set(theirs)) and set(theirs) == set(card.events)
    return {
        "ok": whole and more_mb <= MEMORY_MOST_MB,
        "events": len(theirs),
        "all_there_once": whole,
        "minutes": round(busy["seconds"] / 60, 2),
        "memory_idle_mb": idle["rss_mb"],
        "memory_over_idle_mb": round(more_mb, 1),
        "frames_per_s_idle": idle["frames_per_s"],
        "frames_per_s_meanwhile": busy["frames_per_s"],
        "turn_ms_99_idle": idle["turn_ms_99"],
        "turn_ms_99_meanwhile": busy["turn_ms_99"],
    }


def _asked(kiosk: Remote, what: str, **more: object) -> dict[str, float]:
    kiosk.tell(what, **more)
    return kiosk.answer(PATIENCE_S)
