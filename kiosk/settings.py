"""config/kiosk.toml → Settings: the rooms' own Options put together and checked; the only reader of that file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk import configuring
from kiosk.cameras import Options as CameraOptions
from kiosk.domain.options import option
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.parts.gate import Options as PassOptions
from kiosk.passes.reading import Options as CodeOptions
from kiosk.screens import Options as ScreenOptions
from kiosk.sync.options import Options as SyncOptions
from kiosk.vision import Options as VisionOptions
from kiosk.vision.manifest import installed_models

HOME = Path("~/.local/share/kiosk")


@dataclass(frozen=True, slots=True)
class General:
    """Where the kiosk keeps its things, and which site it stands at."""

    store: Path = option(HOME, "Folder of the encrypted store (and of its key, unless systemd hands one over).")
    models: Path | None = option(None, "Folder of the models; the ones that came with the kiosk when left out.")
    site: str = option("site", "Name of the site: passes are valid at the site that issued them.")
    keep_pictures: bool = option(
        True, "Keep a small, encrypted picture of everybody enrolled, by which staff tells look-alikes apart."
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the kiosk; each field is one table of config/kiosk.toml."""

    kiosk: General = field(default_factory=General)
    camera: CameraOptions = field(default_factory=CameraOptions)
    vision: VisionOptions = field(default_factory=VisionOptions)
    identity: IdentityOptions = field(default_factory=IdentityOptions)
    passes: PassOptions = field(default_factory=PassOptions)
    codes: CodeOptions = field(default_factory=CodeOptions)
    screen: ScreenOptions = field(default_factory=ScreenOptions)
    sync: SyncOptions = field(default_factory=SyncOptions)


def load_settings(path: Path | None = None) -> Settings:
    """The settings in that file, or the defaults without one. Raises BadSettings in one sentence."""
    return Settings() if path is None else settings_from(configuring.table_of(path), path.name)


def settings_from(table: dict[str, Any], source: str) -> Settings:
    """The settings in a parsed TOML table. Raises BadSettings naming the key and what it allows."""
    return configuring.checked(Settings, table, source)


def models_folder(settings: Settings) -> Path:
    """Where the models are: as set, else beside the code, else inside the installed package."""
    if settings.kiosk.models is not None:
        return settings.kiosk.models.expanduser()
    return installed_models()


def documented() -> str:
    """The text of config/kiosk.toml: every key with its meaning, what it allows, and its default, commented out."""
    head = "# Settings of the kiosk. Every key is here with its default; remove the # in front of one to change it.\n"
    return configuring.documented(Settings, head)
