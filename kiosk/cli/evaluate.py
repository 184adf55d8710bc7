"""`kiosk evaluate …`: accuracy on labelled faces, of this kiosk and of its peers in the same run."""

from contextlib import ExitStack
from pathlib import Path

import click

from kiosk.cli.accuracy import (
    detection_fields,
    detection_text,
    scores_fields,
    scores_text,
    verification_fields,
    verification_text,
)
from kiosk.cli.opening import open_eyes, settings_of
from kiosk.cli.output import Progress, answer
from kiosk.cli.shared import Group, Shared, with_shared
from kiosk.cli.trust_figures import trust_fields, trust_text
from kiosk.domain.sight import Box
from kiosk.evaluation import detection, verification
from kiosk.evaluation.calibration import calibrate, pictures_below
from kiosk.evaluation.door import Door, door_rows
from kiosk.evaluation.manifest_table import PHOTOGRAPHS, TEMPLATES, write_misses, write_tables
from kiosk.evaluation.ours import OurRecogniser
from kiosk.evaluation.peers import Peer, PeerName, PeerRecogniser
from kiosk.evaluation.plots import check_plot, plot_detection, plot_verification
from kiosk.evaluation.tables import read_boxes, read_pairs
from kiosk.evaluation.trust import Pictures, trust_figures
from kiosk.evaluation.verification import Recogniser
from kiosk.runtime.clock import SystemClock
from kiosk.vision.reading import load_image

PATH = click.Path(path_type=Path)

EXAMPLES = """\b
Examples:
  kiosk evaluate verification --pairs lfw_pairs.tsv --images lfw --peers
  kiosk evaluate detection --boxes detection_boxes.tsv --images detection --plot curve.png
"""
EXAMPLES_VERIFICATION = """\b
Examples:
  kiosk evaluate verification --pairs lfw_pairs.tsv --images lfw --plot det.png
  kiosk evaluate verification --pairs lfw_pairs.tsv --images lfw --peer face_recognition --json
"""
EXAMPLES_SCORES = """\b
Examples:
  kiosk evaluate scores --images lfw
  kiosk evaluate scores --images lfw --write models/manifest.toml
"""
EXAMPLES_TRUST = """\b
Examples:
  kiosk evaluate trust --images lfw
  kiosk evaluate trust --images lfw --write models/manifest.toml --json
"""
EXAMPLES_DETECTION = """\b
Example:
  kiosk evaluate detection --boxes detection_boxes.tsv --images detection --plot curve.png --json
"""


@click.group("evaluate", cls=Group, epilog=EXAMPLES)
def command() -> None:
    """Measure accuracy on labelled faces."""


@command.command("verification", epilog=EXAMPLES_VERIFICATION)
@click.option("--pairs", type=PATH, metavar="F", required=True, help="Tab-separated table: same, a, b, fold.")
@click.option("--images", type=PATH, metavar="DIR", required=True, help="Folder of the pictures.")
@click.option("--plot", type=PATH, metavar="F", help="Draw a DET curve and histograms of the scores.")
@click.option("--peer", type=click.Choice([PeerName.FACE_RECOGNITION.value]), help="Measure it in the same run.")
@click.option("--peers", is_flag=True, help="The same as --peer face_recognition.")
@click.option("--peers-python", type=PATH, metavar="F", help="The same, with the Python in which it is installed.")
@with_shared
def verify(
    shared: Shared,
    pairs: Path,
    images: Path,
    plot: Path | None,
    peer: str | None,
    peers: bool,
    peers_python: Path | None,
) -> int:
    """Say how well faces are told apart.

    Accuracy by cross-validation over the table's folds, and the share of the same people missed (FNMR) at given rates
    of false matches (FMR). A pair in which no face is found is an error; the face nearest the centre is the one meant.
    FMRs rest on all pairs of pictures of different people, people being told apart by the pictures' folders.
    """
    labelled = read_pairs(pairs)
    if plot is not None:
        check_plot(plot)
    eyes, clock = open_eyes(settings_of(shared)), SystemClock()
    with ExitStack() as opened:
        recognisers: list[Recogniser] = [OurRecogniser(eyes)]
        if peer or peers or peers_python is not None:
            other = opened.enter_context(Peer(PeerName.FACE_RECOGNITION, peers_python))
            recognisers.append(PeerRecogniser(other))
        found = verification.evaluate(labelled, images, recognisers, Progress(clock, "Pictures"))
    if plot is not None:
        plot_verification(found, plot)
    answer(shared, verification_fields(found), verification_text(found))
    return 0


