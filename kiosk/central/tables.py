"""What all tables share: the registry, names of constraints, and how times are kept."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, MetaData, String, TypeDecorator, and_, false, or_
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

ID_LENGTH = 64
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of central."""

    metadata = MetaData(naming_convention=NAMES)


class Utc(TypeDecorator[datetime]):
    """A moment with its time zone, which is always UTC; SQLite, which knows no zones, is told none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as SQLAlchemy has it
        """Into the database. Raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def id_column_type() -> String:
    """The type of every id."""
    return String(ID_LENGTH)


class looked_at(FunctionElement[str]):  # noqa: N801 - as SQLAlchemy writes functions
    """A column that a row is looked at for, and not looked for by: SQLite, which does not know how many rows there are
    of a value, would go through all of those by their index, and sort them, where the newest hundred are wanted.
    """

    type = String()
    inherit_cache = True


@compiles(looked_at)
def _as_it_is(element: looked_at, compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 - as SQLAlchemy has it
    return compiler.process(element.clauses, **more)


@compiles(looked_at, "sqlite")
def _without_index(element: looked_at, compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 - as SQLAlchemy has it
    return f"+{compiler.process(element.clauses, **more)}"


def are_among(
    first: InstrumentedAttribute[str], second: InstrumentedAttribute[Any], pairs: Iterable[tuple[str, Any]]
) -> ColumnElement[bool]:
    """Whether the two columns hold one of these pairs.

    For `(first, second) IN (VALUES …)` SQLite uses no index, and reads the whole table.
    """
    seconds: dict[str, list[Any]] = {}
    for one, other in pairs:
        seconds.setdefault(one, []).append(other)
    return or_(false(), *(and_(first == one, second.in_(others)) for one, others in seconds.items()))
