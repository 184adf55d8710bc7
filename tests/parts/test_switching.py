"""The models part: what it does with a version that has come, and with what vision says of it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.people import Coverage
from kiosk.domain.sight import Chip, Embedding, frozen
from kiosk.identity.calibration import Options
from kiosk.identity.gallery import Gallery
from kiosk.parts.equipment import Equipment, Verdict, equipped
from kiosk.parts.post import Post, open_post
from kiosk.parts.switching import House as Surroundings
from kiosk.parts.switching import ModelsPart
from kiosk.sync.trials import State, Trials
from kiosk.sync.versions import Versions
from kiosk.vision.embedder import Embedder, open_embedder
from kiosk.vision.golden import Embeds
from kiosk.vision.manifest import EmbeddingModel
from kiosk.wire.pushed import ModelReport
from tests.fakes.clock import FakeClock
from tests.sync.versions_making import Sent, a_version, another, fetched, shipped, shipped_content, versions_in


@dataclass
class NotANumber:
    """A model that gives vectors of no numbers."""

    model: EmbeddingModel

    def embed(self, chip: Chip) -> Embedding:
        return Embedding(frozen(np.full(self.model.dimension, np.nan, np.float32)), self.model.name)


@dataclass
class GivesUp:
    """A model at which the runtime gives up."""

    model: EmbeddingModel

    def embed(self, chip: Chip) -> Embedding:
        raise RuntimeError("the runtime gave up")


@dataclass
class Sleepy:
    """A model that takes its time."""

    real: Embedder
    clock: FakeClock

    @property
    def model(self) -> EmbeddingModel:
        return self.real.model

    def embed(self, chip: Chip) -> Embedding:
        self.clock.advance(0.4)
        return self.real.embed(chip)


@dataclass
class Kit:
    """A models part on a real folder; who would be unknown by the new model is as a test says."""

    folder: Path
    clock: FakeClock
    post: Post
    coverage: Coverage = field(default_factory=lambda: Coverage(0, 10))
    open: Callable[[EmbeddingModel], Embeds] = lambda model: open_embedder(model, 1)
    opened: list[str] = field(default_factory=list)
    heard: list[ModelReport] = field(default_factory=list)
    hears: bool = True
    asked: int = 0

    @property
    def versions(self) -> Versions:
        return versions_in(self.folder)

    @property
    def trials(self) -> Trials:
        return Trials(self.folder)

    @property
    def state(self) -> State:
        return self.trials.state()

    @property
    def wanted(self) -> Equipment:
        found = self.post.model.peek()
        assert found is not None
        return found

    def start(self) -> ModelsPart:
        """As at the start of a process."""
        self.trials.begin(self.clock.utc())
        self.post = open_post(self.clock)
        self.post.model.put(equipped(self.versions, self.state, shipped()))

        def opened(model: EmbeddingModel) -> Embeds:
            self.opened.append(model.name)
            return open_embedder(model, 1) if model.name == shipped().name else self.open(model)

        house = Surroundings(self._covered, Options(), shipped(), opened, self._hear)
        return ModelsPart(self.versions, self.trials, house, self.post, self.clock)

    def _covered(self, _model: str, _other: str) -> Coverage:
        self.asked += 1
        return self.coverage

    def _hear(self, reports: Sequence[ModelReport]) -> bool:
        self.heard += reports if self.hears else []
        return self.hears

    def turn(self, part: ModelsPart, times: int = 2) -> None:
        for _ in range(times):
            self.clock.advance(10.0)
            part.turn()

    @property
    def said(self) -> list[tuple[str, str, str, int]]:
        return [(one.tag, one.state, one.reason, one.missing) for one in self.heard]


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    clock = FakeClock()
    return Kit(tmp_path / "models", clock, open_post(clock))


def switched(kit: Kit, sent: Sent) -> ModelsPart:
    """That version runs, its probation over."""
    fetched(kit.versions, sent)
    part = kit.start()
    kit.turn(part, 1)
    assert kit.wanted.version == sent.id
    kit.post.verdicts.post(Verdict(sent.id))
    kit.turn(part)
    return part


def test_a_kiosk_that_was_never_told_anything_goes_on_with_what_came_with_it(kit: Kit) -> None:
    part = kit.start()
    kit.turn(part)
    assert kit.wanted.model.name == shipped().name
    assert kit.opened == []


def test_a_version_that_is_whole_and_known_by_everybody_is_put_on_probation(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    part = kit.start()
    before = kit.wanted
    kit.turn(part)
    assert (kit.wanted.version, kit.wanted.model.name) == (sent.id, "second")
    assert kit.wanted.probation_s is not None
    assert kit.wanted.before is not None
    assert kit.wanted.before.model is before.model
    assert (kit.state.running, kit.state.trying) == ("", sent.id)  # a crash now leads back
    assert kit.said == []


def test_a_version_that_passed_its_probation_runs_also_after_a_restart(kit: Kit) -> None:
    sent = a_version()
    switched(kit, sent)
    assert (kit.state.running, kit.state.trying) == (sent.id, "")
    assert kit.said == [("second", "running", "", 0)]
    part = kit.start()
    kit.turn(part)
    assert kit.wanted.version == sent.id
    assert kit.wanted.probation_s is None
    assert kit.said == [("second", "running", "", 0)]


def test_nobody_is_locked_out_the_old_model_runs_while_one_person_has_no_template(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    kit.coverage = Coverage(1, 99_999)
    part = kit.start()
    kit.turn(part, 50)
    assert kit.wanted.version == ""
    assert kit.said == [("second", "waiting", "", 1)]
    kit.coverage = Coverage(0, 100_000)
    kit.turn(part, 6)
    assert kit.wanted.version == sent.id


def test_through_the_weeks_of_a_wait_it_is_asked_every_minute_who_is_missing(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    kit.coverage = Coverage(1, 99_999)
    part = kit.start()
    kit.turn(part, 60)
    assert kit.asked == 10
    kit.coverage = Coverage(0, 100_000)
    kit.post.gallery.put(Gallery.from_templates([], shipped().name))  # somebody got a template
    kit.turn(part, 1)
    assert kit.wanted.version == sent.id


def test_who_is_missing_is_said_once_a_day(kit: Kit) -> None:
    fetched(kit.versions, a_version())
    kit.coverage = Coverage(5, 10)
    part = kit.start()
    kit.turn(part)
    kit.coverage = Coverage(3, 12)
    kit.turn(part)
    kit.clock.advance(86_400)
    kit.turn(part)
    assert [missing for *_, missing in kit.said] == [5, 3]


def test_the_golden_chips_are_asked_once_however_long_the_wait(kit: Kit) -> None:
    fetched(kit.versions, a_version())
    kit.coverage = Coverage(5, 10)
    part = kit.start()
    kit.turn(part, 10)
    assert kit.opened == [shipped().name, "second"]


@pytest.mark.parametrize(("kind", "reason"), [(NotANumber, "not-finite"), (GivesUp, "broke")])
def test_a_version_that_fails_its_golden_chips_is_reported_and_never_tried_again(
    kit: Kit, kind: Callable[[EmbeddingModel], Embeds], reason: str
) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    kit.open = kind
    for _ in range(2):
        kit.turn(kit.start(), 5)
        assert kit.wanted.version == ""
    assert kit.opened.count("second") == 1
    assert kit.state.failed == {sent.id: reason}
    assert kit.said == [("second", "failed", reason, 0)]


def test_a_version_that_is_too_slow_for_this_machine_fails(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    kit.open = lambda model: Sleepy(open_embedder(model, 1), kit.clock)
    kit.turn(kit.start())
    assert kit.state.failed == {sent.id: "slow"}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"scores": []}, "unmeasured"),
        ({"gallery_scores": [[0.5, 0.1], [0.01, 0.5]]}, "unmeasured"),
        ({"dimension": 64}, "unreadable"),
        ({"recipe": {}}, "unreadable"),
    ],
)
def test_a_version_that_can_t_serve_here_fails_with_its_reason(kit: Kit, wrong: dict[str, object], reason: str) -> None:
    sent = a_version(**wrong)
    fetched(kit.versions, sent)
    kit.turn(kit.start())
    assert kit.state.failed == {sent.id: reason}
    assert kit.wanted.version == ""


def test_a_version_measured_too_little_for_so_many_people_fails(kit: Kit) -> None:
    sent = a_version(gallery_scores=[[0.5, 0.1], [1e-5, 0.5]])
    fetched(kit.versions, sent)
    kit.coverage = Coverage(0, 500)
    kit.turn(kit.start())
    assert kit.state.failed == {sent.id: "unmeasured"}


def test_a_version_that_fails_on_probation_goes_and_is_reported(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    part = kit.start()
    kit.turn(part)
    before = kit.wanted.before
    assert before is not None
    kit.post.verdicts.post(Verdict(sent.id, "not-finite"))
    kit.post.model.put(before)  # as vision does in the same moment
    kit.turn(part, 5)
    assert kit.wanted is before
    assert (kit.state.running, kit.state.trying, kit.state.failed) == ("", "", {sent.id: "not-finite"})
    assert kit.said == [("second", "failed", "not-finite", 0)]


def test_a_version_at_which_the_process_dies_twice_is_not_tried_a_third_time(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    for _ in range(2):
        kit.turn(kit.start())
        assert kit.wanted.version == sent.id
    kit.turn(kit.start(), 5)
    assert kit.wanted.version == ""
    assert kit.said == [("second", "failed", "died", 0)]


def test_the_trial_is_written_down_before_the_file_is_opened(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    seen: list[str] = []

    def opened(model: EmbeddingModel) -> Embeds:
        seen.append(kit.state.trying)
        return open_embedder(model, 1)

    kit.open = opened
    kit.turn(kit.start(), 1)
    assert seen == [sent.id]


def test_a_clean_stop_on_probation_is_no_death(kit: Kit) -> None:
    sent = a_version()
    fetched(kit.versions, sent)
    for _ in range(4):
        part = kit.start()
        kit.turn(part)
        assert kit.wanted.version == sent.id
        stop = threading.Event()
        stop.set()
        part.run(stop, lambda: None)
    assert kit.state.failed == {}


def test_central_can_go_back_to_what_came_with_the_kiosk(kit: Kit) -> None:
    part = switched(kit, a_version())
    kit.versions.note(a_version(shipped().name, shipped_content()).due)
    kit.turn(part)
    assert kit.wanted.model.name == shipped().name
    assert kit.state.running == ""
    assert kit.said[-1] == (shipped().name, "running", "", 0)


def test_a_second_version_that_fails_leads_back_to_the_first(kit: Kit) -> None:
    first, second = a_version("first"), a_version("second", another(2))
    part = switched(kit, first)
    fetched(kit.versions, second)
    kit.turn(part)
    assert kit.wanted.version == second.id
    assert kit.wanted.before is not None
    assert kit.wanted.before.version == first.id
    kit.post.verdicts.post(Verdict(second.id, "slow"))
    kit.post.model.put(kit.wanted.before)
    kit.turn(part)
    assert (kit.wanted.version, kit.state.running) == (first.id, first.id)


def test_a_running_version_that_got_damaged_gives_way_and_may_be_fetched_again(kit: Kit) -> None:
    sent = a_version()
    switched(kit, sent)
    (kit.folder / sent.id / "model.tflite").write_bytes(b"damaged")
    part = kit.start()
    kit.turn(part)
    assert kit.wanted.model.name == shipped().name
    assert kit.state.running == ""
    assert kit.said[-1][1:3] == ("failed", "damaged")
    fetched(kit.versions, sent)
    kit.turn(part)
    assert kit.wanted.version == sent.id


def test_reports_wait_until_somebody_takes_them(kit: Kit) -> None:
    kit.hears = False
    part = switched(kit, a_version())
    assert kit.heard == []
    kit.hears = True
    kit.turn(part, 5)
    assert kit.said == [("second", "running", "", 0)]
