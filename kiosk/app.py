"""The composition root: opens, wires, supervises and closes one kiosk. No logic; the only place that names classes."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from kiosk import vision
from kiosk.cameras import Kind, open_camera
from kiosk.domain.errors import ModelError, StoreError
from kiosk.domain.ids import new_id
from kiosk.domain.people import Coverage
from kiosk.domain.ports import Camera, Clock
from kiosk.identity.verifier import Verifier
from kiosk.parts.camera import CAMERA, CameraPart
from kiosk.parts.desk import Desk, Rules
from kiosk.parts.downloads import DownloadPart
from kiosk.parts.equipment import Fitting, equipped
from kiosk.parts.gate import Accepted, PassGate, Registry
from kiosk.parts.post import Post, open_post
from kiosk.parts.report import Ending, Reporter, all_of, status_of
from kiosk.parts.screen import ScreenLoop, quiet_limits
from kiosk.parts.sight import VISION, Bench, VisionPart
from kiosk.parts.staff import StaffPart
from kiosk.parts.switching import House, ModelsPart
from kiosk.parts.sync import Line, StreamPart, SyncPart
from kiosk.parts.vitals import Vitals
from kiosk.runtime.beats import Beats
from kiosk.runtime.clock import SystemClock
from kiosk.runtime.signals import stopped_by_signals
from kiosk.runtime.supervisor import Part, Supervisor
from kiosk.runtime.watchdog import Watchdog, this_service
from kiosk.screens.flow import first_state
from kiosk.screens.window import Window
from kiosk.settings import Settings, models_folder
from kiosk.store import Opening, Store
from kiosk.store.presence import Presence
from kiosk.sync.engine import Rhythm
from kiosk.sync.ports import Central
from kiosk.sync.signature import Signer
from kiosk.sync.stream import Wake
from kiosk.sync.trials import Trials
from kiosk.sync.versions import FOLDER, Versions
from kiosk.vision.manifest import EmbeddingModel, load_manifest
from kiosk.wire.pushed import ModelReport

# On the screens somebody waits: after half a second they are told that the store is in use.
IMPATIENT = Opening(patience_s=0.5)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `kiosk run` is asked for besides the settings."""

    headless: bool = False
    json: bool = False
    until_end: bool = False
    screenshots: Path | None = None


@dataclass(frozen=True, slots=True)
class Kiosk:
    """One wired kiosk: run `loop.run(stop)` on the main thread between `supervisor.start()` and `stop()`."""

    window: Window
    loop: ScreenLoop
    supervisor: Supervisor
    finished: threading.Event


def run(settings: Settings, options: RunOptions, out: TextIO = sys.stdout) -> int:
    """Run the kiosk until it is stopped, its window closed, or (until_end) its replay over; the exit code."""
    clock = SystemClock()

    def camera() -> Camera:
        return open_camera(settings.camera, clock)

    stop = threading.Event()
    if options.headless or settings.camera.kind is Kind.REPLAY:
        # Nobody would see a screen that says what is missing: better to end at once.
        with camera(), Store.open(settings.kiosk.store.expanduser(), clock):
            pass
    with (
        opened(settings, clock, camera, headless=options.headless, attended=not options.headless) as kiosk,
        stopped_by_signals(stop),
    ):
        watchdog = watchdog_of(kiosk, clock)
        reporter = Reporter(kiosk.window.screenshot, clock, options.screenshots, out if options.json else None)
        ending = Ending(kiosk.finished if options.until_end else threading.Event(), stop, clock)
        kiosk.loop.on_decision = reporter.decided
        kiosk.loop.on_tick = all_of(reporter.tick, ending.tick, lambda: watchdog.tick(status_of(kiosk.loop.state)))
        kiosk.loop.run(stop)
        watchdog.stopping()
    return 0


def watchdog_of(kiosk: Kiosk, clock: Clock) -> Watchdog:
    """What the service manager is told: ready with models and gallery, alive while frames flow and vision answers."""
    loop = kiosk.loop
    return Watchdog(this_service(), loop.beats, clock, (CAMERA, VISION), loop.post.ready.is_set)


@contextmanager
def opened(
    settings: Settings, clock: Clock, camera: Callable[[], Camera], *, headless: bool, attended: bool = True
) -> Iterator[Kiosk]:
    """A running kiosk; everything is stopped and closed on the way out. Raises KioskError.

    Unattended, with nobody there to touch the screen, it serves visitors even before a staff PIN was chosen.
    """
    post, beats, finished = open_post(clock), Beats(clock), threading.Event()
    presence = Presence(settings.kiosk.store.expanduser())

    def manned() -> Desk:
        presence.hold()
        return open_desk(settings, clock, IMPATIENT)

    with Window.open(settings.screen, headless=headless) as window, closing(presence):
        # Whether there is a PIN is for the staff worker to say: one typed before it is there would be turned down.
        loop = ScreenLoop(window, first_state(True), post, beats, clock, on_decision=lambda _: None)
        loop.quiet, loop.knows_pin = quiet_limits(settings.camera.rate), not attended
        loop.keeps_pictures = settings.kiosk.keep_pictures
        parts: tuple[Part, ...] = (
            CameraPart(camera, post, beats, finished, clock),
            VisionPart(lambda: _bench(settings, clock, post), post, beats, clock, lambda: new_id(clock.utc())),
            StaffPart(manned, post, clock),
        )
        with suppress(ModelError):  # what came with the kiosk is broken: vision will say so
            parts = (*parts, *_models_parts(settings, clock, post))
        synced = _sync_parts(settings, clock, post, Vitals(post, beats, clock, lambda: loop.health_of(CAMERA)))
        supervisor = Supervisor(clock, (*parts, *synced), loop.hear)
        supervisor.start()
        try:
            yield Kiosk(window, loop, supervisor, finished)
        finally:
            supervisor.stop()


