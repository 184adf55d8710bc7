"""config/central.toml and the environment → Settings. The environment wins: KIOSK_CENTRAL_SERVER_PORT=8401.

Secrets are not settings: the key is a file of its own, and a database's password belongs into its own file too
(`PGPASSFILE`), though a connection string with a password is understood.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from kiosk import configuring
from kiosk.domain.options import option
from kiosk.identity.calibration import Options as IdentityOptions

PREFIX = "KIOSK_CENTRAL_"
CONFIG = "KIOSK_CENTRAL_CONFIG"  # the settings file of the web processes
HOME = Path("~/.local/share/kiosk-central")
HEAD = """# Settings of central. Every key is here with its default; remove the # in front of one to change it.
# Each can be set by the environment too, which wins: KIOSK_CENTRAL_SERVER_PORT=8401.
"""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where it listens, what it is called, and where it keeps its things."""

    host: str = option("127.0.0.1", "Address to listen on; put a proxy with TLS in front of any other than loopback.")
    port: int = option(8400, "Port to listen on; 0 takes a free one.", low=0, high=65535)
    base_url: str = option("", "Address that people type; made of host and port when empty. https turns on Secure.")
    data: Path = option(HOME, "Folder for the key, uploads in progress, and the database unless that is elsewhere.")
    proxies: str = option("127.0.0.1", "Addresses of proxies whose word about the caller's address is taken.")
    site: str = option("site", "Name of the site that people and passes belong to unless another is given.")


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Which database."""

    url: str = option("", "postgresql+psycopg://user@host/name; empty: SQLite in the data folder.")
    connections: int = option(10, "Connections to keep open at most, for each process.", low=1, high=200)
    wait_s: float = option(10.0, "How long to wait for a lock or a connection.", low=0.1, high=120, unit="s")
    vectors: bool = option(
        False,
        "Keep a searchable copy of each template in pgvector (PostgreSQL only). It is faster beyond a hundred thousand "
        "people, and readable for whoever can read the database.",
    )


@dataclass(frozen=True, slots=True)
class InferenceOptions:
    """The worker processes that look at photographs."""

    workers: int = option(0, "Worker processes; 0: as many as the machine has cores.", low=0, high=128)
    eager: bool = option(
        True, "Start them with the server; else with the first photograph, which then waits a second longer."
    )
    waiting: int = option(32, "Photographs that may wait for a worker; more are answered with 503.", low=1, high=10000)
    limit_s: float = option(30.0, "A worker that takes longer is replaced.", low=1, high=600, unit="s")
    models: Path | None = option(None, "Folder of the models; the ones that came with the kiosk when left out.")


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What may be uploaded."""

    picture_mb: float = option(12.0, "Largest photograph.", low=0.1, high=50, unit="MB")
    picture_megapixels: float = option(40.0, "Most pixels of a photograph.", low=0.1, high=50, unit="million")
    pictures: int = option(10, "Most photographs in one request.", low=1, high=100)
    archive_gb: float = option(20.0, "Largest archive of photographs.", low=0.001, high=1000, unit="GB")
    folder: Path | None = option(
        None, "Folder for archives until they are used: shared by every machine; else in data."
    )
    keep_h: float = option(
        24.0, "Archives and exports that nobody used are removed after this.", low=0.1, high=720, unit="h"
    )


@dataclass(frozen=True, slots=True)
class JobOptions:
    """The queue of what takes longer than a request."""

    redis_url: str = option("", "redis://host:6379/0, for workers on many machines; empty: a file in the data folder.")
    embedded: bool = option(True, "Start one worker beside the web processes of this machine.")
    lease_s: float = option(
        15.0, "A job whose worker is not heard of for this long is taken by another one.", low=1, high=600, unit="s"
    )


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """The registry of models."""

    file_mb: float = option(100.0, "Largest file of a model.", low=0.1, high=2000, unit="MB")
    trial_s: float = option(60.0, "How long trying out an uploaded model may take.", low=1, high=600, unit="s")
    set_mb: float = option(200.0, "Largest labelled set, packed and unpacked.", low=1, high=4000, unit="MB")
    set_pictures: int = option(5000, "Most pictures of a labelled set.", low=10, high=50000)
    picture_s: float = option(
        20.0, "How long a model that is measured may take for one picture.", low=1, high=600, unit="s"
    )


