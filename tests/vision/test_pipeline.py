"""The pipeline on frames: who the visitor is, when a face is embedded, and that another face never inherits a track."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Image
from kiosk.domain.verdict import Advice, Observation
from kiosk.vision import Options, Pipeline, open_vision
from kiosk.vision.looks import look_of
from tests.vision.conftest import Portraits
from tests.vision.making import a_frame, in_a_room, read, save_pooling_model, sha256

BLANK = np.full((480, 640, 3), 110, np.uint8)


@pytest.fixture(scope="session")
def rooms(shared_eyes: Pipeline, portraits: Portraits) -> dict[str, Image]:
    """Each portrait as a frame of the kiosk's camera, all faces in the same place and of the same size."""
    return {
        name: in_a_room(image, shared_eyes.faces_of(image)[0])
        for name in ("first", "again", "second", "third")
        for image in [getattr(portraits, name)]
    }


def show(eyes: Pipeline, *images: Image, want_sample: bool = True, begin: float = 0.0) -> list[Observation]:
    """What is seen of one picture after another, ten a second."""
    return [eyes.see(a_frame(image, begin + i * 0.1, i), want_sample) for i, image in enumerate(images)]


def test_a_good_face_gives_a_sample_at_once(fresh_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    (seen,) = show(fresh_eyes, rooms["first"])
    assert seen.track is not None and seen.faces == 1
    assert seen.sample is not None and seen.quality is not None and seen.quality.advice is None
    assert seen.sample.embedding.model == fresh_eyes.model.name
    assert seen.sample.chip.pixels.shape == (150, 150, 3)
    assert seen.box is not None and seen.box.centre == pytest.approx((0.5, 0.5), abs=0.05)


@pytest.fixture(scope="session")
def sleeves(demo_faces: dict[str, Path]) -> list[Image]:
    """A fold of cloth that the detector takes for a large face in some of these frames."""
    sleeve = cv2.resize(read(demo_faces["astronaut"])[-180:, :180], (510, 510), interpolation=cv2.INTER_CUBIC)
    scene = np.full((720, 1280, 3), (96, 104, 110), np.uint8)
    scene[69:579, 385:895] = sleeve
    chance = np.random.default_rng(7)
    return [np.clip(scene + chance.normal(0, 3, scene.shape), 0, 255).astype(np.uint8) for _ in range(20)]


def test_a_fold_of_cloth_that_the_detector_takes_for_a_face_is_no_visitor(
    fresh_eyes: Pipeline, sleeves: list[Image]
) -> None:
    assert any(fresh_eyes.detector.detect(image) for image in sleeves)
    seen = show(fresh_eyes, *sleeves)
    assert {(one.track, one.faces) for one in seen} == {(None, 0)}


def test_a_smaller_visitor_beside_a_fold_of_cloth_is_still_the_visitor(
    fresh_eyes: Pipeline, sleeves: list[Image], portraits: Portraits
) -> None:
    (face,) = fresh_eyes.faces_of(portraits.third)
    beside = [image.copy() for image in sleeves]
    for image in beside:
        image[:480, 900:1280] = in_a_room(portraits.third, face, 380, 480, share=0.4)
    seen = show(fresh_eyes, *beside)
    boxes = [one.box for one in seen if one.track is not None]
    assert len(boxes) == len(seen)
    assert all(box is not None and box.centre[0] > 0.7 for box in boxes)


def test_without_a_wish_for_a_sample_none_is_made(fresh_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    (seen,) = show(fresh_eyes, rooms["first"], want_sample=False)
    assert seen.track is not None and seen.quality is not None and seen.sample is None


def test_an_empty_frame_has_no_visitor(fresh_eyes: Pipeline) -> None:
    (seen,) = show(fresh_eyes, BLANK)
    assert (seen.track, seen.box, seen.quality, seen.sample, seen.faces) == (None, None, None, None, 0)


def test_a_face_that_is_not_good_enough_gets_advice_and_no_sample(
    fresh_eyes: Pipeline, rooms: dict[str, Image]
) -> None:
    blurred = cv2.GaussianBlur(rooms["first"], (0, 0), 7)
    (seen,) = show(fresh_eyes, blurred)
    assert seen.quality is not None and seen.quality.advice is Advice.HOLD_STILL
    assert seen.sample is None


def test_a_visitor_who_stays_keeps_one_track(fresh_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    moved = [np.roll(rooms["first"], 4 * i, axis=1) for i in range(6)]
    tracks = [seen.track for seen in show(fresh_eyes, *moved)]
    assert len(set(tracks)) == 1


def test_the_samples_of_one_visitor_match_each_other(fresh_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    moved = [np.roll(rooms["first"], 5 * i, axis=0) for i in range(3)]
    samples = [seen.sample for seen in show(fresh_eyes, *moved)]
    first, *others = [sample.embedding for sample in samples if sample is not None]
    assert len(others) == 2
    assert min(first.similarity(other) for other in others) > 0.99


@pytest.mark.parametrize("other", ["second", "third"])
@pytest.mark.parametrize("want_sample", [True, False])
def test_another_person_in_the_same_place_is_another_track(
    fresh_eyes: Pipeline, rooms: dict[str, Image], other: str, want_sample: bool
) -> None:
    before, after = show(fresh_eyes, rooms["first"], rooms[other], want_sample=want_sample)
    assert before.track is not None and after.track is not None
    assert before.track != after.track


def test_a_track_whose_samples_disagree_is_renewed(shared_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    careless = Options(tracker=type(Options().tracker)(same_look=-1))
    eyes = Pipeline(shared_eyes.detector, shared_eyes.mesher, shared_eyes.embedder, careless)
    before, same, after, still = show(eyes, rooms["first"], rooms["first"], rooms["second"], rooms["second"])
    assert before.track == same.track != after.track == still.track


def test_a_frame_in_which_the_visitor_is_hidden_keeps_the_track_without_quality(
    fresh_eyes: Pipeline, rooms: dict[str, Image]
) -> None:
    before, hidden, after = show(fresh_eyes, rooms["first"], BLANK, rooms["first"])
    assert before.track == hidden.track == after.track
    assert hidden.quality is None and hidden.sample is None and hidden.faces == 0


def test_a_visitor_who_left_is_gone_after_a_while(fresh_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    (before,) = show(fresh_eyes, rooms["first"])
    (gone,) = show(fresh_eyes, BLANK, begin=2.0)
    (back,) = show(fresh_eyes, rooms["first"], begin=2.1)
    assert gone.track is None
    assert back.track not in (None, before.track)


def test_every_face_is_counted_and_the_largest_is_the_visitor(
    fresh_eyes: Pipeline, shared_eyes: Pipeline, portraits: Portraits
) -> None:
    (first,), (third,) = shared_eyes.faces_of(portraits.first), shared_eyes.faces_of(portraits.third)
    small = in_a_room(portraits.first, first, 320, 480, share=0.25)
    large = in_a_room(portraits.third, third, 320, 480, share=0.45)
    (seen,) = show(fresh_eyes, np.hstack([small, large]))
    assert seen.faces == 2
    assert seen.box is not None and seen.box.centre[0] > 0.6


def test_looks_of_one_face_agree_and_of_others_do_not(shared_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    def look(image: Image) -> np.ndarray:
        return look_of(image, shared_eyes.detector.detect(image)[0])

    first = look(rooms["first"])
    dimmer = look((np.roll(rooms["first"], 9, axis=1) * 0.6).astype(np.uint8))
    assert float(first @ dimmer) > 0.85
    assert max(float(first @ look(rooms[name])) for name in ("second", "third")) < 0.6


def test_a_flat_picture_has_no_look(shared_eyes: Pipeline, rooms: dict[str, Image]) -> None:
    face = shared_eyes.detector.detect(rooms["first"])[0]
    assert not look_of(BLANK, face).any()


def test_the_models_of_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        open_vision(tmp_path / "nowhere", Options())


OTHER_MODEL = """
[[model]]
name = "block-means"
role = "embedding"
file = "pool.tflite"
sha256 = "{sha256}"
licence = "Apache-2.0"
source = "made by a test"
card = "none.md"
[model.input]
width = 48
height = 48
scale = [0.00392156862745, 0.00392156862745, 0.00392156862745]
offset = -0.5
[model.embedding]
dimension = {values}
chip = 96
mirror = {mirror}
normalise = "none"
points = [33, 263, 1, 61, 291]
positions = [[28, 36], [68, 36], [48, 56], [34, 72], [62, 72]]
[model.embedding.score_table]
fmr = [1e-1, 1e-2]
score = [0.5, 0.9]
"""


@pytest.mark.parametrize("mirror", ["true", "false"])
def test_another_embedding_model_drops_in_by_its_manifest_entry_alone(
    models_folder: Path, tmp_path: Path, rooms: dict[str, Image], mirror: str
) -> None:
    for path in models_folder.glob("*.tflite"):
        shutil.copy(path, tmp_path)
    values = save_pooling_model(tmp_path / "pool.tflite", 48, 6)
    blocks = (models_folder / "manifest.toml").read_text().split("[[model]]")
    kept = [block for block in blocks if 'role = "embedding"' not in block]
    entry = OTHER_MODEL.format(sha256=sha256(tmp_path / "pool.tflite"), values=values, mirror=mirror)
    (tmp_path / "manifest.toml").write_text("[[model]]".join(kept) + entry)

    eyes = open_vision(tmp_path, Options())
    (seen,) = show(eyes, rooms["first"])

    assert seen.sample is not None
    chip = seen.sample.chip.pixels
    assert chip.shape == (48, 48, 3)
    means = (chip / 255 - 0.5).reshape(8, 6, 8, 6, 3).mean(axis=(1, 3))
    expected = (means + means[:, ::-1] if mirror == "true" else means).reshape(-1)
    assert seen.sample.embedding.vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)
    assert seen.sample.embedding.model == "block-means"
