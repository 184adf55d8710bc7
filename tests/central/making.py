"""A running central in this process, on a database of its own, and the people who use it."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from kiosk.central.access.passwords import Hashes
from kiosk.central.access.scopes import Role
from kiosk.central.access.users import first_admin
from kiosk.central.app import create_app
from kiosk.central.database import open_database
from kiosk.central.house import House
from kiosk.central.migrating import is_current, migrate
from kiosk.central.opening import Foundation
from kiosk.central.settings import DatabaseOptions, InferenceOptions, JobOptions, ServerOptions, Settings
from tests.central.waiting import until

PASSWORD = "a long enough one"
CONSENT = {"text_version": "kept-2026-11", "language": "en", "given_utc": "2026-11-21T10:00:00+00:00"}
CHEAP = Hashes(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class TestClock:
    """The machine's time, moved on by as much as a test wants."""

    __test__ = False
    ahead: timedelta = timedelta()
    base: datetime = field(default_factory=lambda: datetime.now(UTC))

    def monotonic(self) -> float:
        return (datetime.now(UTC) - self.base + self.ahead).total_seconds()

    def utc(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Running:
    """A central that runs: `as_role` and `nobody` talk to it as its users would."""

    app: FastAPI
    client: TestClient
    clock: TestClock
    settings: Settings
    tokens: dict[Role, str] = field(default_factory=dict)

    @property
    def house(self) -> House:
        house: House = self.app.state.house
        return house

    def run(self, work: Any, *args: Any) -> Any:
        """What an async function gives, run in the server's own loop."""
        assert self.client.portal is not None
        return self.client.portal.call(work, *args)

    def nobody(self, method: str, path: str, **more: Any) -> Response:
        return self.client.request(method, path, **more)

    def as_role(self, role: Role, method: str, path: str, **more: Any) -> Response:
        headers = {**more.pop("headers", {}), "Authorization": f"Bearer {self.token(role)}"}
        return self.client.request(method, path, headers=headers, **more)

    def admin(self, method: str, path: str, **more: Any) -> Response:
        return self.as_role(Role.ADMIN, method, path, **more)

    def token(self, role: Role) -> str:
        """A token of somebody with that role, for a year."""
        if role not in self.tokens:
            if role is Role.ADMIN:
                secret = self.run(self._first_admin)
            else:
                made = self.admin("POST", "/v1/users", json={"name": f"a {role.value}", "role": role.value})
                secret = made.json()["link"].partition("#")[2]
            name = "admin" if role is Role.ADMIN else f"a {role.value}"
            self.tokens[role] = self.welcomed(secret, name)
        return self.tokens[role]

    def welcomed(self, secret: str, name: str) -> str:
        """A long-lived token of whoever chooses a password by that link."""
        chosen = self.nobody("POST", "/v1/welcome", json={"secret": secret, "password": PASSWORD})
        assert chosen.status_code == 204, chosen.text
        short = self.nobody("POST", "/v1/token", data={"username": name, "password": PASSWORD}).json()["access_token"]
        header = {"Authorization": f"Bearer {short}"}
        scopes = self.nobody("GET", "/v1/me", headers=header).json()["scopes"]
        wanted = {"name": "tests", "scopes": scopes, "hours": 24 * 365}
        token: str = self.nobody("POST", "/v1/tokens", headers=header, json=wanted).json()["token"]
        return token

    def person(self, name: str = "Ada Lovelace", **more: Any) -> dict[str, Any]:
        made = self.admin("POST", "/v1/people", json={"name": name, **more})
        assert made.status_code == 201, made.text
        person: dict[str, Any] = made.json()
        return person

    def enrolled(self, name: str, *photos: Path) -> dict[str, Any]:
        person = self.person(name)
        done = self.enrol(person["id"], *photos)
        assert done.status_code == 200, done.text
        return person

    def enrol(self, person: str, *photos: Path, consent: Mapping[str, str] = CONSENT) -> Response:
        self.ready()
        files = [("pictures", (photo.name, photo.read_bytes())) for photo in photos]
        return self.admin("POST", f"/v1/people/{person}/photographs", files=files, data=dict(consent))

    def ready(self) -> None:
        """Wait until a worker is there."""
        self.run(self.house.pool.start)
        until(lambda: bool(self.house.pool.alive), "a worker")

    async def _first_admin(self) -> str:
        async with self.house.database.writing() as session:
            return await first_admin(session, self.house.vault, "admin", self.clock.utc(), 24)


def settings_for(folder: Path, url: str, **parts: Any) -> Settings:
    """Settings of a central that keeps its things in that folder."""
    settings = Settings(
        server=ServerOptions(data=folder),
        database=DatabaseOptions(url=url, wait_s=30.0),
        inference=InferenceOptions(workers=1, eager=False),
        jobs=JobOptions(embedded=False),
    )
    return replace(settings, **parts)


async def make_tables(url: str) -> None:
    """Every table of this version in the database of that address, and nothing in them."""
    database = open_database(url, DatabaseOptions())
    try:
        await migrate(database)
    finally:
        await database.close()


@cache
def tables() -> bytes:
    """A file of SQLite with them: made once, since that takes longer than most tests."""
    with TemporaryDirectory() as folder:
        settings = settings_for(Path(folder), "")
        asyncio.run(make_tables(settings.database_url))
        return (Path(folder) / "central.db").read_bytes()


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """A central with these settings, its database made."""
    clock = TestClock()
    app = create_app(Foundation(settings, clock, CHEAP))
    with TestClient(app, base_url="http://central.test", raise_server_exceptions=False) as client:
        here = Running(app, client, clock, settings)
        if not here.run(is_current, here.house.database):
            here.run(migrate, here.house.database)
        yield here


@contextmanager
def fresh_central(settings: Settings) -> Iterator[Running]:
    """The same on a new database; one of SQLite is a copy of one that was made before."""
    if not settings.database.url:
        settings.data.mkdir(parents=True, mode=0o700)
        file = settings.data / "central.db"
        file.touch(mode=0o600)
        file.write_bytes(tables())
    with running(settings) as here:
        yield here


def settled(central: Running) -> None:
    """What kiosks said is written down now, instead of within a second."""
    central.run(central.house.gate.beats.flush)