@command.command("scores", epilog=EXAMPLES_SCORES)
@click.option("--images", type=PATH, metavar="DIR", required=True, help="Folder with a folder of pictures a person.")
@click.option("--write", type=PATH, metavar="F", help="The models' manifest.toml to write the tables into.")
@with_shared
def scores(shared: Shared, images: Path, write: Path | None) -> int:
    """Measure which score stands for which rate of false matches.

    All pictures of different people are compared: photograph with photograph, and photograph with template (the mean
    of three pictures, which more strangers come near to). The tables end where ten pairs no longer support a rate.
    """
    found = calibrate(images, OurRecogniser(open_eyes(settings_of(shared))), Progress(SystemClock(), "Pictures"))
    written = write_tables({PHOTOGRAPHS: found.photographs, TEMPLATES: found.templates}, write) if write else ()
    answer(shared, scores_fields(found, written), scores_text(found, written))
    return 0


@command.command("trust", epilog=EXAMPLES_TRUST)
@click.option("--images", type=PATH, metavar="DIR", required=True, help="Folder with a folder of pictures a person.")
@click.option("--write", type=PATH, metavar="F", help="The models' manifest.toml to write the table of misses into.")
@with_shared
def trust(shared: Shared, images: Path, write: Path | None) -> int:
    """Measure what makes answers trustworthy, and its price.

    How many known visitors each score misses; what the margin to the second best person stops and costs; what "not this
    person" does to other pictures of the same stranger, and to the person themselves; and what the kiosk's own verifier
    answers known visitors and strangers, at the level of the settings.
    """
    settings = settings_of(shared)
    eyes = open_eyes(settings)
    names = pictures_below(images)
    found = verification.embed_all(names, images, [OurRecogniser(eyes)], Progress(SystemClock(), "Pictures"))[0]
    pictures = Pictures.of({name: vector for name, vector in found.items() if vector is not None})
    figures = trust_figures(pictures, eyes.model.gallery_table, settings.identity.margin_factor)
    door = door_rows(pictures, Door(eyes.model.gallery_table, settings.identity))
    if write is not None:
        write_misses(figures.misses, write)
    answer(shared, trust_fields(figures, door), trust_text(figures, door))
    return 0


@command.command("detection", epilog=EXAMPLES_DETECTION)
@click.option("--boxes", type=PATH, metavar="F", required=True, help="Tab-separated table: file, x, y, w, h.")
@click.option("--images", type=PATH, metavar="DIR", required=True, help="Folder of the pictures.")
@click.option("--plot", type=PATH, metavar="F", help="Draw precision against recall.")
@with_shared
def detect(shared: Shared, boxes: Path, images: Path, plot: Path | None) -> int:
    """Say how many labelled faces are found, and how many boxes are no face.

    A face counts as found at an intersection over union of 0.4 or more with a box of its own.
    """
    labelled = read_boxes(boxes)
    if plot is not None:
        check_plot(plot)
    eyes = open_eyes(settings_of(shared))

    def find(path: Path) -> list[tuple[Box, float]]:
        image = load_image(path)
        height, width = image.shape[:2]
        return [(_in_pixels(face.box, width, height), face.score) for face in eyes.faces_of(image)]

    found = detection.evaluate(labelled, images, find, Progress(SystemClock(), "Pictures"))
    if plot is not None:
        plot_detection(found, plot)
    answer(shared, detection_fields(found), detection_text(found))
    return 0


def _in_pixels(box: Box, width: int, height: int) -> Box:
    return Box(box.x * width, box.y * height, box.w * width, box.h * height)
