"""A camera that isn't one: shows a film, a picture or a folder of pictures at a set rate."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from kiosk.cameras.foreign import hushed
from kiosk.cameras.frames import fitted, make_frame, rgb
from kiosk.cameras.options import Kind, Options
from kiosk.domain.errors import BadImage, BadSettings, NotFound
from kiosk.domain.ports import Clock, EndOfFrames
from kiosk.domain.sight import Frame, Image
from kiosk.vision.reading import is_picture, load_image

WALL = 110
# Where a film says so: MP4 and MOV, Matroska and WebM, AVI, MPEG program stream, MPEG transport stream, Ogg.
FILM_MARKS = (
    (4, b"ftyp"),
    (4, b"moov"),
    (0, b"\x1a\x45\xdf\xa3"),
    (8, b"AVI "),
    (0, b"\x00\x00\x01\xba"),
    (0, b"\x47\x40"),
    (0, b"OggS"),
)


class Replay:
    """A `Camera` over files; owns the open film. Its frames come at `options.rate` by the clock.

    Every picture is shown for `hold_s`, with an empty wall for `gap_s` before the next, as one visitor leaves
    before another comes. A film runs frame by frame, and then its pictures are not held.
    """

    def __init__(self, options: Options, clock: Clock) -> None:
        if options.path is None:
            raise BadSettings("camera.path is needed for a replay: a film, a picture or a folder of pictures.")
        self._path = options.path
        self._options = options
        self._clock = clock
        self._pictures: Iterator[Image] = iter(())
        self._number = 0
        self._due = 0.0
        self._never = threading.Event()

    def __enter__(self) -> Self:
        """Begin at the beginning. Raises NotFound, BadImage."""
        if not _exists(self._path):
            raise NotFound(f"There is no file or folder {self._path}; check the path.")
        pictures = self._rounds()
        self._pictures = chain((next(pictures),), pictures)
        self._due = self._clock.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the film, if one is open."""
        self._pictures = iter(())

    def read(self) -> Frame:
        """The next frame, at its time. Raises EndOfFrames at the end, BadImage."""
        picture = next(self._pictures, None)
        if picture is None:
            raise EndOfFrames
        self._clock.wait(self._never, self._due - self._clock.monotonic())
        now = self._clock.monotonic()
        self._due = max(self._due + 1 / self._options.rate, now)
        self._number += 1
        return make_frame(picture, self._options.lores_width, now, self._number)

    def _rounds(self) -> Iterator[Image]:
        yield from self._once()
        while self._options.loop:
            yield from self._wall()
            yield from self._once()

    def _once(self) -> Iterator[Image]:
        if self._path.is_dir():
            yield from self._folder()
        elif is_film(self._path):
            yield from self._film()
        else:
            yield from self._held(load_image(self._path))

    def _folder(self) -> Iterator[Image]:
        """The pictures among the files, by name."""
        files = sorted(path for path in self._path.iterdir() if path.is_file() and is_picture(path))
        if not files:
            raise BadImage(f"{self._path} holds no pictures; give a folder of pictures.")
        for i, path in enumerate(files):
            if i > 0:
                yield from self._wall()
            yield from self._held(load_image(path))

    def _film(self) -> Iterator[Image]:
        hushed()
        film = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        try:
            there, bgr = film.read()
            if not there:
                raise BadImage(f"{self._path} is a film that can't be read; give an MP4, MKV, WebM or AVI file.")
            while there:
                yield self._fitted(rgb(np.asarray(bgr, dtype=np.uint8)))
                there, bgr = film.read()
        finally:
            film.release()

    def _held(self, picture: Image) -> Iterator[Image]:
        shown = self._fitted(picture)
        for _ in range(max(1, round(self._options.hold_s * self._options.rate))):
            yield shown

    def _wall(self) -> Iterator[Image]:
        wall = np.full((self._options.height, self._options.width, 3), WALL, dtype=np.uint8)
        for _ in range(round(self._options.gap_s * self._options.rate)):
            yield wall

    def _fitted(self, picture: Image) -> Image:
        return fitted(picture, self._options.width, self._options.height)


def replay_of(path: Path, options: Options | None = None) -> Options:
    """Options that replay `path`, otherwise as given."""
    return replace(Options() if options is None else options, kind=Kind.REPLAY, path=path)


def is_film(path: Path) -> bool:
    """True for a file that begins like a film. Nothing else is given to FFmpeg, which also reads playlists and text."""
    with path.open("rb") as file:
        start = file.read(16)
    return any(start[at : at + len(mark)] == mark for at, mark in FILM_MARKS)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
