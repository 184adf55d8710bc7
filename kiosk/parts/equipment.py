"""Which embedding model is wanted, and how vision takes it in use: model, table and passes in one go."""

from contextlib import suppress
from dataclasses import dataclass, field, replace

from kiosk.domain.errors import ModelError
from kiosk.domain.ports import Clock
from kiosk.identity.verifier import Verifier
from kiosk.parts.gate import PassGate
from kiosk.runtime.mailbox import Mailbox
from kiosk.sync.trials import State
from kiosk.sync.versions import Versions
from kiosk.vision.embedder import open_embedder
from kiosk.vision.manifest import EmbeddingModel
from kiosk.vision.pipeline import Pipeline
from kiosk.vision.probation import OnProbation


@dataclass(frozen=True, slots=True, eq=False)
class Equipment:
    """A model to embed with. `version`: its id, "" for the one that came with the kiosk.

    `probation_s`: it is new here, and this is what the model before takes for one face. `before` is what to go back to
    when it fails; None: there is nothing.
    """

    model: EmbeddingModel
    version: str = ""
    probation_s: float | None = None
    before: "Equipment | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a version did: `fault` is why it is not used any more, "" when its probation is over."""

    version: str
    fault: str = ""


def equipped(versions: Versions, state: State, shipped: EmbeddingModel) -> Equipment:
    """What runs after a start: the version that ran; the one before, or what came along, where it can't be opened."""
    came_along = Equipment(shipped)
    for version in (state.running, state.before):
        if version:
            with suppress(ModelError):
                return Equipment(versions.open(version), version, before=came_along)
    return came_along


@dataclass(frozen=True, slots=True)
class Fitting:
    """What has to change together on the vision thread when another model is used."""

    eyes: Pipeline
    verifier: Verifier
    gate: PassGate
    clock: Clock
    verdicts: Mailbox[Verdict]

    def fit(self, equipment: Equipment) -> None:
        """Use that from the next frame on. Raises ModelError, BadSettings; nothing is changed then."""
        model = equipment.model
        embedder = open_embedder(model, self.eyes.options.threads)
        self.verifier.refit(model.gallery_table)
        self.gate.registry = replace(self.gate.registry, model=model.name)
        if equipment.probation_s is None:
            self.eyes.refit(embedder)
            return
        passed = Verdict(equipment.version)
        before_s = equipment.probation_s
        self.eyes.refit(OnProbation(embedder, self.clock, before_s, lambda: self.verdicts.post(passed)))