def _sync_parts(settings: Settings, clock: Clock, post: Post, vitals: Vitals) -> tuple[SyncPart, StreamPart]:
    """They wait until the kiosk is paired, on its screen or by `kiosk sync pair`."""

    opened, wake, line = _opening(settings, clock), Wake(post.wake), line_of(settings, clock)
    return SyncPart(opened, line, post, wake, vitals, clock), StreamPart(opened, line, wake, clock)


def _opening(settings: Settings, clock: Clock) -> Callable[[], Store]:
    """The store, for parts that nobody waits for: those that visitors need have looked at every page already."""
    return lambda: Store.open(settings.kiosk.store.expanduser(), clock, replace(IMPATIENT, every_page=False))


def line_of(settings: Settings, clock: Clock) -> Line:
    """How central is reached with these settings."""
    options = settings.sync

    def dial(url: str, signer: Signer | None, is_over: Callable[[], bool]) -> Central:
        from kiosk.sync.client import open_central, patience_of  # a kiosk that is not paired does without its weight

        return open_central(url, options, patience_of(clock, is_over), signer)

    return Line(dial, options.url, Rhythm(options.heart_beat_s, options.poll_s))


def open_desk(settings: Settings, clock: Clock, opening: Opening | None = None) -> Desk:
    """The staff desk over the store of these settings."""
    rules = Rules(
        embedding_in_use(settings),
        settings.identity,
        settings.kiosk.site,
        settings.passes.valid_hours,
        single_use=settings.passes.single_use,
        keep_pictures=settings.kiosk.keep_pictures,
    )
    store = Store.open(settings.kiosk.store.expanduser(), clock, opening)
    return Desk(store, rules, clock, lambda: new_id(clock.utc()))


def registry_of(store: Store, settings: Settings, model: str) -> Registry:
    """What passes are checked against: the keys and records of that store, for templates of `model`."""

    def accepted() -> Accepted:
        return Accepted(store.secrets.good_keys(), store.membership.sites() | {settings.kiosk.site})

    keys, site = store.secrets.pass_keys(), settings.kiosk.site
    return Registry(keys, site, model, store.passes, store.people, store.tries, accepted)


@contextmanager
def _bench(settings: Settings, clock: Clock, post: Post) -> Iterator[Bench]:
    with Store.open(settings.kiosk.store.expanduser(), clock, IMPATIENT) as store:
        store.pulse.prove()
        eyes = vision.open_vision(models_folder(settings), settings.vision)
        registry = registry_of(store, settings, eyes.model.name)
        gate = PassGate(registry, settings.passes, settings.codes, store.seen.reckon)
        verifier = Verifier(eyes.model.gallery_table, settings.identity, lambda: new_id(clock.utc()))
        fit = Fitting(eyes, verifier, gate, clock, post.verdicts).fit
        yield Bench(eyes, verifier, gate, settings.identity, store.people, store.journal, store.pulse.feel, fit)


def embedding_in_use(settings: Settings) -> EmbeddingModel:
    """The embedding model that a kiosk with these settings runs. Raises ModelError."""
    shipped = load_manifest(models_folder(settings)).embedding
    versions = versions_of(settings, shipped)
    return equipped(versions, Trials(versions.folder).state(), shipped).model


def versions_of(settings: Settings, shipped: EmbeddingModel) -> Versions:
    """The versions of the model that lie beside the store."""
    return Versions(settings.kiosk.store.expanduser() / FOLDER, shipped.source.sha256)


def _models_parts(settings: Settings, clock: Clock, post: Post) -> tuple[ModelsPart, DownloadPart]:
    """Chooses what runs from the start on, before any part looks for it. Raises ModelError."""
    shipped, opened = load_manifest(models_folder(settings)).embedding, _opening(settings, clock)
    versions = versions_of(settings, shipped)
    trials = Trials(versions.folder)
    with suppress(StoreError):
        trials.begin(clock.utc())
    post.model.put(equipped(versions, trials.state(), shipped))

    def coverage(model: str, other: str) -> Coverage:
        with opened() as store:
            return store.people.coverage(model, other)

    def report(reports: Sequence[ModelReport]) -> bool:
        with opened() as store:
            for one in reports:
                store.outbox.report(one)
        post.wake.set()
        return True

    house = House(coverage, settings.identity, shipped, report=report)
    models = ModelsPart(versions, trials, house, post, clock)
    return models, DownloadPart(opened, line_of(settings, clock), versions, clock)
