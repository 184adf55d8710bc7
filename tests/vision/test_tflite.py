"""Opening model files: what can't run is refused, and the runtime's chatter stays off stderr."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import ModelError
from kiosk.vision.encoding import Encoder
from kiosk.vision.manifest import PictureInput, load_manifest
from kiosk.vision.tflite import open_interpreter
from tests.vision.making import save_pooling_model


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        open_interpreter(tmp_path / "none.tflite", 1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.tflite"
    path.write_bytes(b"not a model at all" * 10)
    with pytest.raises(ModelError, match="not a TFLite model"):
        open_interpreter(path, 1)


def test_opening_a_model_says_nothing_on_stderr(models_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    open_interpreter(load_manifest(models_folder).detector.source.path, 1)
    assert capfd.readouterr().err == ""


def test_a_model_gives_the_same_answer_for_the_same_picture(models_folder: Path) -> None:
    model = load_manifest(models_folder).embedding
    interpreter = open_interpreter(model.source.path, 1)
    picture = np.random.default_rng(1).integers(0, 255, (150, 150, 3), dtype=np.uint8)
    stored = Encoder(model.name, model.input, interpreter.inputs[0]).encode(picture)
    first = interpreter.run(stored)[0]
    assert (first == interpreter.run(stored)[0]).all()


def test_a_model_may_take_several_pictures_at_a_time(tmp_path: Path) -> None:
    values = save_pooling_model(tmp_path / "pool.tflite", 16, 8)
    interpreter = open_interpreter(tmp_path / "pool.tflite", 1, batch=3)
    pictures = np.arange(3, dtype=np.float32).repeat(16 * 16 * 3)
    (found,) = interpreter.run(pictures)
    assert found.reshape(3, values) == pytest.approx(np.arange(3)[:, None].repeat(values, 1))


def test_pixels_become_what_the_input_stores(models_folder: Path) -> None:
    model = load_manifest(models_folder).embedding
    entry = open_interpreter(model.source.path, 1).inputs[0]
    encoder = Encoder(model.name, model.input, entry)
    pixels = np.arange(150 * 150 * 3).reshape(150, 150, 3).astype(np.uint8)
    real = entry.real(encoder.encode(pixels))
    expected = pixels * np.float32(model.input.scale[0]) + np.float32(model.input.offset[0])
    assert np.abs(real - expected).max() <= entry.scale / 2 + 1e-6


def test_each_channel_has_its_own_normalisation(tmp_path: Path) -> None:
    save_pooling_model(tmp_path / "pool.tflite", 8, 8)
    interpreter = open_interpreter(tmp_path / "pool.tflite", 1)
    picture = PictureInput(8, 8, (1.0, 0.5, 0.25), (0.0, -1.0, -2.0))
    encoded = Encoder("pool", picture, interpreter.inputs[0]).encode(np.full((8, 8, 3), 100, np.uint8))
    assert encoded[0, 0].tolist() == [100.0, 49.0, 23.0]


def test_a_model_of_another_input_size_than_promised_is_refused(tmp_path: Path) -> None:
    save_pooling_model(tmp_path / "pool.tflite", 8, 8)
    interpreter = open_interpreter(tmp_path / "pool.tflite", 1)
    with pytest.raises(ModelError, match="where the manifest promises"):
        Encoder("pool", PictureInput(9, 9, (1.0,) * 3, (0.0,) * 3), interpreter.inputs[0])
