"""Photographs: faces at any distance are found, and little else."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.domain.errors import FaceCount
from kiosk.domain.sight import Box, Image
from kiosk.vision import Pipeline
from tests.vision.conftest import Portraits
from tests.vision.making import in_a_room, read


def labelled_boxes(folder: Path) -> dict[str, list[tuple[float, ...]]]:
    boxes: dict[str, list[tuple[float, ...]]] = {}
    with (folder / "detection_boxes.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            boxes.setdefault(row["file"], []).append(tuple(float(row[key]) for key in "xywh"))
    return boxes


def test_labelled_faces_in_photographs_are_found(shared_eyes: Pipeline, labelled_faces: Path) -> None:
    found = missed = extra = 0
    for name, boxes in labelled_boxes(labelled_faces).items():
        image = read(labelled_faces / "detection" / name)
        height, width = image.shape[:2]
        left = [Box(x / width, y / height, w / width, h / height) for x, y, w, h in boxes]
        for face in shared_eyes.faces_of(image):
            best = max(left, key=face.box.overlap, default=None)
            if best is not None and face.box.overlap(best) >= 0.4:
                left.remove(best)
                found += 1
            else:
                extra += 1
        missed += len(left)
    assert found / (found + missed) >= 0.97
    assert extra / (found + extra) <= 0.03


@pytest.fixture(scope="session")
def far_away(shared_eyes: Pipeline, portraits: Portraits) -> Image:
    """A photograph of 1200 x 800 with nine faces, each 36 pixels tall."""
    (face,) = shared_eyes.faces_of(portraits.third)
    cell = in_a_room(portraits.third, face, 400, 266, share=36 / 266)
    return np.vstack([np.hstack([cell] * 3)] * 3)


def test_small_faces_are_found_that_the_whole_picture_does_not_show(shared_eyes: Pipeline, far_away: Image) -> None:
    assert len(shared_eyes.detector.detect(far_away)) < 9
    assert len(shared_eyes.faces_of(far_away)) == 9


def test_a_face_across_the_edge_of_tiles_is_one_face(shared_eyes: Pipeline, portraits: Portraits) -> None:
    (face,) = shared_eyes.faces_of(portraits.third)
    for share in (0.1, 0.2, 0.3, 0.45, 0.6, 0.9):
        frame = in_a_room(portraits.third, face, 512, 512, share)
        (found,) = shared_eyes.faces_of(frame)
        assert found.box.overlap(Box(0.5 - share / 2, 0.5 - share / 2, share, share)) > 0.7


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 2), (40, 31)])
def test_a_picture_of_any_shape_can_be_searched(shared_eyes: Pipeline, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert shared_eyes.faces_of(noise) == ()


def test_the_one_face_of_a_photograph_is_embedded(shared_eyes: Pipeline, portraits: Portraits) -> None:
    face, embedding = shared_eyes.embed_photo(portraits.first)
    _, again = shared_eyes.embed_photo(portraits.again)
    _, other = shared_eyes.embed_photo(portraits.second)
    threshold = shared_eyes.model.score_table.threshold(1e-4)
    assert threshold is not None
    assert embedding.similarity(again) >= threshold > embedding.similarity(other)
    assert 0.2 < face.box.centre[0] < 0.8


def test_a_photograph_without_a_face_is_refused(shared_eyes: Pipeline) -> None:
    blank = np.full((300, 300, 3), 120, np.uint8)
    with pytest.raises(FaceCount, match="there is no face") as refused:
        shared_eyes.embed_photo(blank)
    assert refused.value.found == 0
    with pytest.raises(FaceCount, match="there is no face"):
        shared_eyes.embed_centre(blank)


def test_a_photograph_with_several_faces_is_refused_with_their_number(shared_eyes: Pipeline, far_away: Image) -> None:
    with pytest.raises(FaceCount, match="there are 9 faces") as refused:
        shared_eyes.embed_photo(far_away)
    assert refused.value.found == 9


def test_a_small_face_in_the_background_does_not_count(shared_eyes: Pipeline, portraits: Portraits) -> None:
    (face,) = shared_eyes.faces_of(portraits.third)
    near = in_a_room(portraits.third, face, 600, 600, share=0.5)
    behind = in_a_room(portraits.third, face, 120, 120, share=0.6)
    near[10:130, 470:590] = behind
    assert len(shared_eyes.faces_of(near)) == 2
    found, _ = shared_eyes.embed_photo(near)
    assert found.box.h > 0.4


def test_the_face_nearest_the_centre_is_meant_when_there_are_several(
    shared_eyes: Pipeline, portraits: Portraits
) -> None:
    (first,) = shared_eyes.faces_of(portraits.first)
    (third,) = shared_eyes.faces_of(portraits.third)
    side = in_a_room(portraits.third, third, 240, 480, share=0.4)
    middle = in_a_room(portraits.first, first, 240, 480, share=0.3)
    picture = np.hstack([side, middle, cv2.flip(side, 1)])
    face, embedding = shared_eyes.embed_centre(picture)
    assert face.box.centre[0] == pytest.approx(0.5, abs=0.05)
    assert embedding.similarity(shared_eyes.embed_photo(portraits.first)[1]) > 0.95
