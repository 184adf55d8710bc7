"""The manifest: read whole, checked against the files, and refused in one sentence that names what is wrong."""

import re
import shutil
from pathlib import Path

import pytest

from kiosk.domain.errors import ModelError
from kiosk.vision.manifest import Normalise, load_manifest


@pytest.fixture
def folder(models_folder: Path, tmp_path: Path) -> Path:
    """A copy of the models that a test may spoil."""
    for path in (*models_folder.glob("*.tflite"), models_folder / "manifest.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def change(folder: Path, key: str, after: str) -> None:
    """Replace the first line that sets `key` (or the table `[key]`)."""
    path = folder / "manifest.toml"
    line = rf"^{re.escape(key)}.*$" if key.startswith("[") else rf"^{key} = .*$"
    text, found = re.subn(line, after, path.read_text(), count=1, flags=re.MULTILINE)
    assert found == 1, key
    path.write_text(text)


def test_the_committed_models_are_described_in_full(models_folder: Path) -> None:
    manifest = load_manifest(models_folder)
    assert manifest.detector.input.width == 128
    assert sum(head.anchors for head in manifest.detector.heads) == 896
    assert manifest.landmarks.points == 468
    assert manifest.embedding.dimension == 128
    assert manifest.embedding.normalise is Normalise.L2
    assert manifest.embedding.positions.shape == (len(manifest.embedding.points), 2)
    assert not manifest.embedding.positions.flags.writeable


def test_the_score_table_comes_with_the_embedding_model(models_folder: Path) -> None:
    table = load_manifest(models_folder).embedding.score_table
    assert table.strictest <= 1e-4
    threshold = table.threshold(1e-3)
    assert threshold is not None and 0.5 < threshold < 1


def test_a_template_of_several_pictures_must_be_nearer_than_a_picture_for_the_same_rate(models_folder: Path) -> None:
    model = load_manifest(models_folder).embedding
    for fmr in (1e-3, 1e-4, 1e-5):
        one, several = model.score_table.threshold(fmr), model.gallery_table.threshold(fmr)
        assert one is not None and several is not None and several > one


def test_without_a_table_for_templates_that_of_pictures_stands_for_both(folder: Path) -> None:
    change(folder, "[model.embedding.gallery_table]", "[other]")
    model = load_manifest(folder).embedding
    assert model.gallery_table == model.score_table


def test_every_model_names_its_source_and_licence(models_folder: Path) -> None:
    manifest = load_manifest(models_folder)
    for model in (manifest.detector, manifest.landmarks, manifest.embedding):
        assert model.source.licence and model.source.source
        assert (models_folder / model.source.card).is_file()


def test_an_altered_file_is_refused(folder: Path) -> None:
    path = folder / load_manifest(folder).detector.source.path.name
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="is not the file that the manifest describes"):
        load_manifest(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    load_manifest(folder).landmarks.source.path.unlink()
    with pytest.raises(ModelError, match="missing"):
        load_manifest(folder)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.toml is missing"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("text", ["format = [", "\udcff"])
def test_a_manifest_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.toml").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ModelError, match="can't be read"):
        load_manifest(tmp_path)


@pytest.mark.parametrize(
    ("key", "after", "told"),
    [
        ("format", "format = 2", "format other than 1"),
        ("role", 'role = "ears"', "'role' must be one of detector, landmarks, embedding"),
        ("role", 'role = "landmarks"', "two models for landmarks"),
        ("licence", "licence = 2", "'licence' must be a text"),
        ("width", "width = 0", "'width' must be a whole number from 1"),
        ("width", "width = true", "'width' must be a whole number"),
        ("letterbox", "letterbox = 300", "'letterbox' must be a whole number from 0 to 255"),
        ("iou_threshold", "iou_threshold = 3", "'iou_threshold' must be a number from 0 to 1"),
        ("iou_threshold", "iou_threshold = nan", "'iou_threshold' must be a number"),
        ("iou_threshold", "", "'iou_threshold' is missing"),
        ("anchors", "anchors = [[16, 2], [8, 5]]", "832 anchors together"),
        ("anchors", "anchors = [16, 2]", "'anchors' must be a list of 2 numbers"),
        ("logit_scale", "logit_scale = 0", "every scale must be above 0"),
        ("mirror", 'mirror = "yes"', "'mirror' must be true or false"),
        ("normalise", 'normalise = "l1"', "'normalise' must be one of l2, none"),
        ("positions", "positions = [[1, 2]]", "must be as many"),
        ("fmr", "fmr = [1e-2, 1e-1]", "'fmr' and 'score' must be as many"),
        ("[model.embedding.score_table]", "[model.embedding.other_table]", "'score_table' is missing"),
    ],
)
def test_a_wrong_entry_is_named(folder: Path, key: str, after: str, told: str) -> None:
    change(folder, key, after)
    with pytest.raises(ModelError) as raised:
        load_manifest(folder)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
