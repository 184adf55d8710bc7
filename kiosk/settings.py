"""config/kiosk.toml → Settings: the rooms' own Options put together and checked; the only reader of that file.

A room says default, range and meaning beside the field (`kiosk.domain.options.option`); here they become one
pydantic model, so that a wrong key, type or value is refused with the key's name and what is allowed.
"""

import difflib
import json
import tomllib
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from kiosk.cameras import Options as CameraOptions
from kiosk.domain.errors import BadSettings
from kiosk.domain.options import option
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.parts.gate import Options as PassOptions
from kiosk.passes.reading import Options as CodeOptions
from kiosk.screens import Options as ScreenOptions
from kiosk.vision import Options as VisionOptions

FILE_LARGEST = 1_000_000
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


def load_settings(path: Path | None = None) -> Settings:
    """The settings in that file, or the defaults without one. Raises BadSettings in one sentence."""
    return Settings() if path is None else settings_from(_table(path), path.name)


def settings_from(table: dict[str, Any], source: str) -> Settings:
    """The settings in a parsed TOML table. Raises BadSettings naming the key and what it allows."""
    model = _model_of(Settings)
    try:
        checked = model.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        raise BadSettings(f"{source}: {_sentence(error.errors()[0])}") from error
    settings: Settings = _built(Settings, checked)
    return settings


def models_folder(settings: Settings) -> Path:
    """Where the models are: as set, else beside the code, else inside the installed package."""
    if settings.kiosk.models is not None:
        return settings.kiosk.models.expanduser()
    package = Path(__file__).resolve().parent
    beside = package.parent / "models"
    return beside if (beside / "manifest.toml").is_file() else package / "_models"


def _table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > FILE_LARGEST:
            raise BadSettings(f"{path} is too large for a settings file; give the kiosk's TOML file.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{path} can't be read ({error.strerror}); check the path and its permissions.") from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"{path} is not a text file; give the kiosk's TOML file.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path} is not valid TOML: {error}.") from error


def _model_of(options: type[Any]) -> type[BaseModel]:
    hints = get_type_hints(options)
    members: dict[str, Any] = {}
    for member in fields(options):
        hint = hints[member.name]
        if is_dataclass(hint) and isinstance(hint, type):
            members[member.name] = (_model_of(hint) | None, None)
            continue
        low, high = member.metadata.get("low"), member.metadata.get("high")
        members[member.name] = (Annotated[hint, Field(ge=low, le=high)], member.default)
    return create_model(options.__name__, __config__=ConfigDict(extra="forbid", allow_inf_nan=False), **members)


def _built(options: type[Any], checked: BaseModel | None) -> Any:  # noqa: ANN401 - an instance of `options`
    """Only what the file sets is handed over, so that the defaults stay where the room keeps them."""
    hints = get_type_hints(options)
    given: dict[str, Any] = {}
    for name in checked.model_fields_set if checked is not None else ():
        value = getattr(checked, name)
        hint = hints[name]
        given[name] = _built(hint, value) if is_dataclass(hint) and isinstance(hint, type) else value
    return options(**given)


def _sentence(problem: ErrorDetails) -> str:
    path = [str(step) for step in problem["loc"] if not str(step).endswith("]")]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}{_nearest(path)}."
    found = _found(problem["input"])
    return f"{key} = {found} is not allowed; {_allowed(path)}."


def _found(value: object) -> str:
    return json.dumps(value, default=str)[:60]


def _nearest(path: list[str]) -> str:
    known = [member.name for member in fields(_options_at(path[:-1]))]
    close = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known here: {', '.join(known)}"


def _options_at(path: list[str]) -> type[Any]:
    options: type[Any] = Settings
    for step in path:
        options = get_type_hints(options)[step]
    return options


def _allowed(path: list[str]) -> str:
    options = _options_at(path[:-1])
    hint = get_type_hints(options)[path[-1]]
    if is_dataclass(hint):
        return f"it must be a table, [{'.'.join(path)}]"
    metadata = next(member.metadata for member in fields(options) if member.name == path[-1])
    low, high, unit = metadata.get("low"), metadata.get("high"), metadata.get("unit") or ""
    if low is not None and high is not None:
        return f"it must be {_kind(hint)} from {low} to {high} {unit}".rstrip()
    return f"it must be {_kind(hint)}"


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path in quotes"}


def _kind(hint: Any) -> str:  # noqa: ANN401 - any annotation
    choices = _choices(hint)
    if choices:
        return "one of " + ", ".join(json.dumps(choice) for choice in choices)
    plain = next((kind for kind in (hint, *get_args(hint)) if kind in _KINDS), str)
    return _KINDS[plain]


def _choices(hint: Any) -> list[str]:  # noqa: ANN401 - any annotation
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [str(member.value) for member in hint]
    return [str(choice) for choice in get_args(hint)] if get_origin(hint) is Literal else []


def documented() -> str:
    """The text of config/kiosk.toml: every key with its meaning, what it allows, and its default, commented out."""
    head = "# Settings of the kiosk. Every key is here with its default; remove the # in front of one to change it.\n"
    return f"{head}\n{_documented(Settings, ())}\n"


def _documented(options: type[Any], path: tuple[str, ...]) -> str:
    keys, tables = [], []
    for member in fields(options):
        hint = get_type_hints(options)[member.name]
        here = (*path, member.name)
        if is_dataclass(hint) and isinstance(hint, type):
            tables.append(_documented(hint, here))
        else:
            allowed = _allowed(list(here)).removeprefix("it must be ")
            keys.append(f"# {member.metadata['help']}\n# ({allowed})\n# {member.name} = {_toml(member.default)}\n")
    head = [f"[{'.'.join(path)}]\n" + "\n".join(keys)] if keys else []
    return "\n".join([*head, *tables])


def _toml(value: object) -> str:
    """A default as TOML; None, which TOML lacks, as an empty text."""
    plain = value.value if isinstance(value, Enum) else value
    return json.dumps(str(plain) if isinstance(plain, Path) else "" if plain is None else plain, ensure_ascii=False)
