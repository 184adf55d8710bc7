"""The first pull of many people: how long, how much memory, and whether a killed kiosk goes on from there."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kiosk.runtime.clock import SystemClock
from tests.central.waiting import until
from tests.fleet.crowd import fill
from tests.fleet.hub import hub_in
from tests.fleet.promises import Card, Central
from tests.fleet.remote import Remote
from tests.torture.near import SITE, kiosk_of

KILLED_AT = 0.4
IDLE_S = 10.0
PATIENCE_S = 1900.0


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """A whole kiosk is paired with a central of so many people, killed on the way, and started again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        hub, _ = stack.enter_context(hub_in(folder))
        with kiosk_of(hub, folder, "new") as kiosk:
            idle = _asked(kiosk, "idle", seconds=IDLE_S)
            fill(hub.database, hub.folder, count, SITE, seed)
            progress(0)
            begun, card = SystemClock().monotonic(), Card(folder / "new")
            kiosk.tell("pull_all", people=count)
            until(lambda: here(card) >= count * KILLED_AT, "part of the people", PATIENCE_S)
            kiosk.kill()
        killed_s = SystemClock().monotonic() - begun
        kept = here(card)
        progress(kept)
        again = Remote.start("new", folder / "again.log", "tests.journeys.fleet_kiosk", str(folder / "new"), hub.url)
        stack.callback(again.kill)
        again.ask("ready")
        rest = _asked(again, "pull_all", people=count)
        progress(count)
        shown = rest.pop("progress", [])
        equal = card.people == Central(hub.database).people
    return {
        "ok": equal and bool(shown),
        "people": count,
        "equal": equal,
        "seconds_until_killed": round(killed_s, 1),
        "there_when_killed": kept,
        "seconds_after": rest["seconds"],
        "progress_shown_after": [*shown[:1], *shown[-1:]],
        "memory_idle_mb": idle["rss_mb"],
        "memory_most_mb": rest["rss_mb"],
        "frames_per_s_meanwhile": rest["frames_per_s"],
    }


def here(card: Card) -> int:
    """How many people the kiosk has."""
    return int(card.rows("SELECT count(*) FROM people")[0][0])


def _asked(kiosk: Remote, what: str, **more: object) -> dict[str, Any]:
    kiosk.tell(what, **more)
    return kiosk.answer(PATIENCE_S)
