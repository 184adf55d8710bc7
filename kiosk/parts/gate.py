"""The pass gate: reads QR codes from frames and says of each new one whether it may be used, and why not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import cv2

from kiosk.domain.errors import NotFound, PassRefused
from kiosk.domain.ids import is_id
from kiosk.domain.options import option
from kiosk.domain.people import PassClaims, PassKind
from kiosk.domain.ports import Passes, People, Tries
from kiosk.domain.reckoning import Reckoning
from kiosk.domain.sight import Frame, Image
from kiosk.domain.trust import subject_of
from kiosk.domain.verdict import Reason
from kiosk.passes import token
from kiosk.passes.keys import CheckingKey
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.passes.reading import read_codes


class WithoutFace(StrEnum):
    """What a valid pass does without a face: sends its bearer to staff, or lets them in."""

    STAFF = "staff"
    ADMIT = "admit"


@dataclass(frozen=True, slots=True)
class Options:
    """How passes are looked for, and what those issued here are like."""

    every_nth_frame: int = option(2, "Look for a QR code in every n-th frame that is looked at.", low=1, high=30)
    reading_width: int = option(960, "Frames are shrunk to this width for reading.", low=320, high=1920, unit="px")
    again_after_s: float = option(4.0, "The same code is not handled again before.", low=1, high=60, unit="s")
    valid_hours: int = option(8, "How long a pass issued on the screens is valid.", low=1, high=8760, unit="h")
    single_use: bool = option(False, "Whether every pass issued is for one visit only.")
    without_face: WithoutFace = option(
        WithoutFace.STAFF,
        "What a valid pass does for somebody who does not want their face looked at: staff lets them in, or admit.",
    )


@dataclass(frozen=True, slots=True)
class Accepted:
    """Whose passes are good at this moment, and for which sites: ours, and those that central told of."""

    keys: tuple[CheckingKey, ...]
    sites: frozenset[str]


@dataclass(frozen=True, slots=True)
class Registry:
    """What a pass is checked against: our keys, site and model, the passes' and people's records, failed tries.

    `ask`, where given, says at each check which keys and sites are good, in place of `keys` and `site`: central may
    tell of a new key, or drop one, while the kiosk runs.
    """

    keys: tuple[CheckingKey, ...]
    site: str
    model: str
    passes: Passes
    people: People
    tries: Tries
    ask: Callable[[], Accepted] | None = None

    def check(self, text: str, now: Reckoning) -> PassClaims:
        """What the pass says. Raises PassRefused with the first reason against it, in the order of `Reason`s below.

        Unreadable, forged, foreign, clock unsure, not yet, expired, outdated, person gone, revoked, used up, too many
        failed tries.
        """
        good = Accepted(self.keys, frozenset({self.site})) if self.ask is None else self.ask()
        claims = self._of_whom_it_is(token.check(text, good.keys, good.sites, now))
        self._check_bearer(claims)
        if self.passes.is_withdrawn(claims):
            raise PassRefused("this pass was withdrawn; ask staff for a new one", Reason.PASS_REVOKED)
        if self.passes.is_spent(claims):
            raise PassRefused("this pass was for one visit and has been used; ask staff for another", Reason.PASS_USED)
        wait_s = self.tries.wait_s(subject_of(claims))
        if wait_s > 0:
            sentence = "this pass was tried with another face too often; wait a little, or ask staff"
            raise PassRefused(sentence, Reason.TOO_MANY_TRIES, wait_s)
        return claims

    def _of_whom_it_is(self, claims: PassClaims) -> PassClaims:
        """The code was drawn once; whose pass it is may have changed, where two records were found to be one person."""
        if claims.kind is PassKind.CARRIED or not is_id(claims.person):
            return claims
        try:
            return replace(claims, person=self.passes.pass_of(claims.pass_id).person)
        except NotFound:
            return claims

    def _check_bearer(self, claims: PassClaims) -> None:
        """Somebody enrolled, or a template that this kiosk's model made."""
        if claims.template is not None:
            if claims.template.model != self.model:
                raise PassRefused("this pass is of an older make; ask staff for a new one", Reason.PASS_OUTDATED)
            return
        try:
            self.people.find(claims.person)
        except NotFound as error:
            reason = Reason.PASS_PERSON_GONE
            raise PassRefused("nobody is enrolled under this pass any more; ask staff", reason) from error


@dataclass(slots=True)
class PassGate:
    """Looks at frames on the vision thread. Remembers the code it handled last, so that one showing is one answer."""

    registry: Registry
    options: Options
    reading: ReadingOptions
    reckon: Callable[[], Reckoning]
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
        return self.registry.check(text, self.reckon())

    def forget(self) -> None:
        """Take the code that is held up now for a new one."""
        self._handled = ""


def _shrunk(image: Image, width: int) -> Image:
    if image.shape[1] <= width:
        return image
    height = round(image.shape[0] * width / image.shape[1])
    shrunk: Image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    return shrunk
