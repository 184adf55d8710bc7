"""`kiosk detect F…`: the faces in photographs, at any distance."""

from pathlib import Path

import click

from kiosk.cli.last_words import say
from kiosk.cli.opening import open_eyes, settings_of
from kiosk.cli.output import answer
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.errors import BadInput
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Face
from kiosk.runtime.clock import SystemClock
from kiosk.vision import Pipeline
from kiosk.vision.reading import load_image

EXAMPLES = """\b
Examples:
  kiosk detect group.jpg
  kiosk detect *.jpg --json | jq '.faces | length'
"""


@click.command("detect", cls=Command, epilog=EXAMPLES)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="F...")
@with_shared
def command(shared: Shared, files: tuple[Path, ...]) -> int:
    """Find the faces in photographs.

    Boxes are x, y, width, height in pixels of the picture as it is shown (turned as its EXIF says). Landmarks are
    right eye, left eye, nose, mouth, right ear, left ear. A file that can't be used is named on stderr, the others
    are still searched, and the exit code is 2.
    """
    eyes, clock = open_eyes(settings_of(shared)), SystemClock()
    exit_code = 0
    for file in files:
        try:
            _detect(shared, eyes, clock, file)
        except BadInput as error:
            say(str(error))
            exit_code = error.exit_code
    return exit_code


def _detect(shared: Shared, eyes: Pipeline, clock: Clock, file: Path) -> None:
    image = load_image(file)
    height, width = image.shape[:2]
    begun = clock.monotonic()
    found = eyes.faces_of(image)
    spent_ms = (clock.monotonic() - begun) * 1000
    faces = [_face(face, width, height) for face in found]
    lines = [f"{file}: {_count(len(faces))} in {spent_ms:.0f} ms"]
    lines += [
        "  {} x {} at {}, {}".format(*face.box.pixels(width, height)[2:], *_corner(face, width, height))
        for face in found
    ]
    answer(shared, {"file": str(file), "faces": faces, "ms": round(spent_ms, 2)}, "\n".join(lines))


def _face(face: Face, width: int, height: int) -> dict[str, object]:
    points = face.keypoints * (width, height)
    return {
        "box": list(face.box.pixels(width, height)),
        "score": round(face.score, 4),
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in points],
    }


def _corner(face: Face, width: int, height: int) -> tuple[int, int]:
    x, y, _, _ = face.box.pixels(width, height)
    return x, y


def _count(faces: int) -> str:
    return {0: "no face", 1: "1 face"}.get(faces, f"{faces} faces")
