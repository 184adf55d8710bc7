"""Jobs, what each did with every photograph, and archives that are being uploaded."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type


class ItemState(StrEnum):
    """What became of a photograph."""

    WAITING = "waiting"
    USED = "used"
    USABLE = "usable"
    REJECTED = "rejected"
    ERASED = "erased"


class JobRow(Base):
    """A job. Whoever works on it holds it until `lease_utc`; `attempt` tells one holder from the one before,
    and `fruitless` counts attempts since it last went on.
    """

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), index=True)
    params: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(id_column_type())
    via: Mapped[str] = mapped_column(String(16))
    asked_utc: Mapped[datetime] = mapped_column(Utc)
    began_utc: Mapped[datetime | None] = mapped_column(Utc)
    ended_utc: Mapped[datetime | None] = mapped_column(Utc)
    cancel_utc: Mapped[datetime | None] = mapped_column(Utc)
    lease_utc: Mapped[datetime | None] = mapped_column(Utc)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    fruitless: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int | None] = mapped_column(Integer)
    sentence: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str] = mapped_column(Text, default="{}")


class ItemRow(Base):
    """One photograph of an archive: of which person in it (`who`), and what became of it."""

    __tablename__ = "job_items"
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    who: Mapped[int] = mapped_column(Integer)
    file: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32), default="")
    person: Mapped[str | None] = mapped_column(id_column_type(), index=True)

    __table_args__ = (Index("ix_job_items_job_who", "job", "who"),)


class UploadRow(Base):
    """An archive on its way here. How much of it is there, its file says."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    size: Mapped[int] = mapped_column(BigNumber)
    made_by: Mapped[str] = mapped_column(id_column_type())
    made_utc: Mapped[datetime] = mapped_column(Utc)
    used: Mapped[bool] = mapped_column(Boolean, default=False)
