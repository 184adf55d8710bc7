"""The tables of sync: what changed for whom, who confirmed an erasure, and what could not be taken from kiosks."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type

MARKED = text("position IS NULL")
ABSENT = "absent"  # somebody of whom the kiosks of that site were never told, and whom one of them named


class ChangeRow(Base):
    """Something that kiosks of a site (of every site: "") are to hear of, as it is when they ask.

    Triggers write it, with no position; it gets one after the commit. See docs/decisions/0026-sync.md.
    """

    __tablename__ = "changes"
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    site: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int | None] = mapped_column(BigNumber)

    __table_args__ = (
        Index("ix_changes_site_position", "site", "position"),
        Index("ix_changes_position", "position"),
        Index("ix_changes_marked", "site", postgresql_where=MARKED, sqlite_where=MARKED),
    )


class ChangeOrderRow(Base):
    """One row: the last position that was given. Whoever gives positions holds it until they commit."""

    __tablename__ = "change_order"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigNumber)


class ServerStateRow(Base):
    """One row: the database's `epoch`, new with each restore, and the key by which central signs."""

    __tablename__ = "server_state"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(id_column_type())
    signer_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    signer_public: Mapped[bytes] = mapped_column(LargeBinary)


class ReceiptRow(Base):
    """That a kiosk of that site may have somebody who was erased, and when it confirmed that it has nothing of them."""

    __tablename__ = "receipts"
    person: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    kiosk: Mapped[str] = mapped_column(ForeignKey("kiosks.id", ondelete="CASCADE"), primary_key=True, index=True)
    site: Mapped[str] = mapped_column(String(80))
    asked_utc: Mapped[datetime] = mapped_column(Utc)
    confirmed_utc: Mapped[datetime | None] = mapped_column(Utc)


class ConflictRow(Base):
    """An edit of a kiosk to a member that somebody else had changed meanwhile; it goes with the person."""

    __tablename__ = "conflicts"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    kiosk: Mapped[str] = mapped_column(id_column_type())
    member: Mapped[str] = mapped_column(String(32))
    wanted: Mapped[str] = mapped_column(Text)
    base: Mapped[int] = mapped_column(BigNumber)
    at_utc: Mapped[datetime] = mapped_column(Utc)


class DeadLetterRow(Base):
    """An item of a kiosk that was not taken: what it was and why, about whom while they are here, and no more of it."""

    __tablename__ = "dead_letters"
    kiosk: Mapped[str] = mapped_column(ForeignKey("kiosks.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(40))
    at_utc: Mapped[datetime] = mapped_column(Utc)
    person: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)


class ModelReportRow(Base):
    """What a kiosk last said of a model that it was to run; `missing`: people whom it could not recognise with it."""

    __tablename__ = "model_reports"
    kiosk: Mapped[str] = mapped_column(ForeignKey("kiosks.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    missing: Mapped[int] = mapped_column(BigNumber)
    at_utc: Mapped[datetime] = mapped_column(Utc)
