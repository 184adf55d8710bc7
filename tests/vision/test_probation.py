"""What the golden chips and the probation find out about a model, with the real one and with broken ones."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from kiosk.domain.errors import ModelUnfit
from kiosk.domain.sight import Chip, Embedding, Floats, frozen
from kiosk.vision import Pipeline
from kiosk.vision.golden import Fault, fault_of, golden_chips, is_slow, speed_s
from kiosk.vision.manifest import EmbeddingModel
from kiosk.vision.probation import EMBEDDINGS, TIMED, OnProbation
from tests.fakes.clock import FakeClock


@dataclass
class Broken:
    """The real embedder until its runs are used up, then a broken one, by what is done to its vectors or instead."""

    real: Pipeline
    clock: FakeClock
    fault: str = ""
    after: int = 0
    took_s: float = 0.01
    runs: int = field(default=0)

    @property
    def model(self) -> EmbeddingModel:
        return self.real.model

    def embed(self, chip: Chip) -> Embedding:
        self.runs += 1
        self.clock.advance(self.took_s)
        good = self.real.embedder.embed(chip).vector
        return Embedding(frozen(self._spoilt(good) if self.runs > self.after else good), self.model.name)

    def _spoilt(self, good: Floats) -> Floats:
        match self.fault:
            case "not-finite":
                return np.full_like(good, np.nan)
            case "not-unit":
                return np.array(good * 2)
            case "wrong-length":
                return good[:-1].copy()
            case "blind":
                return np.full_like(good, len(good) ** -0.5)
            case "not-deterministic":
                noisy = good + np.float32(1e-3 * self.runs)
                return np.asarray(noisy / np.linalg.norm(noisy), np.float32)
            case "broke":
                raise RuntimeError("the runtime gave up")
            case "slow":
                self.clock.advance(1.0)
        return good.copy()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_the_model_that_comes_with_the_kiosk_passes_its_golden_chips(shared_eyes: Pipeline) -> None:
    assert fault_of(shared_eyes.embedder) is None


def test_golden_chips_have_the_size_that_the_model_wants(shared_eyes: Pipeline) -> None:
    chips = golden_chips(shared_eyes.model)
    assert {chip.pixels.shape for chip in chips.values()} == {(150, 150, 3)}


@pytest.mark.parametrize("fault", ["not-finite", "not-unit", "wrong-length", "blind", "not-deterministic"])
def test_golden_chips_tell_what_is_wrong(shared_eyes: Pipeline, clock: FakeClock, fault: str) -> None:
    assert fault_of(Broken(shared_eyes, clock, fault)) == Fault(fault)


def test_speed_is_the_median_and_compared_with_the_model_in_use(shared_eyes: Pipeline, clock: FakeClock) -> None:
    assert speed_s(Broken(shared_eyes, clock, took_s=0.05), clock) == pytest.approx(0.05)
    assert is_slow(0.1, 0.03)
    assert not is_slow(0.08, 0.03)
    assert not is_slow(0.019, 0.001)


def test_probation_is_over_after_enough_good_embeddings_and_says_so_once(
    shared_eyes: Pipeline, clock: FakeClock
) -> None:
    said: list[str] = []
    embedder = OnProbation(Broken(shared_eyes, clock), clock, 0.01, lambda: said.append("passed"))
    chip = golden_chips(shared_eyes.model)["face"]
    for number in range(EMBEDDINGS + 5):
        assert bool(said) is (number >= EMBEDDINGS)
        embedder.embed(chip)
    assert said == ["passed"]


@pytest.mark.parametrize("fault", ["not-finite", "not-unit", "wrong-length", "broke"])
def test_probation_ends_at_the_first_bad_embedding(shared_eyes: Pipeline, clock: FakeClock, fault: str) -> None:
    said: list[str] = []
    broken = Broken(shared_eyes, clock, fault, after=7)
    embedder = OnProbation(broken, clock, 0.01, lambda: said.append("passed"))
    chip = golden_chips(shared_eyes.model)["face"]
    for _ in range(7):
        embedder.embed(chip)
    with pytest.raises(ModelUnfit) as caught:
        embedder.embed(chip)
    assert caught.value.reason == fault
    assert not said


def test_a_model_that_became_slow_ends_its_probation_but_one_slow_run_does_not(
    shared_eyes: Pipeline, clock: FakeClock
) -> None:
    broken = Broken(shared_eyes, clock)
    embedder = OnProbation(broken, clock, 0.01, lambda: None)
    chip = golden_chips(shared_eyes.model)["face"]
    for number in range(20):
        broken.fault = "slow" if number == 15 else ""
        embedder.embed(chip)
    broken.fault = "slow"
    with pytest.raises(ModelUnfit) as caught:
        for _ in range(TIMED):
            embedder.embed(chip)
    assert caught.value.reason == "slow"
