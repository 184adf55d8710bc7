"""The vision part: looks at the newest frame, decides, records, and only then tells the screen."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Protocol, assert_never

from kiosk.domain.errors import BadSettings, ModelError, ModelUnfit, NotFound, PassRefused, StoreBusy
from kiosk.domain.people import PassClaims
from kiosk.domain.ports import Clock, Journal, People
from kiosk.domain.sight import Frame
from kiosk.domain.trust import Levels, Strictness
from kiosk.domain.verdict import Decision, Observation, Reason
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.identity.calibration import with_levels
from kiosk.identity.gallery import Gallery
from kiosk.identity.verifier import Verifier
from kiosk.parts.consequences import aftermath_of, alone, refusal, ruled
from kiosk.parts.equipment import Equipment, Verdict
from kiosk.parts.gate import PassGate, WithoutFace
from kiosk.parts.post import Post
from kiosk.runtime.beats import Beats
from kiosk.runtime.logs import facts
from kiosk.screens.events import Decided, PassRead, Saw
from kiosk.screens.intents import Attention
from kiosk.vision.golden import Fault
from kiosk.vision.manifest import EmbeddingModel

log = logging.getLogger(__name__)

VISION = "vision"
PATIENCE_S = 0.25
ENROL_EVERY_S = 0.3
FEEL_EVERY_S = 0.25
GAP_S = 2.0


class Eyes(Protocol):
    """What the vision part needs of kiosk.vision."""

    @property
    def model(self) -> EmbeddingModel:
        """The embedding model in use."""
        ...

    def see(self, frame: Frame, want_sample: bool) -> Observation:
        """What this frame shows; with an embedded sample where one is wanted and the face is good enough."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What the vision thread opens for as long as it runs and uses alone."""

    eyes: Eyes
    verifier: Verifier
    gate: PassGate
    identity: IdentityOptions
    people: People
    journal: Journal
    feel_store: Callable[[], None]
    refit: Callable[[Equipment], None]


