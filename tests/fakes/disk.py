"""Disks that fill up, turn read-only or fail: real ones, made by mounting, where this machine lets us."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SMALL = "size=4m"
IMAGE_BYTES = 16 * 1024 * 1024
FILE_LONGEST = 4096


class NoMounts(Exception):
    """This machine does not let us mount; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A disk of four megabytes in memory, at `place`."""

    place: Path

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.place / "filler").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        """Make room again."""
        (self.place / "filler").unlink()


@dataclass(frozen=True, slots=True)
class Card:
    """A card with ext4 at `place`, which turns read-only when the kernel finds an error on it, as a Pi's does."""

    place: Path
    image: Path

    def turn_read_only(self) -> None:
        """What open files have is read-only from now on, too."""
        _run("mount", "-o", "remount,abort", str(self.place))

    def repair(self) -> None:
        """Another card in its place, with what the first one held, checked: no moment without a card."""
        copy = self.image.with_suffix(".copy")
        shutil.copyfile(self.image, copy)
        subprocess.run(["e2fsck", "-fy", str(copy)], capture_output=True, check=False)
        _run("mount", "-o", "loop,errors=remount-ro", str(copy), str(self.place))


@contextmanager
def small_disk(place: Path) -> Iterator[SmallDisk]:
    """A small disk, gone afterwards. Raises NoMounts."""
    place.mkdir()
    _run("mount", "-t", "tmpfs", "-o", SMALL, "tmpfs", str(place))
    try:
        yield SmallDisk(place)
    finally:
        _run("umount", "-l", str(place))


@contextmanager
def card(place: Path) -> Iterator[Card]:
    """A card, gone afterwards. Raises NoMounts."""
    place.mkdir()
    image = place.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    _run("mkfs.ext4", "-q", str(image))
    _run("mount", "-o", "loop,errors=remount-ro", str(image), str(place))
    try:
        yield Card(place, image)
    finally:
        while os.path.ismount(place):
            _run("umount", "-l", str(place))


def break_writing() -> None:
    """Every write of this process to a file beyond its first 4 KiB fails from now on, by the kernel's own word.

    SQLite calls it an I/O error: to it, only a full disk is a full disk.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LONGEST, hard))


def mend_writing() -> None:
    """Writing works again."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def _run(*command: str) -> None:
    if os.geteuid() != 0:
        raise NoMounts(f"only root may run {command[0]}")
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoMounts(f"{' '.join(command[:2])} failed here: {getattr(error, 'stderr', error)}") from error
