"""The kiosks of the fleet; of a kiosk's token only the digest is kept."""

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type


class KioskRow(Base):
    """A kiosk: where it stands, its token's digest, and what it last said of itself (`said`, JSON)."""

    __tablename__ = "kiosks"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(320), unique=True)
    site: Mapped[str] = mapped_column(String(80), index=True)
    groups: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(id_column_type(), unique=True)
    made_utc: Mapped[datetime] = mapped_column(Utc)
    revoked_utc: Mapped[datetime | None] = mapped_column(Utc)
    heard_utc: Mapped[datetime | None] = mapped_column(Utc, index=True)
    said: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    cursor_position: Mapped[int] = mapped_column(BigNumber, default=0, server_default="0")
    cursor_utc: Mapped[datetime | None] = mapped_column(Utc)