@dataclass(frozen=True, slots=True)
class SignInOptions:
    """How people and scripts sign in."""

    session_h: float = option(12.0, "A session ends after this, used or not.", low=0.1, high=720, unit="h")
    idle_min: float = option(60.0, "A session ends when it was not used for this long.", low=1, high=10080, unit="min")
    token_h: float = option(1.0, "Life of a token that a password was exchanged for.", low=0.01, high=720, unit="h")
    invitation_h: float = option(24.0, "Life of a one-time link.", low=0.1, high=720, unit="h")


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Where events may be told to."""

    private: bool = option(False, "Allow webhooks into private networks and to this machine itself.")


@dataclass(frozen=True, slots=True)
class KeepingOptions:
    """How long what nobody needs is kept; for people and events the rules of their site say it."""

    passes_days: float = option(
        365.0, "Passes are removed when they expired so long ago.", low=7, high=3650, unit="days"
    )
    letters_days: float = option(
        90.0, "How long it is shown what was not taken from a kiosk.", low=1, high=3650, unit="days"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of central; each field is one table of config/central.toml."""

    server: ServerOptions = field(default_factory=ServerOptions)
    database: DatabaseOptions = field(default_factory=DatabaseOptions)
    inference: InferenceOptions = field(default_factory=InferenceOptions)
    uploads: UploadOptions = field(default_factory=UploadOptions)
    jobs: JobOptions = field(default_factory=JobOptions)
    models: ModelOptions = field(default_factory=ModelOptions)
    sign_in: SignInOptions = field(default_factory=SignInOptions)
    webhooks: WebhookOptions = field(default_factory=WebhookOptions)
    keeping: KeepingOptions = field(default_factory=KeepingOptions)
    identity: IdentityOptions = field(default_factory=IdentityOptions)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.server.data.expanduser().absolute()

    @property
    def base_url(self) -> str:
        """The address that people type, without a slash at its end."""
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return (self.server.base_url or f"http://{host}:{self.server.port}").rstrip("/")

    @property
    def is_secure(self) -> bool:
        """Whether people come by TLS, so that cookies may insist on it."""
        return self.base_url.startswith("https://")

    @property
    def database_url(self) -> str:
        """The database's address for SQLAlchemy; it may hold a password, so it is never logged or shown."""
        return self.database.url or f"sqlite+aiosqlite:///{self.data / 'central.db'}"


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings in that file (the defaults without one), with what the environment says put over them.

    Raises BadSettings in one sentence.
    """
    table = {} if path is None else configuring.table_of(path)
    merged = _merged(table, environment)
    return configuring.checked(Settings, merged, "the environment" if path is None else path.name)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that makes a process of ours have these settings, whatever its file says."""
    found = {}
    for part in fields(settings):
        options = getattr(settings, part.name)
        for member in fields(options):
            value = getattr(options, member.name)
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                hint = get_type_hints(type(options))[member.name]
                found[f"{PREFIX}{part.name}_{member.name}".upper()] = text if _is_bare(hint) else _quoted(text, value)
    return found


def documented() -> str:
    """The text of config/central.toml."""
    return configuring.documented(Settings, HEAD)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def _merged(table: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    merged: dict[str, Any] = {name: dict(part) if isinstance(part, Mapping) else part for name, part in table.items()}
    for part, options in get_type_hints(Settings).items():
        for member in fields(options):
            text = environment.get(f"{PREFIX}{part}_{member.name}".upper())
            if text is not None and isinstance(merged.setdefault(part, {}), dict):
                merged[part][member.name] = _value(text, get_type_hints(options)[member.name])
    return merged


def _is_bare(hint: object) -> bool:
    """Whether the environment has such a value as it is, without quotes."""
    return hint is str or hint is Path or hint == Path | None


def _quoted(text: str, value: object) -> str:
    return f'"{text}"' if isinstance(value, str) else text


def _value(text: str, hint: object) -> object:
    """Texts and paths as they are; everything else as TOML would read it."""
    if _is_bare(hint):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
