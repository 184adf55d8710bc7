"""What visitors and staff see and touch: a pure flow, pure views, and one pygame window that draws them."""

import os
from dataclasses import dataclass

from kiosk.domain.options import option

# pygame greets on stdout when it is imported, where `--json` promises that nothing else is written.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")


@dataclass(frozen=True, slots=True)
class Options:
    """How the window opens. Width and height count only when it is not full screen, or there is no display."""

    fullscreen: bool = option(True, "Fill the whole display; false opens a window of the size below.")
    width: int = option(1024, "Width of the window.", low=320, high=3840, unit="px")
    height: int = option(600, "Height of the window.", low=320, high=3840, unit="px")
    show_pointer: bool = option(False, "Show the mouse pointer, for a kiosk without a touchscreen.")
