"""Passes that were issued, and the keys that sign them."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.tables import Base, Utc, id_column_type


class PassKeyRow(Base):
    """A key that signs passes: its public half, and the secret half sealed. The newest of central's own signs.

    Of a kiosk's key (`kiosk`, for passes of its `site`) there is no secret half here.
    """

    __tablename__ = "pass_keys"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kiosk: Mapped[str] = mapped_column(id_column_type(), default="", server_default="")
    site: Mapped[str] = mapped_column(String(80), default="", server_default="")
    made_utc: Mapped[datetime] = mapped_column(Utc)
    dropped_utc: Mapped[datetime | None] = mapped_column(Utc)


class PassRow(Base):
    """What a pass says. Its text is kept nowhere: signing the same again gives the same text.

    `used`: it was for one visit, which was at `revoked_utc`.
    """

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
    used: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
