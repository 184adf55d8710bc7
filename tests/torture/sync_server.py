"""The central of the sync torture: the real app on a real database, reached without sockets, on a clock of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import text

from kiosk.central.access.scopes import Role
from kiosk.central.app import create_app
from kiosk.central.migrating import migrate
from kiosk.central.opening import Foundation
from kiosk.central.sync.signer import renew_epoch
from kiosk.domain.ids import new_id
from tests.central.live import listening
from tests.central.making import CHEAP, Running, settings_for
from tests.torture.network import Bridge

URL = "https://central.test"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REPLAYED = 48 * 3600.0


@dataclass
class Time:
    """The time of the whole world, which passes when somebody says so; central's clock shows it as it is."""

    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc(self) -> datetime:
        return NOON + timedelta(seconds=self.now)

    def pass_by(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


@dataclass
class Server:
    """Central: `ask` is an admin, `rows` looks into its database, `snapshot` and `put_back` are its backups.

    Kiosks reach it at `url` by `way`: without sockets, or over real ones.
    """

    running: Running
    time: Time
    url: str = URL
    _admin: httpx.Client = field(init=False)
    _look: sqlite3.Connection | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if not self.running.house.database.is_postgresql:
            self._look = sqlite3.connect(self._file, isolation_level=None)
        bridge = self._bridge()
        self.way: httpx.BaseTransport = bridge if self.url == URL else httpx.HTTPTransport()
        self._admin = httpx.Client(transport=bridge, base_url=URL, trust_env=False)
        self._admin.headers["Authorization"] = f"Bearer {self.running.token(Role.ADMIN)}"

    def _bridge(self) -> Bridge:
        portal = self.running.client.portal
        if portal is None:
            raise RuntimeError("central is not running")
        return Bridge(self.running.app, portal)

    def ask(self, method: str, path: str, json: Any = None) -> Any:
        """What central answers an admin; None where it says no. A fault of its own is one of the torture's finds."""
        answer = self._admin.request(method, path, json=json)
        if answer.status_code >= 500 or answer.status_code in (405, 422):
            raise AssertionError(f"central answered {answer.status_code} to {method} {path.partition('?')[0]}")
        if answer.status_code >= 400:
            return None
        return answer.json() if answer.content else {}

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """What stands in the database, as it is now."""
        if self._look is not None:
            return self._look.execute(query, values).fetchall()
        return self.running.run(self._rows, query, values)  # type: ignore[no-any-return]

    async def _rows(self, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        async with self.running.house.database.reading() as session:
            return [tuple(row) for row in await session.execute(text(query), values)]

    def write(self, query: str, **values: Any) -> None:
        """As an administrator of the database would, past every service."""
        self.running.run(self._write, query, values)

    async def _write(self, query: str, values: dict[str, Any]) -> None:
        async with self.running.house.database.writing() as session:
            await session.execute(text(query), values)

    @property
    def _file(self) -> Path:
        return self.running.settings.data / "central.db"

    def close(self) -> None:
        self._admin.close()
        if self._look is not None:
            self._look.close()

    def snapshot(self, place: Path) -> Path:
        """The whole database as it is, copied into that folder."""
        copied = place / f"central-{new_id(self.time.utc())}.db"
        with closing(sqlite3.connect(self._file)) as live, closing(sqlite3.connect(copied)) as copy:
            live.backup(copy)
        return copied

    def put_back(self, snapshot: Path) -> None:
        """The database is as it was then, in a process that knows nothing of later, and its epoch is another."""
        with closing(sqlite3.connect(snapshot)) as copy, closing(sqlite3.connect(self._file)) as live:
            copy.backup(live)
        gate = self.running.house.gate
        gate.beside.clear()
        for remembered in (gate.beats._seen, gate.beats._heard, gate.beats._counters):
            remembered.clear()
        self.running.run(self._begin_anew)

    async def _begin_anew(self) -> None:
        async with self.running.house.database.writing() as session:
            await renew_epoch(session)


@contextmanager
def server_in(folder: Path, url: str = "", *, sockets: bool = False) -> Iterator[Server]:
    """A central whose database is in that folder, or at `url`; kiosks reach it over real sockets where asked for."""
    time = Time()
    settings = settings_for(folder, url)
    app = create_app(Foundation(settings, time, CHEAP))
    with TestClient(app, base_url=URL, raise_server_exceptions=False) as client:
        here = Running(app, client, time, settings)  # type: ignore[arg-type]
        here.run(migrate, here.house.database)
        with (
            listening(here) if sockets else nullcontext(URL) as address,
            closing(Server(here, time, address)) as server,
        ):
            yield server
