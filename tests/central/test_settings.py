"""Settings of central: a file, the environment over it, and one sentence for what is wrong."""

from pathlib import Path

import pytest

from kiosk.central.database import open_database, sqlite_file
from kiosk.central.keeping import open_vault
from kiosk.central.settings import DatabaseOptions, documented, load_settings
from kiosk.domain.errors import BadSettings, KioskError
from kiosk.vault import Context, What

ROOT = Path(__file__).resolve().parents[2]


def test_the_file_in_config_says_what_there_is() -> None:
    assert (ROOT / "config" / "central.toml").read_text(encoding="utf-8") == documented()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "central.toml"
    file.write_text('[server]\nport = 9000\nsite = "north"\n[identity]\nlevel = "strict"\n', encoding="utf-8")
    environment = {
        "KIOSK_CENTRAL_SERVER_PORT": "9001",
        "KIOSK_CENTRAL_DATABASE_VECTORS": "true",
        "KIOSK_CENTRAL_SERVER_BASE_URL": "https://kiosks.example/",
    }
    settings = load_settings(file, environment)
    assert (settings.server.port, settings.server.site, settings.database.vectors) == (9001, "north", True)
    assert settings.base_url == "https://kiosks.example" and settings.is_secure
    assert settings.identity.level.value == "strict"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"KIOSK_CENTRAL_SERVER_PORT": "many"}, "server.port"),
        ({"KIOSK_CENTRAL_SERVER_PORT": "70000"}, "from 0 to 65535"),
        ({"KIOSK_CENTRAL_DATABASE_VECTORS": "perhaps"}, "true or false"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(environment: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        load_settings(None, environment)


@pytest.mark.parametrize("url", ["mysql://host/name", "nonsense", "sqlite+aiosqlite:///:memory:"])
def test_a_database_that_is_not_known_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="database"):
        sqlite_file(url)


def test_a_password_in_the_address_is_never_repeated() -> None:
    with pytest.raises(BadSettings) as caught:
        open_database("mysql://user:hunter2@host/name", DatabaseOptions())
    assert "hunter2" not in str(caught.value)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = open_vault(tmp_path).seal(b"x", Context(What.CHIP, "p"))
    assert open_vault(tmp_path).open(sealed, Context(What.CHIP, "p")) == b"x"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(KioskError, match="not a key"):
        open_vault(tmp_path)
