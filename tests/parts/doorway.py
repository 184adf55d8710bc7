"""A vision part before a store of its own; what it would see of each frame is given to it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kiosk.cameras.frames import make_frame
from kiosk.domain.access import Doors
from kiosk.domain.errors import StoreBusy
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Embedding, Frame, Image
from kiosk.domain.trust import Levels
from kiosk.domain.verdict import Decision, Observation
from kiosk.identity.gallery import Gallery
from kiosk.identity.verifier import Verifier
from kiosk.parts.equipment import Equipment
from kiosk.parts.gate import Options as GateOptions
from kiosk.parts.gate import PassGate, Registry
from kiosk.parts.post import Post, open_post
from kiosk.parts.sight import Bench, VisionPart
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.runtime.beats import Beats
from kiosk.screens.events import Decided
from kiosk.screens.intents import Attention
from kiosk.store import Opening, Store
from kiosk.vision.manifest import EmbeddingModel
from tests.fakes.clock import FakeClock
from tests.identity.making import BOX, MODEL, OPTIONS, TABLE, a_face, a_quality, a_sample
from tests.store.making import somebody
from tests.sync.versions_making import shipped

SITE = "here"
BLANK: Image = np.full((240, 320, 3), 110, np.uint8)
FRAME_S = 0.3
FRAMES_MOST = 400


def a_model(name: str = MODEL, table: ScoreTable = TABLE) -> EmbeddingModel:
    """A model of that name, measured so far."""
    return replace(shipped(), source=replace(shipped().source, name=name), score_table=table, gallery_table=table)


@dataclass
class Seen:
    """Eyes before which one face stands for ever."""

    model: EmbeddingModel
    face: Embedding
    meanwhile: Callable[[], None]
    track: int = 1

    def see(self, frame: Frame, want_sample: bool) -> Observation:
        self.meanwhile()
        sample = a_sample(replace(self.face, model=self.model.name)) if want_sample else None
        return Observation(frame.taken_at, self.track, BOX, a_quality(), sample, faces=1)


@dataclass
class Doorway:
    """One enrolled person at a door that staff and camera serve from the test; each run of the part opens a bench.

    `while_looking` happens at each look at a face, `while_busy` whenever the store was found in use.
    """

    folder: Path
    table: ScoreTable = TABLE
    clock: FakeClock = field(default_factory=FakeClock)
    scene: Image = field(default_factory=lambda: BLANK)
    while_looking: Callable[[], None] = lambda: None
    while_busy: Callable[[], None] = lambda: None
    opened: int = 0
    refitted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.post: Post = open_post(self.clock)
        with self.store() as store:
            self.person = store.people.enrol(somebody("Ann Example", a_face(0)), self.clock.utc()).id
        self.show(MODEL)
        self.post.doors.put(Doors({}))
        self.post.attention.put(Attention.VISITORS)
        numbers = iter(range(1, 10_000))
        self.part = VisionPart(self._bench, self.post, Beats(self.clock), self.clock, lambda: f"d{next(numbers)}")

    def store(self) -> Store:
        return Store.open(self.folder, self.clock, Opening(patience_s=0.05))

    def show(self, model: str) -> None:
        """The gallery of that model."""
        with self.store() as store:
            found = [
                replace(one, embedding=replace(one.embedding, model=model)) for one in store.people.templates(MODEL)
            ]
        self.post.gallery.put(Gallery.from_templates(found, model))

    def asks(self, levels: Levels) -> None:
        self.post.levels.put(levels)

    @contextmanager
    def _bench(self) -> Iterator[Bench]:
        with self.store() as store:
            self.opened += 1
            eyes = Seen(a_model(MODEL, self.table), a_face(0), lambda: self.while_looking())
            verifier = Verifier(self.table, OPTIONS, self.part.new_id)
            registry = Registry(store.secrets.pass_keys(), SITE, MODEL, store.passes, store.people, store.tries)
            gate = PassGate(registry, GateOptions(every_nth_frame=1), ReadingOptions(), store.seen.reckon)

            def refit(equipment: Equipment) -> None:
                verifier.refit(equipment.model.gallery_table)
                eyes.model = equipment.model
                self.refitted.append(equipment.version)

            def feel() -> None:
                try:
                    store.pulse.feel()
                except StoreBusy:
                    self.while_busy()
                    raise

            yield Bench(eyes, verifier, gate, OPTIONS, store.people, store.journal, feel, refit)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Run the part, a frame after another, until that is so."""
        stop, frames = threading.Event(), iter(range(FRAMES_MOST))

        def up() -> None:
            if is_so() or next(frames, None) is None:
                stop.set()
                return
            self.come()

        self.part.run(stop, up)
        assert is_so()

    def come(self) -> None:
        """The next frame."""
        self.clock.advance(FRAME_S)
        self.post.frames.put(make_frame(self.scene, 320, self.clock.monotonic(), 0))

    def decisions(self) -> Sequence[Decision]:
        """What the screen was told since it was asked last."""
        return [event.decision for event in self.post.news.drain() if isinstance(event, Decided)]

    def answer(self) -> Decision:
        """How the person at the door is answered by a part that starts now."""
        found: list[Decision] = []

        def is_answered() -> bool:
            found.extend(self.decisions())
            return bool(found)

        self.until(is_answered)
        return found[0]
