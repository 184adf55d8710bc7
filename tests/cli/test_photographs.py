"""compare, identify and detect on real photographs."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Album, Enrolled
from tests.cli.running import contents, kiosk

pytestmark = pytest.mark.usefixtures("models_folder")


def overlap(a: list[int], b: list[int]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def test_two_photographs_of_one_person_are_the_same(album: Album) -> None:
    ran = kiosk("compare", album.one[0], album.one[1], "--json")
    assert (ran.code, ran.json["same"]) == (0, True)
    assert ran.json["score"] >= ran.json["threshold"]
    assert ran.json["fmr_at_score"] <= ran.json["fmr_at_threshold"]


def test_photographs_of_two_people_are_not_the_same(album: Album) -> None:
    ran = kiosk("compare", album.one[0], album.other, "--json")
    assert (ran.code, ran.json["same"]) == (1, False)
    assert ran.json["score"] < ran.json["threshold"]


def test_people_are_told_odds_and_no_cosine(album: Album) -> None:
    ran = kiosk("compare", album.one[0], album.one[1])
    assert ran.out.startswith("The same person: ")
    assert "strangers look this alike" in ran.out
    assert "0." not in ran.out


def test_an_enrolled_person_is_identified_on_another_photograph(album: Album, enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    ran = kiosk("identify", album.one[2], "--store", enrolled.store, "--json")
    assert ran.code == 0
    assert (ran.json["outcome"], ran.json["reason"]) == ("recognised", "face-matches")
    assert (ran.json["person"], ran.json["name"]) == (enrolled.person, enrolled.name)
    assert contents(enrolled.store) == before


def test_a_stranger_is_unknown_and_not_named(album: Album, enrolled: Enrolled) -> None:
    ran = kiosk("identify", album.third, "--store", enrolled.store, "--json")
    assert ran.code == 1
    assert (ran.json["outcome"], ran.json["reason"]) == ("unknown", "nobody-similar")
    assert (ran.json["person"], ran.json["name"]) == (None, None)


def test_with_nobody_enrolled_everybody_is_unknown(album: Album, tmp_path: Path) -> None:
    ran = kiosk("identify", album.third, "--store", tmp_path / "store", "--json")
    assert (ran.code, ran.json["reason"], ran.json["score"]) == (1, "nobody-enrolled", None)


def test_detect_prints_a_line_a_file_with_boxes_in_its_pixels(album: Album) -> None:
    ran = kiosk("detect", album.one[0], album.other, "--json")
    assert ran.code == 0
    assert [line["file"] for line in ran.lines] == [str(album.one[0]), str(album.other)]
    for line, path in zip(ran.lines, (album.one[0], album.other), strict=True):
        width, height = Image.open(path).size
        (face,) = line["faces"]
        x, y, w, h = face["box"]
        assert all(isinstance(value, int) for value in face["box"])
        assert w > 100
        assert h > 100
        assert 0 <= x <= width - w // 2
        assert 0 <= y <= height - h // 2
        assert 0.5 <= face["score"] <= 1
        assert all(x <= px <= x + w and y <= py <= y + h for px, py in face["landmarks"][:4])
        assert line["ms"] > 0


def test_detect_turns_a_picture_as_its_exif_says(album: Album, tmp_path: Path) -> None:
    upright = Image.open(album.one[0])
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    turned = tmp_path / "turned.jpg"
    upright.transpose(Image.Transpose.ROTATE_90).save(turned, exif=exif, quality=95)
    first, second = kiosk("detect", album.one[0], turned, "--json").lines
    assert overlap(first["faces"][0]["box"], second["faces"][0]["box"]) > 0.8


def test_detect_finds_faces_at_any_distance(album: Album, tmp_path: Path) -> None:
    wall = np.full((1200, 1600, 3), 128, np.uint8)
    for path, width, left, top in ((album.one[0], 700, 60, 80), (album.other, 120, 1300, 900)):
        picture = cv2.imread(str(path))
        small = cv2.resize(
            picture, (width, round(picture.shape[0] * width / picture.shape[1])), interpolation=cv2.INTER_AREA
        )
        fits = small[: 1200 - top]
        wall[top : top + fits.shape[0], left : left + width] = fits
    cv2.imwrite(str(tmp_path / "wall.png"), wall)
    assert len(kiosk("detect", tmp_path / "wall.png", "--json").json["faces"]) == 2


def test_detect_says_when_there_is_no_face(tmp_path: Path) -> None:
    Image.new("RGB", (400, 300), "grey").save(tmp_path / "wall.jpg")
    ran = kiosk("detect", tmp_path / "wall.jpg", "--json")
    assert (ran.code, ran.json["faces"]) == (0, [])
    assert "no face" in kiosk("detect", tmp_path / "wall.jpg").out


def test_detect_goes_on_after_a_bad_file_and_fails_at_the_end(album: Album, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    ran = kiosk("detect", album.one[0], tmp_path / "bad.jpg", album.other, "--json")
    assert ran.code == 2
    assert [line["file"] for line in ran.lines] == [str(album.one[0]), str(album.other)]
    (sentence,) = ran.err.splitlines()
    assert "bad.jpg" in sentence


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "CMYK", "P", "I;16"])
def test_every_kind_of_pixel_is_understood(album: Album, tmp_path: Path, mode: str) -> None:
    picture = Image.open(album.one[1]).convert("RGB")
    path = tmp_path / ("picture.jpg" if mode == "CMYK" else "picture.png")
    if mode == "I;16":
        cv2.imwrite(str(path), np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture.convert(mode).save(path)
    assert kiosk("compare", album.one[0], path).code == 0


def test_the_suffix_does_not_matter(album: Album, tmp_path: Path) -> None:
    wrong = tmp_path / "picture.png"
    shutil.copy(album.one[1], wrong)
    assert kiosk("compare", album.one[0], wrong).code == 0
