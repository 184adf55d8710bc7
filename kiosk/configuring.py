"""TOML → frozen dataclasses: the one way in which settings files are read, checked and documented.

A room says default, range and meaning beside the field (`kiosk.domain.options.option`); here they become one
pydantic model, so that a wrong key, type or value is refused with the key's name and what is allowed.
"""

import difflib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from kiosk.domain.errors import BadSettings

FILE_LARGEST = 1_000_000
T = TypeVar("T")


def checked(options: type[T], table: Mapping[str, Any], source: str) -> T:
    """`options` as a parsed TOML table sets it. Raises BadSettings naming the key and what it allows."""
    model = _model_of(options)
    try:
        found = model.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        raise BadSettings(f"{source}: {_sentence(options, error.errors()[0])}") from error
    settings: T = _built(options, found)
    return settings


def table_of(path: Path) -> dict[str, Any]:
    """The table in that TOML file. Raises BadSettings."""
    try:
        if path.stat().st_size > FILE_LARGEST:
            raise BadSettings(f"{path} is too large for a settings file; give a TOML file.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{path} can't be read ({error.strerror}); check the path and its permissions.") from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"{path} is not a text file; give a TOML file.") from error
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


def _sentence(root: type[Any], problem: ErrorDetails) -> str:
    path = [str(step) for step in problem["loc"] if not str(step).endswith("]")]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}{_nearest(root, path)}."
    found = _found(problem["input"])
    return f"{key} = {found} is not allowed; {_allowed(root, path)}."


def _found(value: object) -> str:
    return json.dumps(value, default=str)[:60]


def _nearest(root: type[Any], path: list[str]) -> str:
    known = [member.name for member in fields(_options_at(root, path[:-1]))]
    close = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known here: {', '.join(known)}"


def _options_at(root: type[Any], path: list[str]) -> type[Any]:
    options = root
    for step in path:
        options = get_type_hints(options)[step]
    return options


def _allowed(root: type[Any], path: list[str]) -> str:
    options = _options_at(root, path[:-1])
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


def documented(root: type[Any], head: str) -> str:
    """The text of a settings file: every key with its meaning, what it allows, and its default, commented out."""
    return f"{head}\n{_documented(root, root, ())}\n"


def _documented(root: type[Any], options: type[Any], path: tuple[str, ...]) -> str:
    keys, tables = [], []
    for member in fields(options):
        hint = get_type_hints(options)[member.name]
        here = (*path, member.name)
        if is_dataclass(hint) and isinstance(hint, type):
            tables.append(_documented(root, hint, here))
        else:
            allowed = _allowed(root, list(here)).removeprefix("it must be ")
            keys.append(f"# {member.metadata['help']}\n# ({allowed})\n# {member.name} = {_toml(member.default)}\n")
    head = [f"[{'.'.join(path)}]\n" + "\n".join(keys)] if keys else []
    return "\n".join([*head, *tables])


def _toml(value: object) -> str:
    """A default as TOML; None, which TOML lacks, as an empty text."""
    plain = value.value if isinstance(value, Enum) else value
    return json.dumps(str(plain) if isinstance(plain, Path) else "" if plain is None else plain, ensure_ascii=False)
