"""What kiosks of a site must keep to, and the privacy notices that were ever shown there."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.tables import Base, Utc, id_column_type


class PolicyRow(Base):
    """The rules of a site. `version` counts edits."""

    __tablename__ = "policies"
    site: Mapped[str] = mapped_column(String(80), primary_key=True)
    search_level: Mapped[str] = mapped_column(String(16))
    claim_level: Mapped[str] = mapped_column(String(16))
    keep_pictures: Mapped[bool] = mapped_column(Boolean)
    windows_apply: Mapped[bool] = mapped_column(Boolean)
    retention_days: Mapped[int | None] = mapped_column(Integer)
    events_days: Mapped[int] = mapped_column(Integer)
    languages: Mapped[str] = mapped_column(Text)
    changed_utc: Mapped[datetime] = mapped_column(Utc)
    version: Mapped[int] = mapped_column(Integer)


class NoticeRow(Base):
    """A privacy notice. A text that was ever shown stays readable: consents name its version."""

    __tablename__ = "notices"
    site: Mapped[str] = mapped_column(String(80), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    made_utc: Mapped[datetime] = mapped_column(Utc)
    made_by: Mapped[str] = mapped_column(id_column_type())
