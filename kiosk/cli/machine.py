"""How the machine itself is, as Linux tells it in /proc and /sys; `root` is / but for tests."""

import re
from dataclasses import dataclass
from pathlib import Path

MULTI_TOUCH_X = 0x35  # ABS_MT_POSITION_X of linux/input-event-codes.h
WORN_OUT_SHARE = 0.8
_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_NOW = {0: "under-voltage", 1: "a capped frequency", 2: "throttling", 3: "a soft temperature limit"}


@dataclass(frozen=True, slots=True)
class Throttling:
    """What a Raspberry Pi's firmware holds back at the moment, and what it had to since the start."""

    now: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A memory card's own word: the share of its life that is used up, 0..1, and whether it is near its end."""

    name: str
    used: float
    is_ending: bool


def touchscreens(root: Path) -> tuple[str, ...]:
    """The names of the input devices that report where fingers are."""
    blocks = _text(root / "proc/bus/input/devices").split("\n\n")
    found = []
    for block in blocks:
        name = re.search(r'^N: Name="(.*)"$', block, re.MULTILINE)
        axes = re.search(r"^B: ABS=([0-9a-f ]+)$", block, re.MULTILINE)
        if name and axes and _bits(axes[1]) >> MULTI_TOUCH_X & 1:
            found.append(name[1])
    return tuple(found)


def hottest_c(root: Path) -> float | None:
    """The highest temperature that the machine measures, in degrees Celsius; None where it measures none."""
    texts = [_text(path) for path in (root / "sys/class/thermal").glob("thermal_zone*/temp")]
    found = [int(text) / 1000 for text in texts if re.fullmatch(r"-?\d+\s*", text)]
    return max(found) if found else None


def throttling(root: Path) -> Throttling | None:
    """What the firmware of a Raspberry Pi holds back; None on other machines."""
    text = _text(root / _THROTTLED).strip()
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]+", text):
        return None
    bits = int(text, 16)
    now = tuple(word for bit, word in _NOW.items() if bits >> bit & 1)
    before = tuple(word for bit, word in _NOW.items() if bits >> (bit + 16) & 1 and not bits >> bit & 1)
    return Throttling(now, before)


def cards(root: Path) -> tuple[Card, ...]:
    """Memory cards that tell how worn they are (eMMC always, SD cards seldom)."""
    found = []
    for device in sorted((root / "sys/block").glob("mmcblk*/device")):
        lives = [int(part, 16) for part in _text(device / "life_time").split() if re.fullmatch(r"0x[0-9a-f]+", part)]
        ending = _text(device / "pre_eol_info").strip()
        if lives or ending:
            found.append(Card(device.parent.name, min(1.0, max(lives, default=0) / 10), ending in ("0x02", "0x03")))
    return tuple(found)


def is_read_only(root: Path, folder: Path) -> bool:
    """Whether the file system of that folder may only be read."""
    best, flags = "", ""
    for line in _text(root / "proc/self/mounts").splitlines():
        parts = line.split()
        if len(parts) >= 4:
            place = parts[1].replace("\\040", " ")
            inside = place == "/" or str(folder) == place or str(folder).startswith(place + "/")
            if inside and len(place) >= len(best):
                best, flags = place, parts[3]
    return "ro" in flags.split(",")


def is_synchronised(root: Path) -> bool:
    """Whether the clock was set from the network since the start, as far as systemd knows."""
    return (root / "run/systemd/timesync/synchronized").exists()


def _bits(words: str) -> int:
    """The kernel's bit mask: words of 64 bits in hexadecimal, the highest first."""
    number = 0
    for word in words.split():
        number = number << 64 | int(word, 16)
    return number


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
