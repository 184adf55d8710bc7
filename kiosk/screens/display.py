"""The seam between the screen loop and whatever draws: touches come out, views go in."""

from collections.abc import Sequence
from typing import Protocol

from kiosk.domain.sight import Frame
from kiosk.screens.events import Pressed
from kiosk.screens.view import View


class Display(Protocol):
    """A screen that can be touched. One thread owns it."""

    @property
    def closed(self) -> bool:
        """True once somebody closed it: nothing more will be shown."""
        ...

    def touches(self) -> Sequence[Pressed]:
        """The buttons touched since the last call, in order; hit areas are those of the view last shown."""
        ...

    def show(self, view: View, frame: Frame | None) -> None:
        """Draw the view, with the camera's newest frame where it wants one."""
        ...
