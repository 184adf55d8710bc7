"""The vision part: looks at the newest frame, decides, records, and only then tells the screen."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from kiosk.domain.errors import NotFound, PassRefused
from kiosk.domain.people import PassClaims
from kiosk.domain.ports import Clock, Journal, People
from kiosk.domain.sight import Frame
from kiosk.domain.verdict import Decision, Observation, Outcome
from kiosk.identity.gallery import Gallery
from kiosk.identity.verifier import Verifier
from kiosk.parts.gate import PassGate
from kiosk.parts.post import Post
from kiosk.runtime.beats import Beats
from kiosk.screens.events import Decided, PassRead, Saw
from kiosk.screens.intents import Attention

VISION = "vision"
PATIENCE_S = 0.25
ENROL_EVERY_S = 0.3


class Eyes(Protocol):
    """What the vision part needs of kiosk.vision."""

    def see(self, frame: Frame, want_sample: bool) -> Observation:
        """What this frame shows; with an embedded sample where one is wanted and the face is good enough."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What the vision thread opens for as long as it runs and uses alone."""

    eyes: Eyes
    verifier: Verifier
    gate: PassGate
    claim_wait_s: float
    people: People
    journal: Journal


@dataclass(slots=True)
class VisionPart:
    """Owns the interpreters, the tracker, the verifier and a connection to the store (inside the bench)."""

    open_bench: Callable[[], AbstractContextManager[Bench]]
    post: Post
    beats: Beats
    clock: Clock
    new_id: Callable[[], str]
    name: str = VISION
    _claim: PassClaims | None = field(default=None, repr=False)
    _next_sample: float = 0.0

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Look at frames until told to stop. Raises ModelError, StoreError."""
        with self.open_bench() as bench:
            while not stop.is_set():
                self.beats.beat(VISION)
                if self.post.gallery.peek() is not None:
                    self.post.ready.set()
                frame = self.post.frames.take(PATIENCE_S, stop)
                if frame is not None:
                    self._look(bench, frame)
                    up()

    def _look(self, bench: Bench, frame: Frame) -> None:
        attention = self.post.attention.peek()
        if attention is Attention.ENROLMENT:
            self._enrol(bench, frame)
        elif attention is Attention.VISITORS:
            self._visit(bench, frame)
        else:
            self._forget(bench)

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
        if gallery is None:
            return
        self._look_for_pass(bench, frame)
        want = bench.verifier.wants_sample(self._claim)
        observation = bench.eyes.see(frame, want)
        self.post.sights.post(Saw(observation))
        self._decide(bench, gallery, observation)

    def _decide(self, bench: Bench, gallery: Gallery, observation: Observation) -> None:
        decision = bench.verifier.consider(observation, gallery, self._claim)
        if decision is not None:
            self._claim = None
            self._tell(bench, self._timed(decision))

    def _timed(self, decision: Decision) -> Decision:
        """With the time that this frame spent in here added to the latency."""
        inside_s = max(0.0, self.clock.monotonic() - decision.taken_at)
        return replace(decision, latency_s=decision.latency_s + inside_s)

    def _look_for_pass(self, bench: Bench, frame: Frame) -> None:
        try:
            claims = bench.gate.look(frame)
        except PassRefused as refused:
            self._claim = None
            self._tell(bench, self._refusal(frame, refused))
            return
        if claims is not None:
            self._claim = claims
            self.post.news.post(PassRead(frame.taken_at + bench.claim_wait_s))

    def _refusal(self, frame: Frame, refused: PassRefused) -> Decision:
        return Decision(
            id=self.new_id(),
            outcome=Outcome.REFUSED,
            reason=refused.reason,
            taken_at=frame.taken_at,
            latency_s=max(0.0, self.clock.monotonic() - frame.taken_at),
        )

    def _tell(self, bench: Bench, decision: Decision) -> None:
        """Recorded first, shown second."""
        bench.journal.record(decision, self.clock.utc())
        self.post.news.post(Decided(decision, _name_of(bench.people, decision)))


def _name_of(people: People, decision: Decision) -> str | None:
    """The name to greet with; None when nobody is admitted, or the person was erased this very moment."""
    if not decision.admits or decision.person is None:
        return None
    try:
        return people.find(decision.person).name
    except NotFound:
        return None
