"""`kiosk bench`: speed by stage, memory and start-up, next to other face software in the same run."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from kiosk.cli.figures import bench_fields, bench_text
from kiosk.cli.opening import open_eyes, settings_of
from kiosk.cli.output import Progress, answer, note
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.demo.faces import demo_faces
from kiosk.domain.errors import BadImage, FaceCount, NotFound
from kiosk.domain.sight import Face, Image
from kiosk.evaluation import startup
from kiosk.evaluation.frames import frames_of
from kiosk.evaluation.peers import Peer, PeerName
from kiosk.evaluation.speed import SpeedTest
from kiosk.runtime.clock import SystemClock
from kiosk.vision import Pipeline
from kiosk.vision.reading import load_image

PATH = click.Path(path_type=Path)

EXAMPLES = """\b
Examples:
  kiosk bench
  kiosk bench --peers --json
"""


@click.command("bench", cls=Command, epilog=EXAMPLES)
@click.option("--peers", is_flag=True, help="Measure face_recognition, mediapipe and OpenCV's Haar cascade too.")
@click.option("--peers-python", type=PATH, metavar="F", help="The Python that has the peers installed [default: this].")
@click.option("--faces", type=PATH, metavar="DIR", help="Folder of portraits to measure on [default: the demo faces].")
@with_shared
def command(shared: Shared, peers: bool, peers_python: Path | None, faces: Path | None) -> int:
    """Measure speed and memory.

    Timings are medians and 95th percentiles of 100 runs or more, on real faces in frames of 640 x 480, in one thread.
    face_recognition is measured wherever it is installed, the other peers with --peers; pip install '.[bench]' brings
    them. A ratio that could not be measured is null, with the reason beside it.
    """
    settings, clock = settings_of(shared), SystemClock()
    eyes = open_eyes(settings)
    frames = frames_of(_portraits(eyes, _pictures(faces)))
    with ExitStack() as opened:
        present, absent = _open_peers(opened, list(PeerName) if peers else [PeerName.FACE_RECOGNITION], peers_python)
        test = SpeedTest(eyes, clock, present, absent)
        usable = test.usable(frames)
        speed = test.run(usable, Progress(clock, "Frames"))
    note(f"Starting a kiosk with {startup.PEOPLE:,} people enrolled ...")
    started = startup.measure(eyes.model, usable[0], clock)
    answer(shared, bench_fields(speed, started), bench_text(speed, started))
    return 0


def _pictures(folder: Path | None) -> Sequence[Path]:
    if folder is None:
        return list(demo_faces(say=note).values())
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder; give a folder of portraits.")
    found = sorted(path for path in folder.iterdir() if path.is_file())
    if not found:
        raise NotFound(f"{folder} is empty; give a folder of portraits.")
    return found


def _portraits(eyes: Pipeline, pictures: Sequence[Path]) -> list[tuple[Image, Face]]:
    """The pictures that can be read and show a face."""
    portraits = []
    for path in pictures:
        try:
            image = load_image(path)
            portraits.append((image, eyes.embed_centre(image)[0]))
        except (BadImage, FaceCount) as error:
            note(f"Left out: {error}")
    return portraits


def _open_peers(
    opened: ExitStack, wanted: Sequence[PeerName], python: Path | None
) -> tuple[list[Peer], dict[PeerName, str]]:
    """Those that can be measured, and why the others can't."""
    present: list[Peer] = []
    absent: dict[PeerName, str] = {}
    for name in wanted:
        try:
            present.append(opened.enter_context(Peer(name, python)))
        except NotFound as error:
            absent[name] = str(error)
    return present, absent
