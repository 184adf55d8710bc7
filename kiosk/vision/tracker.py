"""Faces keep their identity across frames, by place and look; the largest face in the zone is the visitor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kiosk.domain.options import option
from kiosk.domain.sight import Box, Face, Floats


@dataclass(frozen=True, slots=True)
class Options:
    """When a face is still the same one, and which face is the visitor."""

    lost_s: float = option(0.5, "How long a face may be hidden before it counts as gone.", low=0, high=10, unit="s")
    skipped_s: float = option(
        2.0, "How long a face stays the same while no frame was looked at.", low=0, high=10, unit="s"
    )
    reach: float = option(0.7, "How far a face may move between two frames, in widths of its box.", low=0.1, high=5)
    sure: float = option(0.65, "Least score of a face that is new; one that is known may be less clear.", low=0, high=1)
    same_look: float = option(0.6, "Least correlation of a face's look with the frame before.", low=-1, high=1)
    zone_width: float = option(0.9, "Width of the visitor's zone in the middle of the frame.", low=0.1, high=1)
    zone_height: float = option(1.0, "Height of the visitor's zone in the middle of the frame.", low=0.1, high=1)
    smallest_face: float = option(0.06, "Smallest visitor's face, as a share of the frame's sides.", low=0, high=1)
    takeover: float = option(1.5, "How many times larger another face must be to become the visitor.", low=1, high=10)

    @property
    def zone(self) -> Box:
        """The part of the frame in which a visitor's face has its middle."""
        return Box((1 - self.zone_width) / 2, (1 - self.zone_height) / 2, self.zone_width, self.zone_height)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One face over time: where it was last seen, when (monotonic seconds), and in how many frames."""

    id: int
    face: Face
    look: Floats | None
    started_at: float
    seen_at: float
    frames: int


class Tracker:
    """Owns the tracks of one camera. Ids are never used twice."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._tracks: tuple[Track, ...] = ()
        self._next_id = 1
        self._looked_at = 0.0

    def update(self, faces: Sequence[Face], now: float, looks: Sequence[Floats] | None = None) -> tuple[Track, ...]:
        """The living tracks after a frame taken at `now`; those with `seen_at == now` are in it.

        `looks` has one for each face. A face whose look changed from one frame to the next is another face.
        """
        alive = [track for track in self._tracks if self._may_continue(track, now)]
        given = looks if looks is not None else [None] * len(faces)
        pairs = self._pairs(alive, faces, given)
        updated: list[Track] = []
        for j, face in enumerate(faces):
            if j in pairs:
                updated.append(_seen(alive[pairs[j]], face, given[j], now))
            elif face.score >= self.options.sure:
                updated.append(self._born(face, given[j], now))
        taken = set(pairs.values())
        missed = [
            track for i, track in enumerate(alive) if i not in taken and now - track.seen_at <= self.options.lost_s
        ]
        self._tracks = (*updated, *(track for track in missed if not _replaced(track, updated)))
        self._looked_at = now
        return self._tracks

    def _may_continue(self, track: Track, now: float) -> bool:
        """Not hidden for too long; a face that no frame has missed may be older, for a busy kiosk skips frames."""
        unseen_s = now - track.seen_at
        skipped = track.seen_at == self._looked_at and unseen_s <= self.options.skipped_s
        return skipped or unseen_s <= self.options.lost_s

    def renew(self, track: Track) -> Track:
        """The same place under a new identity, after its face proved to be another."""
        renewed = replace(track, id=self._take_id(), started_at=track.seen_at, frames=1)
        self._tracks = tuple(renewed if old.id == track.id else old for old in self._tracks)
        return renewed

    def _pairs(self, tracks: Sequence[Track], faces: Sequence[Face], looks: Sequence[Floats | None]) -> dict[int, int]:
        """Which track (value) each face (key) continues: the best pairs first, each side once."""
        scored = [
            (affinity, i, j)
            for i, track in enumerate(tracks)
            for j, face in enumerate(faces)
            if (affinity := self._affinity(track, face, looks[j])) > 0
        ]
        pairs: dict[int, int] = {}
        used: set[int] = set()
        for _, i, j in sorted(scored, key=lambda item: -item[0]):
            if i not in used and j not in pairs:
                pairs[j] = i
                used.add(i)
        return pairs

    def _affinity(self, track: Track, face: Face, look: Floats | None) -> float:
        """How well a face continues a track; 0 where it can't."""
        if look is not None and track.look is not None and float(look @ track.look) < self.options.same_look:
            return 0.0
        return closeness(track.face.box, face.box, self.options.reach)

    def _born(self, face: Face, look: Floats | None, now: float) -> Track:
        return Track(self._take_id(), face, look, started_at=now, seen_at=now, frames=1)

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def visitor(tracks: Sequence[Track], options: Options, current: int | None = None) -> Track | None:
    """The track of the largest face in the zone; the `current` visitor stays unless another is clearly larger."""
    inside = [track for track in tracks if _is_visitor(track.face.box, options)]
    if not inside:
        return None
    largest = max(inside, key=lambda track: track.face.box.area)
    staying = next((track for track in inside if track.id == current), None)
    if staying is None or largest.face.box.area > options.takeover * staying.face.box.area:
        return largest
    return staying


def closeness(before: Box, after: Box, reach: float) -> float:
    """1 for the same box, falling with distance and with change of size; 0 beyond `reach` widths or twice the size."""
    size = max(float(np.sqrt(before.area)), float(np.sqrt(after.area)), 1e-9)
    smaller = min(float(np.sqrt(before.area)), float(np.sqrt(after.area)))
    (ax, ay), (bx, by) = before.centre, after.centre
    distance = float(np.hypot(ax - bx, ay - by)) / size
    if distance >= reach or smaller * 2 < size:
        return 0.0
    return (1 - distance / reach) * smaller / size


def _is_visitor(box: Box, options: Options) -> bool:
    (x, y), zone = box.centre, options.zone
    inside = zone.x <= x <= zone.x + zone.w and zone.y <= y <= zone.y + zone.h
    return inside and box.area >= options.smallest_face**2


def _seen(track: Track, face: Face, look: Floats | None, now: float) -> Track:
    return replace(track, face=face, look=look, seen_at=now, frames=track.frames + 1)


def _replaced(hidden: Track, present: Sequence[Track]) -> bool:
    """True where a face with another identity now stands in the hidden one's place."""
    return any(hidden.face.box.overlap(track.face.box) > 0.3 for track in present)
