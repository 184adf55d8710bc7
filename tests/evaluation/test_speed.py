"""Speed on real faces; what is asserted are shapes and orders of magnitude, for the figures belong to `kiosk bench`."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import NotFound
from kiosk.domain.sight import Image
from kiosk.evaluation.frames import HEIGHT, POSES, WIDTH, Pose, frame_of, frames_of
from kiosk.evaluation.peers import PeerName
from kiosk.evaluation.speed import RUNS, Speed, SpeedTest, a_gallery
from kiosk.evaluation.timing import Timing
from kiosk.runtime.clock import SystemClock
from kiosk.vision import Options, Pipeline, open_vision
from kiosk.vision.reading import load_image


@pytest.fixture(scope="module")
def eyes(models_folder: Path) -> Pipeline:
    return open_vision(models_folder, Options())


@pytest.fixture(scope="module")
def portrait(demo_faces: dict[str, Path]) -> Image:
    return load_image(demo_faces["astronaut"])


@pytest.mark.parametrize("pose", POSES)
def test_a_face_stands_where_the_pose_says(eyes: Pipeline, portrait: Image, pose: Pose) -> None:
    face, _ = eyes.embed_centre(portrait)
    seen = frame_of(portrait, face, pose)
    assert seen.shape == (HEIGHT, WIDTH, 3)
    found = max(eyes.detector.detect(seen), key=lambda one: one.box.area)
    x, y = found.box.centre
    assert abs((1 - x if pose.mirrored else x) - pose.x) < 0.03
    assert abs(y - pose.y) < 0.05
    assert abs(found.box.h - pose.share) < 0.06


@pytest.mark.slow
def test_every_stage_is_timed_a_hundred_times_or_more(eyes: Pipeline, portrait: Image) -> None:
    face, _ = eyes.embed_centre(portrait)
    test = SpeedTest(eyes, SystemClock())
    speed = test.run(test.usable(frames_of([(portrait, face)])), lambda done, all_: None)
    assert {"detect", "landmarks", "align", "embed", "decision", "match_1000", "match_100000"} <= set(speed.stages)
    for one in speed.stages.values():
        assert one.runs >= RUNS
        assert 0 < one.median_ms <= one.p95_ms
    assert speed.stages["decision"].median_ms > speed.stages["embed"].median_ms
    assert speed.ratio("decision", PeerName.FACE_RECOGNITION, "decision") is None


def test_pictures_without_a_good_face_are_refused(eyes: Pipeline) -> None:
    wall = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    with pytest.raises(NotFound, match="none of these pictures"):
        SpeedTest(eyes, SystemClock()).usable([wall])


def test_a_ratio_is_theirs_over_ours() -> None:
    speed = Speed({"embed": Timing(2, 3, 100)}, {PeerName.FACE_RECOGNITION: {"embed": Timing(80, 90, 100)}}, {})
    assert speed.ratio("embed", PeerName.FACE_RECOGNITION, "embed") == 40


def test_random_galleries_are_alike_and_of_unit_length() -> None:
    one, other = a_gallery(50, "m", 16), a_gallery(50, "m", 16)
    assert (one.matrix == other.matrix).all()
    assert np.allclose(np.linalg.norm(one.matrix, axis=1), 1, atol=1e-6)
    assert one.size == 50
