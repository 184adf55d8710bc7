"""How this kiosk is, for central: what the parts know already, the temperature of the machine, and room on its disk."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk import __version__
from kiosk.domain.errors import CameraBlind, CameraFrozen
from kiosk.domain.ports import Clock
from kiosk.parts.camera import CAMERA
from kiosk.parts.post import Post
from kiosk.runtime.beats import Beats
from kiosk.runtime.supervisor import Health, PartState
from kiosk.store import Store
from kiosk.wire.beating import CameraState, HeartBeat

THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
QUIET_S = 5.0
MB = 1_000_000


@dataclass(slots=True)
class Vitals:
    """Used by the sync thread. `camera` is what the supervisor last said of that part."""

    post: Post
    beats: Beats
    clock: Clock
    camera: Callable[[], Health | None] = lambda: None
    thermal: Path = THERMAL
    _frames: int = 0
    _since: float = 0.0

    def beat(self, store: Store) -> HeartBeat:
        """What is known now; what is not is left out."""
        gallery, waiting = self.post.gallery.peek(), store.outbox.waiting()
        decision_ms = self.post.decision_ms.peek()
        return HeartBeat(
            software=__version__[:40],
            model="" if gallery is None else gallery.model[:64],
            temperature_c=self._temperature_c(),
            disk_free_mb=shutil.disk_usage(store.folder).free // MB,
            frames_per_s=self._rate(),
            decision_ms=None if decision_ms is None else min(max(decision_ms, 0.0), 1e6),
            camera=self._camera(),
            people=None if gallery is None else len(gallery.people),
            waiting=waiting.waiting,
            dead=waiting.dead,
            cursor=store.inbox.cursor(),
        )

    def _rate(self) -> float | None:
        """Frames a second since the last heart-beat; None for the first."""
        now, frames = self.clock.monotonic(), self.beats.count(CAMERA)
        since, before = self._since, self._frames
        self._since, self._frames = now, frames
        return round(min((frames - before) / (now - since), 1000.0), 1) if since and now > since else None

    def _camera(self) -> CameraState:
        health = self.camera()
        if health is not None and isinstance(health.error, CameraFrozen):
            return CameraState.FROZEN
        if health is not None and isinstance(health.error, CameraBlind):
            return CameraState.BLIND
        is_up = health is None or health.state is PartState.UP
        return CameraState.GOOD if is_up and self.beats.age_s(CAMERA) < QUIET_S else CameraState.GONE

    def _temperature_c(self) -> float | None:
        """As Linux tells it, in thousandths of a degree; None where it does not."""
        try:
            celsius = int(self.thermal.read_text(encoding="ascii")) / 1000
        except (OSError, ValueError):
            return None
        return celsius if -50 <= celsius <= 150 else None
