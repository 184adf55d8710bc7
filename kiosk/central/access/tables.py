"""Users, what they are signed in with, and who tried too often."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.tables import Base, Utc, id_column_type


class UserRow(Base):
    """Somebody who may sign in. `totp` is sealed; `totp_step` is the last one used, so that a code works once."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(160), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(200))
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(Integer, default=0)
    created_utc: Mapped[datetime] = mapped_column(Utc)
    disabled_utc: Mapped[datetime | None] = mapped_column(Utc)


class SessionRow(Base):
    """A browser that is signed in; `id` is the digest of its cookie."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(80))
    created_utc: Mapped[datetime] = mapped_column(Utc)
    seen_utc: Mapped[datetime] = mapped_column(Utc)
    expires_utc: Mapped[datetime] = mapped_column(Utc)


class TokenRow(Base):
    """An API token: what it may do, until when; `digest` is all that is kept of the token itself."""

    __tablename__ = "api_tokens"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(id_column_type(), unique=True)
    scopes: Mapped[str] = mapped_column(String(600))
    created_utc: Mapped[datetime] = mapped_column(Utc)
    expires_utc: Mapped[datetime] = mapped_column(Utc)
    revoked_utc: Mapped[datetime | None] = mapped_column(Utc)


class InvitationRow(Base):
    """A one-time link by which somebody chooses their password."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_utc: Mapped[datetime] = mapped_column(Utc)
    used_utc: Mapped[datetime | None] = mapped_column(Utc)


class TryRow(Base):
    """Failed sign-ins of one name or from one address; `subject` is a keyed digest of it."""

    __tablename__ = "sign_in_tries"
    subject: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_utc: Mapped[datetime] = mapped_column(Utc)
    until_utc: Mapped[datetime | None] = mapped_column(Utc)

    __table_args__ = (Index("ix_sign_in_tries_last_utc", "last_utc"),)
