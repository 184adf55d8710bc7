"""How soon a kiosk knows that an admin withdrew a pass, or erased somebody. Two real kiosks, one real central.

Seconds are counted from the moment when the admin's request leaves, on the monotonic clock that all processes share.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kiosk.runtime.clock import SystemClock
from tests.fleet.hub import Hub, hub_in
from tests.fleet.remote import Remote

MOST_S = 2.0
SITE = "site"


@dataclass
class Pair:
    """Two kiosks of one site."""

    hub: Hub
    here: Remote
    there: Remote


@contextmanager
def kiosk_of(hub: Hub, folder: Path, name: str) -> Iterator[Remote]:
    """A whole kiosk that is paired."""
    kiosk = Remote.start(name, folder / f"{name}.log", "tests.journeys.fleet_kiosk", str(folder / name), hub.url)
    try:
        kiosk.ask("ready")
        shown = kiosk.ask("pair")
        hub.confirm(shown["code"], shown["fingerprint"], name, SITE)
        kiosk.ask("paired")
        yield kiosk
    finally:
        kiosk.kill()


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """So many rounds: somebody is added at one kiosk; their pass is withdrawn, then they are erased."""
    known: list[float] = []
    refused: list[float] = []
    forgotten: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        hub, _ = stack.enter_context(hub_in(folder))
        pair = Pair(hub, *(stack.enter_context(kiosk_of(hub, folder, name)) for name in ("here", "there")))
        for number in range(count):
            added, at_s = _added(pair, seed * 1000 + number)
            known.append(at_s)
            refused.append(_refused(pair, added["pass"]))
            forgotten.append(_forgotten(pair, added["person"]))
            progress(number + 1)
    worst = max(*refused, *forgotten)
    return {
        "ok": worst <= MOST_S,
        "rounds": count,
        **_figures("known_elsewhere", known),
        **_figures("pass_refused", refused),
        **_figures("erased_unknown", forgotten),
    }


def _added(pair: Pair, seed: int) -> tuple[dict[str, str], float]:
    begun = SystemClock().monotonic()
    added = pair.here.ask("add", name=f"Visitor {seed}", seed=seed)
    there = pair.there.ask("knows", person=added["person"])
    pair.there.ask("takes", pass_text=added["pass"])
    return added, there["at"] - begun


def _refused(pair: Pair, text: str) -> float:
    (number,) = [one["id"] for one in pair.hub.ask("GET", "/v1/passes?limit=1")["passes"]]
    pair.there.tell("refuses", pass_text=text)
    begun = SystemClock().monotonic()
    pair.hub.ask("POST", f"/v1/passes/{number}/revoke")
    at: float = pair.there.answer()["at"]
    return at - begun


def _forgotten(pair: Pair, person: str) -> float:
    pair.there.tell("forgets", person=person)
    begun = SystemClock().monotonic()
    pair.hub.ask("DELETE", f"/v1/people/{person}")
    at: float = pair.there.answer()["at"]
    return at - begun


def _figures(name: str, seconds: list[float]) -> dict[str, float]:
    ranked = sorted(seconds)
    return {f"{name}_median_s": round(ranked[len(ranked) // 2], 2), f"{name}_most_s": round(ranked[-1], 2)}
