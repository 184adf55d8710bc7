"""A new version's first embeddings of visitors are looked at: what is wrong with one of them ends its trial."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from kiosk.domain.errors import ModelUnfit
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Chip, Embedding
from kiosk.vision.golden import Embeds, Fault, fault_in, is_slow
from kiosk.vision.manifest import EmbeddingModel

EMBEDDINGS = 100
TIMED = 9
BREAKS = (RuntimeError, ValueError, ArithmeticError, MemoryError, IndexError)


@dataclass(slots=True)
class OnProbation:
    """An embedder that raises ModelUnfit at the first fault, and calls `passed` once after so many good vectors.

    `before_s` is what the model before takes for one face. Belongs to one thread.
    """

    embedder: Embeds
    clock: Clock
    before_s: float
    passed: Callable[[], None]
    left: int = EMBEDDINGS
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=TIMED))

    @property
    def model(self) -> EmbeddingModel:
        """What it runs."""
        return self.embedder.model

    def embed(self, chip: Chip) -> Embedding:
        """The embedding. Raises ModelUnfit where it is not as it should be, or too slow time after time."""
        if self.left <= 0:
            return self.embedder.embed(chip)
        began = self.clock.monotonic()
        embedding = self._made(chip)
        self._took.append(self.clock.monotonic() - began)
        fault = fault_in(embedding.vector, self.model.dimension) or self._slowness()
        if fault is not None:
            raise ModelUnfit("the new model does not do as it should: the one before is used again", fault.value)
        self.left -= 1
        if self.left == 0:
            self.passed()
        return embedding

    def _made(self, chip: Chip) -> Embedding:
        try:
            return self.embedder.embed(chip)
        except BREAKS as error:
            raise ModelUnfit("the new model broke: the one before is used again", Fault.BROKE.value) from error

    def _slowness(self) -> Fault | None:
        """One slow run may be the machine's; the median of several is the model's."""
        if len(self._took) < TIMED or not is_slow(median(self._took), self.before_s):
            return None
        return Fault.SLOW
