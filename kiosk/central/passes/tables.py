"""Passes that were issued, and the keys that sign them."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.tables import Base, Utc, id_column_type


class PassKeyRow(Base):
    """A key that signs passes: its public half, and the secret half sealed. The newest one signs."""

    __tablename__ = "pass_keys"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_utc: Mapped[datetime] = mapped_column(Utc)
    dropped_utc: Mapped[datetime | None] = mapped_column(Utc)


class PassRow(Base):
    """What a pass says. Its text is kept nowhere: signing the same again gives the same text."""

    __tablename__ = "passes"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    site: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(ForeignKey("pass_keys.id"))
    single_use: Mapped[bool] = mapped_column(Boolean)
    not_before_utc: Mapped[datetime] = mapped_column(Utc)
    expires_utc: Mapped[datetime] = mapped_column(Utc)
    issued_utc: Mapped[datetime] = mapped_column(Utc, index=True)
    issued_by: Mapped[str] = mapped_column(id_column_type())
    revoked_utc: Mapped[datetime | None] = mapped_column(Utc)
