"""Finding the person most like a face: everybody's templates in memory, brought up to date before each search.

Each process has its own copy. One number in the database grows with every change to a template; where it is the
one that was last seen, nothing is read. Where pgvector has everybody, it is asked for a few candidates instead, and
their sealed templates decide.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import Database
from kiosk.central.people.tables import GalleryRow, PersonRow, TemplateRow
from kiosk.central.vectors.table import EF_MOST, EF_SEARCH, candidates, state_of
from kiosk.domain.people import Template
from kiosk.domain.sight import Embedding, Floats, frozen
from kiosk.domain.verdict import Match
from kiosk.identity.gallery import Gallery
from kiosk.vault import Context, Vault, What

_FLOAT = np.dtype("<f4")
# Candidates for each person wanted: half precision and the index's guesses cost the order of a few places.
SPARE = 4
# Counts may be so much behind: what hangs on them, the threshold, moves with their logarithm.
BEHIND = 0.01
# Compiling the query would take longer than the query, where the planner thinks it dear.
_TUNED = text(
    "SELECT set_config('hnsw.ef_search', :ef, true), set_config('enable_indexscan', :indexed, true), "
    "set_config('jit', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Who is most like a face, best first, of how many people with how many templates."""

    matches: tuple[Match, ...]
    people: int
    templates: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people and templates there were at that change."""

    change: int
    people: int
    templates: int


@dataclass(slots=True)
class Search:
    """The templates of `model`, of everybody who is enrolled; in pgvector too where `vectors` is set."""

    database: Database
    vault: Vault
    model: str
    vectors: bool = False
    _change: int = -1
    _counted: Counted | None = None
    _gallery: Gallery | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def gallery(self) -> Gallery:
        """Everybody who is not disabled, as the database has them now. Raises Unavailable."""
        async with self._lock:
            async with self.database.reading() as session:
                change = await _change_of(session)
            if self._gallery is None or change != self._change:
                async with self.database.scanning() as session:
                    columns = select(TemplateRow.id, TemplateRow.person, TemplateRow.sealed, TemplateRow.samples)
                    known = columns.join(PersonRow, PersonRow.id == TemplateRow.person)
                    query = known.where(TemplateRow.model == self.model, PersonRow.disabled_utc.is_(None))
                    rows = (await session.execute(query.order_by(TemplateRow.person))).all()
                self._gallery = await asyncio.to_thread(self._built, rows)
                self._change = change
            return self._gallery

    async def find(self, probe: Embedding, count: int) -> Found:
        """Of everybody, the `count` people most like that face. Raises Unavailable."""
        if self.vectors:
            found = await self._asked(probe, count)
            if found is not None:
                return found
        gallery = await self.gallery()
        matches = await asyncio.to_thread(gallery.rank, probe, count)
        return Found(tuple(matches), len(gallery.people), gallery.size)

    async def _asked(self, probe: Embedding, count: int) -> Found | None:
        """What pgvector has; None where it has not everybody."""
        async with self.database.reading() as session:
            state = await state_of(session)
            if state is None or state.model != self.model or probe.model != self.model:
                return None
            counted = await self._counts(session)
            rows = await self._near(session, probe, count)
        rows.sort(key=lambda row: row.person)  # as in memory, where that decides among equals
        ranked = self._built(rows).rank(probe, count) if rows else ()
        return Found(tuple(ranked), counted.people, counted.templates)

    async def _near(self, session: AsyncSession, probe: Embedding, count: int) -> list[Row[str, str, bytes, int]]:
        """Templates among which the best of `count` people are: by the index, or by all where it gives too few."""
        most, ef, is_indexed = SPARE * count, EF_SEARCH, True
        while True:
            await session.execute(_TUNED, {"ef": str(max(ef, min(most, EF_MOST))), "indexed": str(is_indexed)})
            rows = (await session.execute(candidates(most), {"probe": probe.vector, "model": self.model})).all()
            known = [row for row in rows if row.person is not None]
            if len({row.person for row in known}) >= count or (len(rows) < most and not is_indexed):
                return known
            # Several templates a person, people disabled, or dead rows in the way.
            is_indexed = is_indexed and most < EF_MOST and len(rows) == most
            most = max(EF_MOST, SPARE * most)

    async def _counts(self, session: AsyncSession) -> Counted:
        """How many there are. Counting a million takes a while, so a few changes are let go by."""
        change, counted = await _change_of(session), self._counted
        if counted is None or not 0 <= change - counted.change <= BEHIND * counted.templates:
            query = select(func.count(TemplateRow.person.distinct()), func.count()).select_from(TemplateRow)
            known = query.join(PersonRow, PersonRow.id == TemplateRow.person)
            where = known.where(TemplateRow.model == self.model, PersonRow.disabled_utc.is_(None))
            people, templates = (await session.execute(where)).one()
            counted = self._counted = Counted(change, people, templates)
        return counted

    def _built(self, rows: Sequence[Row[str, str, bytes, int]]) -> Gallery:
        templates = [
            Template(row.id, row.person, _vector(self.vault, row.person, self.model, row.sealed), row.samples)
            for row in rows
        ]
        return Gallery.from_templates(templates, self.model)


async def _change_of(session: AsyncSession) -> int:
    return await session.scalar(select(GalleryRow.change).where(GalleryRow.id == 1)) or 0


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
