"""What the tests of the store are made of: people with random vectors, decisions, and looks at the bare files."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.domain.people import Consent, NewPerson, Pass
from kiosk.domain.sight import Embedding
from kiosk.domain.verdict import Decision, Outcome, Reason
from kiosk.store import Opening, Store
from tests.fakes.clock import FakeClock

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
MODEL = "model-a"
PATIENCE_S = 0.1


def open_store(folder: Path, clock: FakeClock | None = None, environ: dict[str, str] | None = None) -> Store:
    return Store.open(folder, clock or FakeClock(), Opening(PATIENCE_S), environ=environ or {})


def an_embedding(seed: int = 0, model: str = MODEL, size: int = 128) -> Embedding:
    vector = np.random.default_rng(seed).normal(size=size).astype(np.float32)
    return Embedding(vector / np.linalg.norm(vector), model)


def somebody(name: str = "Somebody New", *embeddings: Embedding) -> NewPerson:
    consent = Consent("2025-01", "en", NOON, "staff-screen")
    return NewPerson(name, consent, embeddings or (an_embedding(),), samples=5)


def a_pass(person: str, number: str = "pass-1", site: str = "here") -> Pass:
    return Pass(number, person, site, NOON, NOON + timedelta(hours=8))


def a_decision(number: str = "decision-1", person: str | None = None) -> Decision:
    return Decision(
        id=number,
        outcome=Outcome.UNKNOWN if person is None else Outcome.RECOGNISED,
        reason=Reason.NOBODY_SIMILAR if person is None else Reason.FACE_MATCHES,
        taken_at=1000.0,
        latency_s=0.25,
        person=person,
        similarity=0.5,
        threshold=0.75,
    )


def query(folder: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the bare database, as another program on the same machine could."""
    with closing(sqlite3.connect(folder / "kiosk.db")) as raw, raw:
        return raw.execute(sql, values).fetchall()


def all_bytes(folder: Path) -> bytes:
    """Everything that the store's folder holds on the disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
