"""Finding the person most like a face: everybody's templates in memory, brought up to date before each search.

Each process has its own copy. One number in the database grows with every change to a template; where it is the
one that was last seen, nothing is read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Row, select

from kiosk.central.database import Database
from kiosk.central.people.tables import GalleryRow, PersonRow, TemplateRow
from kiosk.domain.people import Template
from kiosk.domain.sight import Embedding, Floats, frozen
from kiosk.domain.verdict import Match
from kiosk.identity.gallery import Gallery
from kiosk.vault import Context, Vault, What

_FLOAT = np.dtype("<f4")


@dataclass(slots=True)
class Search:
    """The templates of `model`, of everybody who is enrolled."""

    database: Database
    vault: Vault
    model: str
    _change: int = -1
    _gallery: Gallery | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def gallery(self) -> Gallery:
        """Everybody who is not disabled, as the database has them now. Raises Unavailable."""
        async with self._lock:
            async with self.database.reading() as session:
                change = await session.scalar(select(GalleryRow.change).where(GalleryRow.id == 1)) or 0
            if self._gallery is None or change != self._change:
                async with self.database.scanning() as session:
                    columns = select(TemplateRow.id, TemplateRow.person, TemplateRow.sealed, TemplateRow.samples)
                    known = columns.join(PersonRow, PersonRow.id == TemplateRow.person)
                    query = known.where(TemplateRow.model == self.model, PersonRow.disabled_utc.is_(None))
                    rows = (await session.execute(query.order_by(TemplateRow.person))).all()
                self._gallery = await asyncio.to_thread(self._built, rows)
                self._change = change
            return self._gallery

    async def nearest(self, probe: Embedding, count: int) -> tuple[Match, ...]:
        """Of everybody, the `count` people most like that face, best first. Raises Unavailable."""
        gallery = await self.gallery()
        return tuple(await asyncio.to_thread(gallery.rank, probe, count))

    def _built(self, rows: Sequence[Row[str, str, bytes, int]]) -> Gallery:
        templates = [
            Template(row.id, row.person, _vector(self.vault, row.person, self.model, row.sealed), row.samples)
            for row in rows
        ]
        return Gallery.from_templates(templates, self.model)


def sealed(vault: Vault, person: str, embedding: Embedding) -> bytes:
    """A template as it is kept: sealed for that person and model."""
    return vault.seal(embedding.vector.astype(_FLOAT).tobytes(), Context(What.TEMPLATE, person, embedding.model))


def opened(vault: Vault, row: TemplateRow) -> Embedding:
    """The template of that row. Raises StoreDamaged."""
    return _vector(vault, row.person, row.model, row.sealed)


def _vector(vault: Vault, person: str, model: str, hidden: bytes) -> Embedding:
    plain = vault.open(hidden, Context(What.TEMPLATE, person, model))
    vector: Floats = frozen(np.frombuffer(plain, _FLOAT).astype(np.float32))
    return Embedding(vector, model)
