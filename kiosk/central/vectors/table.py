"""The table of vectors: a template's id and its vector in half precision, and nothing that another table knows.

`kiosk-central vectors` makes it, since only that can say which model's dimension it has, and whether pgvector is there.
Where it is, every enrolment writes to it; its comment is the model's name once all of that model's templates are in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Column, MetaData, Select, Table, bindparam, insert, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.people.tables import PersonRow, TemplateRow
from kiosk.central.tables import id_column_type
from kiosk.domain.sight import Embedding

NAME = "template_vectors"
INDEX = "ix_template_vectors_vector"
VECTORS = Table(NAME, MetaData(), Column("template", id_column_type(), primary_key=True), Column("vector", HALFVEC()))
# Neighbours of each vector, and how many are looked at to choose them: see docs/decisions/0024-vectors.md for figures.
M, EF_CONSTRUCTION = 24, 200
# How many are looked at in a search, by the same figures; and the most that pgvector looks at.
EF_SEARCH, EF_MOST = 130, 1000


@dataclass(frozen=True, slots=True)
class State:
    """The table as it is: the dimension of its vectors, and of which model it has every template."""

    dimension: int
    model: str | None


def made(dimension: int) -> str:
    """SQL that makes the table where it is not there."""
    return (
        f"CREATE TABLE IF NOT EXISTS {NAME} (template varchar({id_column_type().length}) PRIMARY KEY "
        f"REFERENCES templates (id) ON DELETE CASCADE, vector halfvec({dimension}) NOT NULL)"
    )


def indexed() -> str:
    """SQL that makes the index, while others go on reading and writing."""
    index = f"hnsw (vector halfvec_ip_ops) WITH (m = {M}, ef_construction = {EF_CONSTRUCTION})"
    return f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON {NAME} USING {index}"


def marked(model: str) -> str:
    """SQL that says of which model everything is there."""
    quoted = model.replace("'", "''")
    return f"COMMENT ON TABLE {NAME} IS '{quoted}'"


_STATE = text(
    "SELECT atttypmod AS dimension, obj_description(attrelid, 'pg_class') AS model FROM pg_attribute "
    f"WHERE attrelid = to_regclass('{NAME}') AND attname = 'vector'"
)


async def state_of(session: AsyncSession) -> State | None:
    """How the table is; None where there is none, as on every SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    row = (await session.execute(_STATE)).one_or_none()
    return None if row is None else State(row.dimension, row.model)


async def keep(session: AsyncSession, template: str, embedding: Embedding) -> None:
    """Write down the vector of a template that this transaction makes, where there is a table for it."""
    await keep_all(session, [(template, embedding)])


async def keep_all(session: AsyncSession, templates: Sequence[tuple[str, Embedding]]) -> None:
    """The same for many at once."""
    state = await state_of(session)
    rows = [
        {"template": template, "vector": embedding.vector}
        for template, embedding in templates
        if state is not None and state.dimension == len(embedding.vector)
    ]
    if rows:
        await session.flush()  # the templates first
        await session.execute(insert(VECTORS), rows)


def candidates(most: int) -> Select[str, str, bytes, int]:
    """The templates nearest to `probe`: without a person where they are disabled or not of `model`.

    The number stands in the text: as a parameter, a plan made for any number might pass the index by.
    """
    distance = VECTORS.c.vector.max_inner_product(bindparam("probe", type_=HALFVEC()))
    near = select(VECTORS.c.template).order_by(distance).limit(literal_column(str(int(most)))).subquery("near")
    template = (TemplateRow.id == near.c.template) & (TemplateRow.model == bindparam("model"))
    person = (PersonRow.id == TemplateRow.person) & PersonRow.disabled_utc.is_(None)
    chosen = select(TemplateRow.id, PersonRow.id.label("person"), TemplateRow.sealed, TemplateRow.samples)
    return chosen.select_from(near).outerjoin(TemplateRow, template).outerjoin(PersonRow, person)
