"""`kiosk doctor`'s findings about the machine: plain words, and what to do about each that is not good."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kiosk import __version__
from kiosk.cli import machine
from kiosk.cli.finding import Finding, State
from kiosk.domain.reckoning import Doubt, Reckoning
from kiosk.store.database import SQLITE_VERSION

HOT_C, TOO_HOT_C = 75.0, 82.0
PACKAGES = ("ai-edge-litert", "opencv-python-headless", "pygame-ce", "numpy", "zxing-cpp")
DOUBTS = {
    Doubt.NEVER_SET: "it was never set; set it (timedatectl), or connect the network",
    Doubt.RAN_BACKWARDS: "it ran backwards; set it, or if it is right now: kiosk doctor --trust-clock",
    Doubt.LEAPT_AHEAD: "it leapt ahead by more than a year; set it, or if it is right: kiosk doctor --trust-clock",
}


def about_machine(root: Path, folder: Path) -> Iterator[Finding]:
    """Touch, temperature, power, card and versions; `folder` is the store's."""
    yield _touch(root)
    yield _temperature(root)
    yield _power(root)
    yield from _cards(root, folder)
    yield Finding("versions", State.GOOD, versions())


def about_clock(root: Path, now: Reckoning) -> Finding:
    """Whether the time can be trusted. In doubt faces are still recognised, but no pass is good."""
    said = f"It says {now.utc:%Y-%m-%d %H:%M} UTC"
    if now.doubt is not None:
        return Finding("clock", State.WARNING, f"No pass can be judged: {DOUBTS[now.doubt]}.")
    if not machine.is_synchronised(root):
        return Finding("clock", State.GOOD, f"{said}, not set from a network since the start.")
    return Finding("clock", State.GOOD, f"{said}, set from the network.")


def versions() -> str:
    """What is installed, for a report."""
    parts = [f"kiosk {__version__}", f"Python {platform.python_version()}", f"SQLite {SQLITE_VERSION}"]
    for package in PACKAGES:
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            parts.append(f"{package} missing")
    return ", ".join(parts) + "."


def _touch(root: Path) -> Finding:
    found = machine.touchscreens(root)
    if found:
        return Finding("touch", State.GOOD, f"Fingers are felt by {', '.join(found)}.")
    return Finding("touch", State.WARNING, "No touchscreen was found; check its USB or ribbon cable, or use a mouse.")


def _temperature(root: Path) -> Finding:
    hottest = machine.hottest_c(root)
    if hottest is None:
        return Finding("heat", State.GOOD, "This machine does not measure its temperature.")
    if hottest >= TOO_HOT_C:
        return Finding("heat", State.BAD, f"{hottest:.0f} °C: it slows down; give it air or a fan, and shade.", 3)
    if hottest >= HOT_C:
        return Finding("heat", State.WARNING, f"{hottest:.0f} °C is warm; give it more air before summer.")
    return Finding("heat", State.GOOD, f"{hottest:.0f} °C.")


def _power(root: Path) -> Finding:
    held = machine.throttling(root)
    if held is None:
        return Finding("power", State.GOOD, "This machine does not report its supply.")
    if "under-voltage" in held.now:
        return Finding("power", State.BAD, "The supply is too weak; use the official one and a short cable.", 3)
    if held.now:
        return Finding("power", State.WARNING, f"Held back by {' and '.join(held.now)}; give it air.")
    if held.before:
        return Finding("power", State.WARNING, f"There was {' and '.join(held.before)} since the start; watch it.")
    return Finding("power", State.GOOD, "The supply is strong enough, nothing is held back.")


def _cards(root: Path, folder: Path) -> Iterator[Finding]:
    if machine.is_read_only(root, folder):
        sentence = "The store's file system turned read-only, as failing cards do; make a backup and replace the card."
        yield Finding("card", State.BAD, sentence, 4)
    for card in machine.cards(root):
        if card.is_ending or card.used >= machine.WORN_OUT_SHARE:
            sentence = f"{card.name} has used {card.used:.0%} of its life; make a backup and replace it soon."
            yield Finding("card", State.WARNING, sentence)
        else:
            yield Finding("card", State.GOOD, f"{card.name} has used {card.used:.0%} of its life.")
