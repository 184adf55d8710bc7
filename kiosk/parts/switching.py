"""The models part: tries a version that has come, takes it in use once nobody would be unknown by it, and goes back.

It runs beside vision, never in its loop. What becomes of a version is written down before it is done, so that no
version that breaks the process is tried for ever.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from kiosk.domain.errors import BadSettings, ModelError, ModelUnfit
from kiosk.domain.people import Coverage
from kiosk.domain.ports import Clock
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.identity.calibration import claim_level, open_level, with_levels
from kiosk.parts.equipment import Equipment, Verdict
from kiosk.parts.post import Post
from kiosk.runtime.logs import facts
from kiosk.sync.trials import State, Trials, known
from kiosk.sync.versions import Versions
from kiosk.vision.embedder import open_embedder
from kiosk.vision.golden import Embeds, Fault, fault_of, is_slow, speed_s
from kiosk.vision.manifest import EmbeddingModel
from kiosk.vision.probation import BREAKS
from kiosk.vision.versions import described
from kiosk.wire.pulled import DueModel
from kiosk.wire.pushed import ModelReport

log = logging.getLogger(__name__)

MODELS = "models"
TURN_S = 0.5
LOOK_EVERY_S = 5.0
ASK_EVERY_S = 60.0
TELL_EVERY = timedelta(days=1)
ENDLESS_S = 1.0


@dataclass(frozen=True, slots=True)
class House:
    """What the models part needs of the rest of the kiosk.

    `coverage` says what the templates of another model are worth. `report` hands reports on; False: not now.
    """

    coverage: Callable[[str, str], Coverage]
    identity: IdentityOptions
    shipped: EmbeddingModel
    open: Callable[[EmbeddingModel], Embeds] = lambda model: open_embedder(model, 1)
    report: Callable[[Sequence[ModelReport]], bool] = lambda _reports: False


@dataclass(frozen=True, slots=True)
class _Target:
    """A version that is to run here, by its id and tag; "" is the one that came with the kiosk."""

    version: str
    tag: str


@dataclass(slots=True)
class ModelsPart:
    """Owns the file of trials. The versions are filled by whoever talks to central."""

    versions: Versions
    trials: Trials
    house: House
    post: Post
    clock: Clock
    name: str = MODELS
    _sound: dict[str, float] = field(default_factory=dict)
    _look_at: float = 0.0
    _told: tuple[str, int, datetime] | None = None
    _asked: tuple[str, str, int] | None = None
    _ask_at: float = 0.0

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Look after the versions until told to stop. Raises StoreError."""
        current = self.post.model.peek()
        if current is not None and self.trials.state().trying != current.version:
            self.trials.pause()
        while not stop.is_set():
            self.turn()
            up()
            self.clock.wait(stop, TURN_S)
        self.trials.pause()

    def turn(self) -> None:
        """One look at everything. Raises StoreError."""
        for verdict in self.post.verdicts.drain():
            self._heed(verdict)
        self._tell()
        now, current = self.clock.monotonic(), self.post.model.peek()
        if current is None or now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        state = self._agreeing(current)
        if not state.trying:
            self._go_on(state, current)

    def _heed(self, verdict: Verdict) -> None:
        state = self.trials.state()
        if verdict.fault:
            self._fail(_Target(verdict.version, self._tag_of(verdict.version)), verdict.fault)
        elif verdict.version == state.trying:
            self.trials.run(verdict.version, self._report(state.trying_tag, "running"))

    def _agreeing(self, current: Equipment) -> State:
        """What is written down is what runs: a version that could not be opened at the start has failed."""
        state = self.trials.state()
        if current.version in (state.running, state.trying):
            return state
        damaged = _Target(state.running, self._tag_of(state.running))
        self.versions.remove(state.running)
        return self._fail(damaged, Fault.DAMAGED.value)

    def _go_on(self, state: State, current: Equipment) -> None:
        """Towards what central wants to be run here, if that is something else and might be of use."""
        due = self.versions.due()
        target = None if due is None else self._target(due)
        if target is None or target.version == current.version or target.version in state.failed:
            return
        try:
            self._approach(target, current)
        except ModelUnfit as unfit:
            if unfit.reason == Fault.DAMAGED.value:
                self.versions.remove(target.version)
            self._fail(target, unfit.reason)
        except ModelError:
            self._fail(target, Fault.UNREADABLE.value)

    def _target(self, due: DueModel) -> _Target | None:
        if due.sha256 == self.versions.shipped:
            return _Target("", due.tag)
        with suppress(ModelError):
            version = described(due.manifest).id
            return _Target(version, due.tag) if self.versions.is_there(version) else None
        return None

    def _approach(self, target: _Target, current: Equipment) -> None:
        """Golden chips first, then wait until nobody would be unknown by it. Raises ModelError.

        That may take weeks, and to ask is to check the file and to compare all templates: it is done every minute, and
        when the gallery was made anew.
        """
        asked, now = (target.version, current.version, self.post.gallery.puts), self.clock.monotonic()
        if asked == self._asked and now < self._ask_at:
            return
        model = self.versions.open(target.version) if target.version else self.house.shipped
        if target.version and target.version not in self._sound:
            self._sound[target.version] = self._tried(target, model, current.model)
        coverage = self.house.coverage(current.model.name, model.name)
        if coverage.missing:
            self._asked, self._ask_at = asked, now + ASK_EVERY_S
            self._wait(target, coverage.missing)
            return
        self._check_sureness(model, current.model, coverage.templates)
        self._switch(target, model, current)

    def _tried(self, target: _Target, model: EmbeddingModel, in_use: EmbeddingModel) -> float:
        """What the model in use takes for one face, where the new one passes the golden chips. Raises ModelError."""
        self.trials.attempt(target.version, target.tag)
        try:
            before_s = speed_s(self.house.open(in_use), self.clock)
            self._check(self.house.open(model), before_s)
        except BREAKS as error:
            raise ModelUnfit("the new model broke on the golden chips", Fault.BROKE.value) from error
        self.trials.pause()
        return before_s

    def _check(self, embedder: Embeds, before_s: float) -> None:
        took_s = speed_s(embedder, self.clock)
        fault = Fault.SLOW if took_s > ENDLESS_S or is_slow(took_s, before_s) else fault_of(embedder)
        if fault is not None:
            raise ModelUnfit("the new model does not do as it should with the golden chips", fault.value)

    def _check_sureness(self, model: EmbeddingModel, in_use: EmbeddingModel, templates: int) -> None:
        """A model measured too little to be as sure as staff want could name nobody, where the one in use can.

        Raises ModelUnfit.
        """
        levels = self.post.levels.peek()
        options = self.house.identity if levels is None else with_levels(self.house.identity, levels)
        sentence = "the new model was not measured far enough for the levels of this kiosk"
        try:
            claim_level(model.gallery_table, options)
        except BadSettings as error:
            raise ModelUnfit(sentence, Fault.UNMEASURED.value) from error
        new, old = (open_level(one.gallery_table, templates, options) for one in (model, in_use))
        if new is None and old is not None:
            raise ModelUnfit(sentence, Fault.UNMEASURED.value)

    def _switch(self, target: _Target, model: EmbeddingModel, current: Equipment) -> None:
        before = replace(current, before=None, probation_s=None)
        if not target.version:
            self.trials.run("", self._report(target.tag, "running"))
            self.post.model.put(Equipment(model, before=before))
            return
        self.trials.attempt(target.version, target.tag)
        log.info("a new model is on probation", extra=facts(model=target.tag))
        self.post.model.put(Equipment(model, target.version, self._sound[target.version], before))

    def _wait(self, target: _Target, missing: int) -> None:
        """Said when it changes, and not more than once a day: an admin decides what becomes of those people."""
        now = self.clock.utc()
        if self._told is not None and self._told[0] == target.version and now - self._told[2] < TELL_EVERY:
            return
        self._told = (target.version, missing, now)
        self.trials.tell(self._report(target.tag, "waiting", missing=missing))

    def _fail(self, target: _Target, reason: str) -> State:
        log.warning("a model is not used", extra=facts(model=target.tag, reason=reason))
        self._sound.pop(target.version, None)
        report = self._report(target.tag, "failed", reason=reason)
        return self.trials.fail(target.version, report, for_good=reason != Fault.DAMAGED.value)

    def _tell(self) -> None:
        reports = self.trials.state().reports
        if reports and self.house.report(reports):
            self.trials.told(reports)

    def _report(self, tag: str, state: str, *, reason: str = "", missing: int = 0) -> ModelReport:
        at_utc = known(self.clock.utc())
        return ModelReport(tag=tag, state=state, reason=reason, missing=missing, at_utc=at_utc)

    def _tag_of(self, version: str) -> str:
        """How central calls it; its id where even that is not known any more."""
        state = self.trials.state()
        if version == state.trying:
            return state.trying_tag
        return self.versions.tag_of(version) or version or "shipped"
