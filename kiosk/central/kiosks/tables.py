"""The kiosks of the fleet, and those that ask to become one; of tokens and codes only digests are kept."""

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type
from kiosk.central.texts import FOLDED_LONGEST


class KioskRow(Base):
    """A kiosk: where it stands, its token's digest, and what it last said of itself (`said`, JSON).

    One that was paired has a key (`public`) and signs; `counter` is the highest of its main lane. `previous` is the
    token before, good until `digest` is used. While the credentials of a pairing were never used, `pairing` names it.
    `left_sites`, JSON: those of which it may still have people, since it was moved; "" for none.
    """

    __tablename__ = "kiosks"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(FOLDED_LONGEST), unique=True)
    site: Mapped[str] = mapped_column(String(80), index=True)
    groups: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(id_column_type(), unique=True)
    made_utc: Mapped[datetime] = mapped_column(Utc)
    revoked_utc: Mapped[datetime | None] = mapped_column(Utc)
    heard_utc: Mapped[datetime | None] = mapped_column(Utc)
    said: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    public: Mapped[bytes | None] = mapped_column(LargeBinary)
    store: Mapped[str | None] = mapped_column(id_column_type(), unique=True, index=True)
    counter: Mapped[int] = mapped_column(BigNumber, default=0)
    previous: Mapped[str | None] = mapped_column(id_column_type(), index=True)
    pairing: Mapped[str | None] = mapped_column(id_column_type())
    paired_utc: Mapped[datetime | None] = mapped_column(Utc)
    wire: Mapped[int] = mapped_column(Integer, default=0)
    cursor_position: Mapped[int] = mapped_column(BigNumber, default=0, server_default="0")
    cursor_utc: Mapped[datetime | None] = mapped_column(Utc)
    left_sites: Mapped[str] = mapped_column(Text, default="", server_default="")


class PairingRow(Base):
    """A kiosk that asked to be paired, what became of it, and from where (a keyed digest); gone after a day."""

    __tablename__ = "pairings"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    code: Mapped[str] = mapped_column(id_column_type(), unique=True)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    store: Mapped[str] = mapped_column(id_column_type())
    software: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(id_column_type())
    state: Mapped[str] = mapped_column(String(16))
    kiosk: Mapped[str | None] = mapped_column(id_column_type())
    asked_utc: Mapped[datetime] = mapped_column(Utc, index=True)
    expires_utc: Mapped[datetime] = mapped_column(Utc)
