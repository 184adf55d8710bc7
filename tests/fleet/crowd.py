"""Many people at once in central's database, sealed as central seals them; faster than by its API."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg

from kiosk.central.keeping import open_vault
from kiosk.central.search import sealed
from kiosk.domain.sight import Embedding
from kiosk.vision.manifest import installed_models, load_manifest

PERSON = "id, name, folded, host, site, origin, created_utc, changed_utc, version, members_at, extra"
CONSENT = "id, person, text_version, language, given_utc, channel, recorded_by"
TEMPLATE = "id, person, model, sealed, samples, created_utc, change"


def fill(database: str, folder: Path, count: int, site: str, seed: int) -> None:
    """So many people of that site, each with a template of the kiosk's model and a consent."""
    model, vault, now = load_manifest(installed_models()).embedding, open_vault(folder), datetime.now(UTC)
    vectors = np.random.default_rng(seed).normal(size=(count, model.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with psycopg.connect(database.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY people ({PERSON}) FROM STDIN") as copy:
            for row in range(count):
                copy.write_row((_person(row), f"Guest {row}", f"guest {row}", "", site, "central", now, now, 1, "", ""))
        with cursor.copy(f"COPY consents ({CONSENT}) FROM STDIN") as copy:
            for row in range(count):
                copy.write_row((f"c{row:09d}", _person(row), "2026-01", "en", now, "central", "admin"))
        with cursor.copy(f"COPY templates ({TEMPLATE}) FROM STDIN") as copy:
            for row in range(count):
                hidden = sealed(vault, _person(row), Embedding(vectors[row], model.name))
                copy.write_row((f"t{row:09d}", _person(row), model.name, hidden, 1, now, 1))


def _person(row: int) -> str:
    return f"p{row:09d}"
