"""Which camera to use, and how."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kiosk.domain.options import option


class Kind(StrEnum):
    """The kinds of camera. `AUTO` takes the Pi camera if there is one, else a USB camera."""

    AUTO = "auto"
    PI = "pi"
    USB = "usb"
    REPLAY = "replay"


FIRST_FOUND = -1


@dataclass(frozen=True, slots=True)
class Options:
    """Which camera, at what size and rate."""

    kind: Kind = option(Kind.AUTO, "Kind of camera.")
    device: int = option(FIRST_FOUND, "Number of the camera among its kind; -1: the first one found.", low=-1, high=63)
    path: Path | None = option(None, "What a replay shows: a film, a picture, or a folder of pictures.")
    width: int = option(1280, "Width of a frame.", low=320, high=3840, unit="px")
    height: int = option(720, "Height of a frame.", low=240, high=2160, unit="px")
    lores_width: int = option(
        320, "Width of the small frame in which faces are looked for.", low=128, high=640, unit="px"
    )
    rate: float = option(20.0, "Frames per second.", low=1, high=120)
    lost_after_s: float = option(2.0, "Without a frame for this long, the camera is lost.", low=0.5, high=10, unit="s")
    hold_s: float = option(2.0, "How long a replay shows each picture; 0: for one frame.", low=0, high=60, unit="s")
    gap_s: float = option(1.0, "How long nothing is seen between two replayed pictures.", low=0, high=60, unit="s")
    loop: bool = option(False, "Whether a replay begins again at its end.")
