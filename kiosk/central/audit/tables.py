"""What was done, by whom; and the chain's end, which every writer takes hold of first."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.central.tables import Base, Utc, id_column_type

BigNumber = BigInteger().with_variant(Integer, "sqlite")


class ActRow(Base):
    """One act. `details` is JSON of codes, ids and numbers; no names of visitors, no secrets."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(BigNumber, primary_key=True, autoincrement=False)
    at_utc: Mapped[datetime] = mapped_column(Utc)
    actor: Mapped[str] = mapped_column(id_column_type(), index=True)
    via: Mapped[str] = mapped_column(String(16))
    act: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    details: Mapped[str] = mapped_column(Text)
    chain: Mapped[str] = mapped_column(id_column_type())


class EndRow(Base):
    """The one row that says where the chain ends."""

    __tablename__ = "audit_end"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigNumber)
    chain: Mapped[str] = mapped_column(id_column_type())
