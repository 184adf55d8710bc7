"""Finding the person most like a face: everybody's templates in memory, brought up to date before each search.

Each process has its own copy. One number in the database grows with every change to a template; where it is the
one that was last seen, nothing is read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

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

    vault: Vault
    model: str
    _change: int = -1
    _gallery: Gallery | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def gallery(self, session: AsyncSession) -> Gallery:
        """Everybody, as the database has them now."""
        async with self._lock:
            change = await session.scalar(select(GalleryRow.change).where(GalleryRow.id == 1)) or 0
            if self._gallery is None or change != self._change:
                known = select(TemplateRow).join(PersonRow, PersonRow.id == TemplateRow.person)
                query = known.where(TemplateRow.model == self.model, PersonRow.disabled_utc.is_(None))
                rows = (await session.scalars(query)).all()
                self._gallery = await asyncio.to_thread(self._built, rows)
                self._change = change
            return self._gallery

    async def nearest(self, session: AsyncSession, probe: Embedding, count: int) -> tuple[Match, ...]:
        """Of everybody, the `count` people most like that face, best first."""
        gallery = await self.gallery(session)
        return tuple(await asyncio.to_thread(gallery.rank, probe, count))

    def _built(self, rows: Sequence[TemplateRow]) -> Gallery:
        templates = [
            Template(row.id, row.person, opened(self.vault, row), row.samples)
            for row in sorted(rows, key=lambda row: row.person)
        ]
        return Gallery.from_templates(templates, self.model)


def sealed(vault: Vault, person: str, embedding: Embedding) -> bytes:
    """A template as it is kept: sealed for that person and model."""
    return vault.seal(embedding.vector.astype(_FLOAT).tobytes(), Context(What.TEMPLATE, person, embedding.model))


def opened(vault: Vault, row: TemplateRow) -> Embedding:
    """The template of that row. Raises StoreDamaged."""
    plain = vault.open(row.sealed, Context(What.TEMPLATE, row.person, row.model))
    vector: Floats = frozen(np.frombuffer(plain, _FLOAT).astype(np.float32))
    return Embedding(vector, row.model)
