"""The tables of models: versions, what was in production when, curves, and what is rolled out to whom."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type
from kiosk.central.texts import FOLDED_LONGEST


class ModelRow(Base):
    """A version of a model. `tag` is the name that its embeddings carry, and that kiosks say they run."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    tag: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(id_column_type(), unique=True)
    size: Mapped[int] = mapped_column(BigNumber)
    dimension: Mapped[int] = mapped_column(Integer)
    speed_ms: Mapped[float] = mapped_column(Float)
    card: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    made_utc: Mapped[datetime] = mapped_column(Utc)
    made_by: Mapped[str] = mapped_column(id_column_type())


class LogRow(Base):
    """What was done with models and who was champion from then on; the database refuses to edit it."""

    __tablename__ = "model_log"
    seq: Mapped[int] = mapped_column(BigNumber, primary_key=True, autoincrement=False)
    at_utc: Mapped[datetime] = mapped_column(Utc, index=True)
    act: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(ForeignKey("models.id"))
    champion: Mapped[str] = mapped_column(ForeignKey("models.id"))
    done_by: Mapped[str] = mapped_column(id_column_type())
    details: Mapped[str] = mapped_column(Text)


class EvaluationRow(Base):
    """A model's errors on a labelled set, known by the digest of its pictures; `curve` and `scores` are JSON."""

    __tablename__ = "model_evaluations"
    __table_args__ = (Index("ix_model_evaluations_model_set_digest", "model", "set_digest"),)
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    model: Mapped[str] = mapped_column(ForeignKey("models.id"))
    set_digest: Mapped[str] = mapped_column(id_column_type())
    people: Mapped[int] = mapped_column(Integer)
    pictures: Mapped[int] = mapped_column(Integer)
    faceless: Mapped[int] = mapped_column(Integer)
    genuine: Mapped[int] = mapped_column(Integer)
    impostors: Mapped[int] = mapped_column(Integer)
    fmr: Mapped[float] = mapped_column(Float)
    fnmr: Mapped[float] = mapped_column(Float)
    low: Mapped[float] = mapped_column(Float)
    high: Mapped[float] = mapped_column(Float)
    curve: Mapped[str] = mapped_column(Text)
    scores: Mapped[str] = mapped_column(Text)
    at_utc: Mapped[datetime] = mapped_column(Utc)
    done_by: Mapped[str] = mapped_column(id_column_type())


class RolloutRow(Base):
    """A version on its way to some kiosks: those of a site or a group (`scope`, `target`), to so many percent."""

    __tablename__ = "rollouts"
    __table_args__ = (UniqueConstraint("model", "scope", "folded"),)
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    model: Mapped[str] = mapped_column(ForeignKey("models.id"))
    scope: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(FOLDED_LONGEST))
    percent: Mapped[int] = mapped_column(Integer)
    began_utc: Mapped[datetime] = mapped_column(Utc)
    changed_utc: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[str] = mapped_column(id_column_type())
