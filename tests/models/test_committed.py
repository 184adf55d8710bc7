import shutil
from pathlib import Path

import pytest

from kiosk.vision.detector import Detector
from kiosk.vision.manifest import Manifest, Source, load_manifest
from kiosk.vision.tflite import open_interpreter
from models.build import calibration, fetch, originals
from models.build.manifest import FILE, read_heads, write_manifest

BUDGET = 7_500_000


@pytest.fixture(scope="module")
def manifest(models_folder: Path) -> Manifest:
    """The committed manifest; loading it checks the sha256 of every file."""
    return load_manifest(models_folder)


def test_every_model_has_a_card_that_tells_source_licence_and_figures(manifest: Manifest, models_folder: Path) -> None:
    for source in _sources(manifest):
        card = (models_folder / source.card).read_text(encoding="utf-8")
        for said in ("Source", "Licence", "Input", "Output", "Preprocessing", "Figures", source.path.name):
            assert said in card, f"{source.card} says nothing of {said}"


def test_no_model_lies_in_the_folder_unnamed(manifest: Manifest, models_folder: Path) -> None:
    assert {path.name for path in models_folder.glob("*.tflite")} == {s.path.name for s in _sources(manifest)}


def test_the_licence_of_borrowed_models_lies_beside_them(manifest: Manifest, models_folder: Path) -> None:
    assert any(source.licence == "Apache-2.0" for source in _sources(manifest))
    assert "Version 2.0, January 2004" in (models_folder / "LICENSE-APACHE-2.0.txt").read_text(encoding="utf-8")


def test_the_models_stay_small(manifest: Manifest) -> None:
    assert sum(source.path.stat().st_size for source in _sources(manifest)) < BUDGET


def test_the_manifest_is_what_the_builder_writes(models_folder: Path, tmp_path: Path) -> None:
    for path in (*models_folder.glob("*.tflite"), models_folder / FILE):
        shutil.copy(path, tmp_path)

    write_manifest(tmp_path, read_heads(models_folder / FILE))

    assert (tmp_path / FILE).read_text(encoding="utf-8") == (models_folder / FILE).read_text(encoding="utf-8")


def test_the_int8_inputs_are_pixels_less_128(manifest: Manifest) -> None:
    for model in (manifest.detector, manifest.embedding):
        (entry,) = open_interpreter(model.source.path, threads=1).inputs
        stored = [
            round((pixel * model.input.scale[0] + model.input.offset[0]) / entry.scale + entry.zero_point)
            for pixel in range(256)
        ]
        assert stored == list(range(-128, 128))


def test_the_detector_finds_the_face_in_pictures_of_people_it_was_not_calibrated_on(
    manifest: Manifest, lfw: Path
) -> None:
    detector = Detector(manifest.detector, open_interpreter(manifest.detector.source.path, threads=1))
    pictures = calibration.pictures(lfw, for_calibration=False)[::20]

    missed = [path.name for path in pictures if not detector.detect(calibration.read_rgb(path))]

    assert len(pictures) > 150
    assert not missed


def test_no_person_is_on_both_sides_of_the_split(lfw: Path) -> None:
    seen, kept = (
        {path.parent.name for path in calibration.pictures(lfw, for_calibration=side)} for side in (True, False)
    )
    assert not seen & kept
    assert 0.1 < len(seen) / len(seen | kept) < 0.15


def test_a_cached_archive_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / fetch.MEDIAPIPE.file).write_bytes(b"something else")
    with pytest.raises(fetch.FetchError, match="delete it"):
        fetch.fetch(fetch.DETECTOR, tmp_path)


def test_one_picture_a_person_is_the_first() -> None:
    files = tuple(Path(name) for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg"))
    assert calibration.one_each(files) == (Path("a/1.jpg"), Path("b/1.jpg"))


def test_the_originals_are_aligned_as_the_manifest_says(manifest: Manifest) -> None:
    assert manifest.embedding.points == originals.CHIP_POINTS
    assert manifest.landmarks.crop == originals.CROP


def _sources(manifest: Manifest) -> tuple[Source, ...]:
    return manifest.detector.source, manifest.landmarks.source, manifest.embedding.source
