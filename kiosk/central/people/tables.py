"""People and what belongs to them. What can recognise somebody is sealed; names are not, since they are searched."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.audit.tables import BigNumber
from kiosk.central.tables import Base, Utc, id_column_type
from kiosk.central.texts import FOLDED_LONGEST


class PersonRow(Base):
    """Somebody enrolled, or invited and not yet enrolled. `version` counts edits.

    `members_at`: JSON, for each member that was edited the version of it and by which kiosk ("" for central).
    `extra`: JSON, what a newer kiosk said of them that this version does not know.
    """

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(FOLDED_LONGEST), index=True)
    host: Mapped[str] = mapped_column(String(80), default="")
    site: Mapped[str] = mapped_column(String(80), default="")
    origin: Mapped[str] = mapped_column(String(80), default="central")
    valid_from_utc: Mapped[datetime | None] = mapped_column(Utc)
    valid_until_utc: Mapped[datetime | None] = mapped_column(Utc)
    disabled_utc: Mapped[datetime | None] = mapped_column(Utc)
    created_utc: Mapped[datetime] = mapped_column(Utc)
    changed_utc: Mapped[datetime] = mapped_column(Utc)
    version: Mapped[int] = mapped_column(Integer, default=1)
    members_at: Mapped[str] = mapped_column(Text, default="", server_default="")
    extra: Mapped[str] = mapped_column(Text, default="", server_default="")

    __table_args__ = (Index("ix_people_created_utc_id", "created_utc", "id"),)


class GroupRow(Base):
    """A group of people, which access windows are given to."""

    __tablename__ = "groups"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(FOLDED_LONGEST), unique=True)


class MemberRow(Base):
    """Who is in which group."""

    __tablename__ = "members"
    group: Mapped[str] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)


class WindowRow(Base):
    """When a person, or everybody of a group, may come: days of the week (bit 0 is Monday) and minutes of the day."""

    __tablename__ = "access_windows"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    person: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    group: Mapped[str | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    weekdays: Mapped[int] = mapped_column(Integer)
    from_minute: Mapped[int] = mapped_column(Integer)
    until_minute: Mapped[int] = mapped_column(Integer)


class ConsentRow(Base):
    """What somebody agreed to: which text, in which language, when, and who recorded it."""

    __tablename__ = "consents"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    text_version: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(16))
    given_utc: Mapped[datetime] = mapped_column(Utc)
    channel: Mapped[str] = mapped_column(String(32))
    recorded_by: Mapped[str] = mapped_column(id_column_type())


class TemplateRow(Base):
    """A sealed template. `change` grows with every template that comes, so that searchers know what is new."""

    __tablename__ = "templates"
    id: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    model: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    samples: Mapped[int] = mapped_column(Integer)
    created_utc: Mapped[datetime] = mapped_column(Utc)
    change: Mapped[int] = mapped_column(BigNumber, index=True)

    __table_args__ = (Index("ix_templates_model_change", "model", "change"),)


class ChipRow(Base):
    """The small picture of a person, sealed; kept only where their consent says so."""

    __tablename__ = "chips"
    person: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class TombstoneRow(Base):
    """Somebody erased: an id and a time, and nothing else. `merged_into`: who they are now, as long as those are here;
    None where they were erased.
    """

    __tablename__ = "tombstones"
    person: Mapped[str] = mapped_column(id_column_type(), primary_key=True)
    erased_utc: Mapped[datetime] = mapped_column(Utc)
    change: Mapped[int] = mapped_column(BigNumber, index=True)
    merged_into: Mapped[str | None] = mapped_column(id_column_type(), index=True)


class GalleryRow(Base):
    """One row: the number of the last change to the templates."""

    __tablename__ = "gallery"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    change: Mapped[int] = mapped_column(BigNumber)
