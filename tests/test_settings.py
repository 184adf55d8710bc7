"""Settings: what a file says reaches the rooms; what it says wrongly is refused in one sentence that helps."""

import tomllib
from pathlib import Path

import pytest

from kiosk.domain.errors import BadSettings
from kiosk.domain.trust import Strictness
from kiosk.settings import Settings, documented, load_settings

CONFIG = Path(__file__).parents[1] / "config" / "kiosk.toml"


def written(folder: Path, text: str) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(BadSettings) as caught:
        load_settings(written(folder, text))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_a_file_the_defaults_hold() -> None:
    assert load_settings(None) == Settings()


def test_what_a_file_sets_changes_and_the_rest_stays(tmp_path: Path) -> None:
    settings = load_settings(
        written(tmp_path, '[identity]\nvotes = 4\npass_level = "normal"\n[codes]\nreader = "zbar"\n')
    )
    assert settings.identity.votes == 4
    assert settings.identity.pass_level is Strictness.NORMAL
    assert settings.codes.reader.value == "zbar"
    assert settings.camera == Settings().camera


def test_a_table_inside_a_table_is_read(tmp_path: Path) -> None:
    before = Settings().vision
    settings = load_settings(written(tmp_path, "[vision.quality]\neyes_least_px = 33.0\n"))
    assert settings.vision.quality.eyes_least_px == 33.0
    assert settings.vision.tracker == before.tracker


def test_an_unknown_key_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[identity]\nvoets = 3\n")
    assert "identity.voets" in message
    assert "'votes'" in message


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    assert "'camera'" in refusal(tmp_path, "[camrea]\nwidth = 640\n")


def test_a_value_out_of_range_is_refused_with_key_and_range(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[identity]\nvotes = 99\n")
    assert "identity.votes = 99" in message
    assert "from 2 to 10" in message


@pytest.mark.parametrize("value", ['"3"', "3.5", "true", "[3]", "nan"])
def test_a_wrong_type_is_refused_with_what_is_meant(tmp_path: Path, value: str) -> None:
    message = refusal(tmp_path, f"[identity]\nvotes = {value}\n")
    assert "identity.votes" in message
    assert "a whole number" in message


def test_a_wrong_choice_is_refused_with_the_right_ones(tmp_path: Path) -> None:
    message = refusal(tmp_path, '[codes]\nreader = "laser"\n')
    assert '"zxing", "zbar"' in message


def test_a_table_given_as_a_value_is_refused(tmp_path: Path) -> None:
    assert "[identity]" in refusal(tmp_path, "identity = 3\n")


@pytest.mark.parametrize("text", ["[identity\n", "= 3", "votes = \n"])
def test_what_is_not_toml_is_refused(tmp_path: Path, text: str) -> None:
    assert "not valid TOML" in refusal(tmp_path, text)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings, match="not a text file"):
        load_settings(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(BadSettings, match="can't be read"):
            load_settings(path)


def test_the_committed_settings_file_documents_every_key_with_its_default() -> None:
    """Made by: python -c 'from kiosk.settings import documented; print(documented(), end="")' > config/kiosk.toml."""
    assert CONFIG.read_text(encoding="utf-8") == documented()


def test_the_committed_settings_file_is_valid_also_with_every_key_uncommented(tmp_path: Path) -> None:
    text = CONFIG.read_text(encoding="utf-8")
    assert load_settings(CONFIG) == Settings()
    lines = [
        line.removeprefix("# ") if " = " in line and not line.startswith("# (") else line for line in text.splitlines()
    ]
    keys = [line for line in lines if " = " in line and not line.startswith("#")]
    assert len(keys) > 20
    uncommented = "\n".join(line for line in lines if not line.endswith('= ""'))
    assert tomllib.loads(uncommented)
    assert load_settings(written(tmp_path, uncommented)) == Settings()