@dataclass(slots=True)
class VisionPart:
    """Owns the interpreters, the tracker, the verifier and a connection to the store (inside the bench)."""

    open_bench: Callable[[], AbstractContextManager[Bench]]
    post: Post
    beats: Beats
    clock: Clock
    new_id: Callable[[], str]
    name: str = VISION
    zone: tzinfo | None = None
    _claim: PassClaims | None = field(default=None, repr=False)
    _attention: Attention | None = None
    _levels: Levels | None = None
    _checks_passes: bool = True
    _next_sample: float = 0.0
    _next_feel: float = 0.0
    _seen_at: float = 0.0
    _fitted: Equipment | None = None

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Look at frames until told to stop. Raises ModelError, StoreError."""
        self._claim, self._attention, self._fitted, self._levels = None, None, None, None
        self.post.waiting.end(VISION)
        with self.open_bench() as bench:
            while not stop.is_set():
                self.beats.beat(VISION)
                try:
                    self._turn(bench, stop)
                except StoreBusy:
                    self._wait_for_store(bench, stop)
                else:
                    up()

    def _turn(self, bench: Bench, stop: threading.Event) -> None:
        self._feel(bench)
        if self.post.gallery.peek() is not None:
            self.post.ready.set()
        frame = self.post.frames.take(PATIENCE_S, stop)
        if frame is not None:
            self._fit(bench)
            self._look_or_go_back(bench, frame)

    def _wait_for_store(self, bench: Bench, stop: threading.Event) -> None:
        """Somebody writes it, the kiosk itself perhaps, which writes it anew after an erasure. To open all again would
        take longer; nobody is let in meanwhile, and who stands there is looked at anew afterwards.
        """
        self.post.waiting.begin(VISION)
        self._next_feel = 0.0
        self._forget(bench)
        bench.gate.forget()
        self.post.frames.take(PATIENCE_S, stop)

    def _fit(self, bench: Bench) -> None:
        """Between two frames: the model that is wanted, once everybody's templates of it are there.

        Not in the middle of an enrolment, whose pictures would be of two models.
        """
        wanted, gallery = self.post.model.peek(), self.post.gallery.peek()
        if wanted is None or wanted is self._fitted or gallery is None or gallery.model != wanted.model.name:
            return
        if self._fitted is not None and self.post.attention.peek() is Attention.ENROLMENT:
            return
        try:
            self._refit(bench, wanted)
        except ModelUnfit as unfit:
            self._go_back(bench, wanted, unfit.reason)
        except BadSettings:
            self._go_back(bench, wanted, Fault.UNMEASURED.value)
        except ModelError:
            self._go_back(bench, wanted, Fault.UNREADABLE.value)

    def _refit(self, bench: Bench, wanted: Equipment) -> None:
        """What a pass carries may be of the model before: it is read again. Levels that it lacked are tried anew."""
        if wanted.version or self._fitted is not None:  # a bench is opened with what came with the kiosk
            bench.refit(wanted)
        self._fitted, self._claim, self._levels = wanted, None, None
        bench.gate.forget()
        log.info("the embedding model in use changed", extra=facts(model=wanted.model.name))

    def _look_or_go_back(self, bench: Bench, frame: Frame) -> None:
        try:
            self._look(bench, frame)
        except ModelUnfit as unfit:
            if self._fitted is None:
                raise
            self._go_back(bench, self._fitted, unfit.reason)

    def _go_back(self, bench: Bench, failed: Equipment, reason: str) -> None:
        """The model before, at once, and for everybody. Raises ModelError, BadSettings where there is none."""
        log.warning("the embedding model failed", extra=facts(model=failed.model.name, reason=reason))
        self.post.verdicts.post(Verdict(failed.version, reason))
        if failed.before is None:
            raise ModelError("the model can't be used as it is, and there is none before it: restore the models folder")
        self.post.model.put(failed.before)
        self._refit(bench, failed.before)

    def _feel(self, bench: Bench) -> None:
        """A store that can't be written is found out before a visitor comes whose visit could not be recorded."""
        now = self.clock.monotonic()
        if now >= self._next_feel:
            self._next_feel = now + FEEL_EVERY_S
            bench.feel_store()
            self.post.waiting.end(VISION)

    def _look(self, bench: Bench, frame: Frame) -> None:
        if frame.taken_at > self._seen_at + GAP_S:
            self._claim = None  # the camera was away, and so may be whoever held up that pass
        self._seen_at = frame.taken_at
        attention = self.post.attention.peek()
        if attention is not self._attention:
            self._attention = attention
            bench.gate.forget()
        match attention:
            case Attention.ENROLMENT:
                self._enrol(bench, frame)
            case Attention.VISITORS:
                self._visit(bench, frame)
            case Attention.CODES:
                self._read_codes(bench, frame)
            case Attention.REST | None:
                self._forget(bench)
            case unknown:
                assert_never(unknown)

    def _forget(self, bench: Bench) -> None:
        self._claim = None
        bench.verifier.reset()

    def _enrol(self, bench: Bench, frame: Frame) -> None:
        """Every good frame may become a sample, but not so fast that all are of one moment."""
        self._forget(bench)
        observation = bench.eyes.see(frame, frame.taken_at >= self._next_sample)
        if observation.sample is not None:
            self._next_sample = frame.taken_at + ENROL_EVERY_S
        self.post.sights.post(Saw(observation))

    def _visit(self, bench: Bench, frame: Frame) -> None:
        gallery = self.post.gallery.peek()
        if gallery is None or gallery.model != bench.eyes.model.name:
            return  # the staff worker is about to bring the one of this model: two models never meet
        self._heed_levels(bench)
        self._look_for_pass(bench, frame)
        want = bench.verifier.wants_sample(self._claim)
        observation = bench.eyes.see(frame, want)
        self.post.sights.post(Saw(observation))
        self._decide(bench, gallery, observation)

    def _read_codes(self, bench: Bench, frame: Frame) -> None:
        """Somebody does not want their face looked at: a pass is all that is looked for."""
        self._forget(bench)
        claim = self._pass_in(bench, frame) if self.post.doors.peek() is not None else None
        if claim is not None:
            rule = bench.gate.options.without_face
            self._tell(bench, alone(claim, rule, self.new_id(), frame.taken_at), claim)

    def _heed_levels(self, bench: Bench) -> None:
        """What staff or central chose holds from the next visit on, and after every start of this part.

        Raises ModelUnfit where the model was not measured for it, and there is one before it.
        """
        levels = self.post.levels.peek()
        if levels is None or levels == self._levels:
            return
        try:
            bench.verifier.adopt(with_levels(bench.identity, levels))
            self._checks_passes = True
        except BadSettings as error:
            if self._fitted is not None and self._fitted.before is not None:
                sentence = "the model was not measured for how sure passes have to be: the one before is used again"
                raise ModelUnfit(sentence, Fault.UNMEASURED.value) from error
            self._leave_passes_to_staff(bench, levels)
        self._levels = levels

    def _leave_passes_to_staff(self, bench: Bench, levels: Levels) -> None:
        """The level of passes is beyond this model: rather than a laxer one, staff decides on each. Faces go on."""
        log.error("the model was not measured for how sure passes have to be: they are left to staff")
        bench.verifier.adopt(with_levels(bench.identity, replace(levels, claim=Strictness.NORMAL)))  # decides on none
        self._checks_passes, self._claim = False, None
        bench.gate.forget()

    def _decide(self, bench: Bench, gallery: Gallery, observation: Observation) -> None:
        claim = self._claim
        decision = bench.verifier.consider(observation, gallery, claim)
        if decision is not None:
            self._claim = None
            self._tell(bench, self._timed(decision), claim)

    def _timed(self, decision: Decision) -> Decision:
        """With the time that this frame spent in here added to the latency."""
        inside_s = max(0.0, self.clock.monotonic() - decision.taken_at)
        return replace(decision, latency_s=decision.latency_s + inside_s)

    def _look_for_pass(self, bench: Bench, frame: Frame) -> None:
        claim = self._pass_in(bench, frame)
        if claim is None:
            return
        if not self._checks_passes:
            self._tell(bench, alone(claim, WithoutFace.STAFF, self.new_id(), frame.taken_at), claim)
            return
        self._claim = claim
        self.post.news.post(PassRead(frame.taken_at + bench.identity.claim_wait_s))

    def _pass_in(self, bench: Bench, frame: Frame) -> PassClaims | None:
        """What a pass newly held up says; one that must not be used is answered at once."""
        try:
            return bench.gate.look(frame)
        except PassRefused as refused:
            self._claim = None
            self._tell(bench, self._refusal(refused, frame.taken_at))
            return None

    def _refusal(self, refused: PassRefused, taken_at: float) -> Decision:
        return refusal(refused, self.new_id(), taken_at, max(0.0, self.clock.monotonic() - taken_at))

    def _tell(self, bench: Bench, decision: Decision, claim: PassClaims | None = None) -> None:
        """Ruled on first, recorded second, shown third. A single-use pass used up in between lets nobody in."""
        now, doors = self.clock.utc(), self.post.doors.peek()
        if doors is None:
            return
        decision = ruled(decision, claim, doors, bench.gate.reckon(), self.zone)
        try:
            bench.journal.record(decision, now, aftermath_of(decision, claim))
        except PassRefused as refused:
            self._tell(bench, self._refusal(refused, decision.taken_at))
            return
        told = {"decision": decision.id, "outcome": decision.outcome.value, "reason": decision.reason.value}
        log.info("decided", extra=facts(**told, latency_ms=round(decision.latency_s * 1000, 1)))
        self.post.decision_ms.put(decision.latency_s * 1000)
        self.post.recents.add(decision, now)
        self.post.news.post(Decided(replace(decision, probe=None), _name_of(bench.people, decision)))


def _name_of(people: People, decision: Decision) -> str | None:
    """The name to greet with; None when nobody is admitted, or the person was erased this very moment.

    A pass alone does not show whose it is: whoever found one would learn a name.
    """
    if not decision.admits or decision.person is None or decision.reason is Reason.PASS_ALONE:
        return None
    try:
        return people.find(decision.person).name
    except NotFound:
        return None
