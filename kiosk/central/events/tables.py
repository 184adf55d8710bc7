"""The tables of events: what kiosks told, in an order that readers can follow, and what became of it."""

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type


class EventRow(Base):
    """An event as its kiosk wrote it. `position` is the order of commit; `visit` is the event's own id without one."""

    __tablename__ = "events"
    position: Mapped[int] = mapped_column(BigNumber, primary_key=True, autoincrement=False)
    kiosk: Mapped[str] = mapped_column(id_column_type())
    id: Mapped[str] = mapped_column(id_column_type())
    site: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int] = mapped_column(BigNumber)
    kind: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(40))
    person: Mapped[str | None] = mapped_column(id_column_type())
    similarity: Mapped[float | None] = mapped_column(Float(53))
    visit: Mapped[str] = mapped_column(id_column_type())
    taken_utc: Mapped[datetime] = mapped_column(Utc, index=True)
    received_utc: Mapped[datetime] = mapped_column(Utc)

    __table_args__ = (
        UniqueConstraint("kiosk", "id"),
        Index("ix_events_kind_position", "kind", "position"),
        Index("ix_events_person_position", "person", "position"),
        Index("ix_events_site_position", "site", "position"),
        Index("ix_events_kiosk_visit", "kiosk", "visit"),
        Index("ix_events_kiosk_position", "kiosk", "position"),
    )


class OrderRow(Base):
    """One row: the position of the last event. Whoever writes events holds it until they commit."""

    __tablename__ = "event_order"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigNumber)


class VerdictRow(Base):
    """What an operator said of a visit: who it was (`person`), or that it was not whom it was taken for (`guess`,
    at that similarity); `effect` is what that makes of the kiosk's answer.
    """

    __tablename__ = "verdicts"
    kiosk: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    visit: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(32))
    effect: Mapped[str] = mapped_column(String(32))
    person: Mapped[str | None] = mapped_column(id_column_type(), index=True)
    guess: Mapped[str | None] = mapped_column(id_column_type(), index=True)
    similarity: Mapped[float | None] = mapped_column(Float(53))
    said_by: Mapped[str] = mapped_column(id_column_type())
    said_utc: Mapped[datetime] = mapped_column(Utc)


class HookRow(Base):
    """Where events are told to: an address, the sealed secret that signs, and which kinds (JSON; empty: all).

    One that does not answer is left in peace until `rest_utc`.
    """

    __tablename__ = "webhooks"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kinds: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    rest_utc: Mapped[datetime | None] = mapped_column(Utc)
    made_utc: Mapped[datetime] = mapped_column(Utc)
    made_by: Mapped[str] = mapped_column(id_column_type())


class DeliveryRow(Base):
    """An event to be told to a webhook; a trial where there is no event. `lease` is who sends it now, until when.

    What is sent is read from the event when it is sent, so that what was erased meanwhile is not in it.
    """

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    hook: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[int | None] = mapped_column(ForeignKey("events.position", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(String(40))
    made_utc: Mapped[datetime] = mapped_column(Utc)
    due_utc: Mapped[datetime] = mapped_column(Utc)
    sent_utc: Mapped[datetime | None] = mapped_column(Utc)
    lease: Mapped[str | None] = mapped_column(id_column_type())
    lease_utc: Mapped[datetime | None] = mapped_column(Utc)

    __table_args__ = (
        Index("ix_deliveries_hook_state_due_utc", "hook", "state", "due_utc"),
        Index("ix_deliveries_hook_id", "hook", "id"),
    )
