"""The pass gate: reads QR codes from frames and says of each new one whether it may be used, and why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import cv2

from kiosk.domain.errors import NotFound, PassRefused
from kiosk.domain.options import option
from kiosk.domain.people import PassClaims
from kiosk.domain.ports import Passes, People
from kiosk.domain.sight import Frame, Image
from kiosk.domain.verdict import Reason
from kiosk.passes import token
from kiosk.passes.keys import PassKey
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.passes.reading import read_codes


@dataclass(frozen=True, slots=True)
class Options:
    """How passes are looked for."""

    every_nth_frame: int = option(2, "Look for a QR code in every n-th frame that is looked at.", low=1, high=30)
    reading_width: int = option(960, "Frames are shrunk to this width for reading.", low=320, high=1920, unit="px")
    again_after_s: float = option(4.0, "The same code is not handled again before.", low=1, high=60, unit="s")
    valid_hours: int = option(8, "How long a pass issued on the screens is valid.", low=1, high=8760, unit="h")


@dataclass(frozen=True, slots=True)
class Registry:
    """What a pass is checked against: our keys and site, the issued passes, the people."""

    keys: tuple[PassKey, ...]
    site: str
    passes: Passes
    people: People

    def check(self, text: str, now_utc: datetime) -> PassClaims:
        """What the pass says. Raises PassRefused with the reason: forged, expired, foreign, revoked, person gone."""
        claims = token.check(text, self.keys, self.site, now_utc)
        try:
            self.people.find(claims.person)
        except NotFound as error:
            reason = Reason.PASS_PERSON_GONE
            raise PassRefused("nobody is enrolled under this pass any more; ask staff", reason) from error
        if self._is_withdrawn(claims.pass_id):
            raise PassRefused("this pass was withdrawn; ask staff for a new one", Reason.PASS_REVOKED)
        return claims

    def _is_withdrawn(self, pass_id: str) -> bool:
        """Revoked, or unknown: a pass is remembered before it is shown, so that one not remembered was taken back."""
        try:
            return self.passes.pass_of(pass_id).revoked_utc is not None
        except NotFound:
            return True


@dataclass(slots=True)
class PassGate:
    """Looks at frames on the vision thread. Remembers the code it handled last, so that one showing is one answer."""

    registry: Registry
    options: Options
    reading: ReadingOptions
    utc: Callable[[], datetime]
    _handled: str = field(default="", repr=False)
    _quiet_until: float = 0.0
    _looks: int = 0

    def look(self, frame: Frame) -> PassClaims | None:
        """The claims of a pass that is newly held up, or None. Raises PassRefused for one that must not be used."""
        # Counted here: by the camera's numbers, a vision as slow as every other frame might never hit one.
        self._looks += 1
        if self._looks % self.options.every_nth_frame:
            return None
        picture = _shrunk(frame.main, self.options.reading_width)
        passes = [text for text in read_codes(picture, self.reading) if token.is_pass(text)]
        if not passes:
            return None
        text, seen_before = passes[0], passes[0] == self._handled and frame.taken_at < self._quiet_until
        self._quiet_until = frame.taken_at + self.options.again_after_s
        if seen_before:
            return None
        self._handled = text
        return self.registry.check(text, self.utc())


def _shrunk(image: Image, width: int) -> Image:
    if image.shape[1] <= width:
        return image
    height = round(image.shape[0] * width / image.shape[1])
    shrunk: Image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    return shrunk
