"""From a vector to an answer: what was seen, what it was compared with, and what was decided and why."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.sight import Box, Chip, Embedding


class Outcome(StrEnum):
    """What the kiosk answers a visitor. Between known and unknown lies `UNSURE`, which asks for the QR pass."""

    RECOGNISED = "recognised"
    UNKNOWN = "unknown"
    UNSURE = "unsure"
    VERIFIED = "verified"
    REFUSED = "refused"


class Reason(StrEnum):
    """The one plain cause of an answer: the same code on the screen, in the log and in the JSON."""

    FACE_MATCHES = "face-matches"
    NOBODY_SIMILAR = "nobody-similar"
    NOT_SURE_ENOUGH = "not-sure-enough"
    NOBODY_ENROLLED = "nobody-enrolled"
    TOO_MANY_PEOPLE = "too-many-people"
    FACE_MATCHES_PASS = "face-matches-pass"
    FACE_NOT_OF_PASS = "face-not-of-pass"
    PASS_UNREADABLE = "pass-unreadable"
    PASS_FORGED = "pass-forged"
    PASS_EXPIRED = "pass-expired"
    PASS_NOT_YET = "pass-not-yet"
    PASS_REVOKED = "pass-revoked"
    PASS_FOREIGN = "pass-foreign"
    PASS_PERSON_GONE = "pass-person-gone"
    PASS_WITHOUT_FACE = "pass-without-face"
    PASS_USED = "pass-used"
    PASS_OUTDATED = "pass-outdated"
    PASS_ALONE = "pass-alone"
    TOO_MANY_TRIES = "too-many-tries"
    CLOCK_UNSURE = "clock-unsure"
    TWO_ALIKE = "two-alike"
    OUTSIDE_HOURS = "outside-hours"
    NOT_YET_VALID = "not-yet-valid"
    NO_LONGER_VALID = "no-longer-valid"
    DISABLED = "disabled"


class Advice(StrEnum):
    """What a visitor can do for a better picture; the order is the order in which it helps."""

    TURN_UP_LIGHT = "turn-up-light"
    TOO_BRIGHT = "too-bright"
    COME_CLOSER = "come-closer"
    STEP_BACK = "step-back"
    MOVE_INTO_FRAME = "move-into-frame"
    LOOK_AT_CAMERA = "look-at-camera"
    HOLD_STILL = "hold-still"


@dataclass(frozen=True, slots=True)
class Quality:
    """How usable a face is. `advice` is the first thing to mend, None when the face is good enough.

    face_px: distance between the eyes in pixels of `main`; sharpness: variance of the Laplacian of the
    face at 96x96; brightness and contrast: 0..1 of the face's luma (mean, spread); yaw_deg, pitch_deg,
    roll_deg: head pose, positive = to the person's left, up, clockwise as seen; cut: share of the
    box outside the frame, 0..1.
    """

    face_px: float
    sharpness: float
    brightness: float
    contrast: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    cut: float
    advice: Advice | None

    @property
    def weight(self) -> float:
        """0 for an unusable face, else growing with size, sharpness and frontality up to 1."""
        if self.advice is not None:
            return 0.0
        size = min(self.face_px / 100.0, 1.0)
        sharp = min(self.sharpness / 400.0, 1.0)
        front = max(0.0, 1.0 - (abs(self.yaw_deg) + abs(self.pitch_deg)) / 90.0)
        return max(0.05, size * (0.5 + 0.5 * sharp) * front)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One embedded good face of a track: what enrolment collects and what a decision votes with."""

    embedding: Embedding
    quality: Quality
    chip: Chip


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """The face that a decision compared: the mean direction of its good frames, and the best of their chips."""

    embedding: Embedding
    chip: Chip


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What vision says of one frame about the visitor (the largest face in the zone).

    `track` is None when nobody is there. `faces` counts all faces in the frame. `sample` is present only
    in frames in which this track was embedded. `keypoints` as in `Face`, for drawing.
    """

    taken_at: float
    track: int | None = None
    box: Box | None = None
    quality: Quality | None = None
    sample: Sample | None = None
    faces: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A person of the gallery and the cosine of their best template with the probe."""

    person: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer. `similarity` and `threshold` are cosines (None where no face was compared).

    `taken_at` is the monotonic time of the frame that settled it; `latency_s` runs from the first
    frame that was good enough to the decision; `pass_id` names the pass that was held up, if any (never a
    carried one). `wait_s`: no further try with that pass is heard before (TOO_MANY_TRIES, or the failure
    that led to it). `probe`: the compared face, which stays in memory and is in no text form of a decision.
    """

    id: str
    outcome: Outcome
    reason: Reason
    taken_at: float
    latency_s: float
    person: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    pass_id: str | None = None
    wait_s: float = 0.0
    probe: Probe | None = field(default=None, repr=False, compare=False)

    @property
    def admits(self) -> bool:
        """True when this answer lets the visitor in."""
        return self.outcome in (Outcome.RECOGNISED, Outcome.VERIFIED)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a decision changes besides the journal, in the same transaction.

    `failed`: the subject (see `Tries`) whose failed tries grow by one; `cleared`: the one whose are forgotten;
    `spent`: the single-use pass that is used up, with its last moment (`expires_utc`) so that it can be forgotten.
    """

    failed: str | None = None
    cleared: str | None = None
    spent: str | None = None
    spent_until_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal. Holds ids and codes, never a name, face or token."""

    id: str
    seq: int
    at_utc: datetime
    kind: str
    outcome: str | None
    reason: str | None
    person: str | None
    similarity: float | None
    threshold: float | None
    latency_ms: float | None
