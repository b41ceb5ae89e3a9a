"""What an organisation says about its own calendar; whatever it does not say is as in the whole country."""

from datetime import date

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base


class ClosedDay(Base):
    """A day on which an organisation is closed beside the legal holidays: a bridge day, a day in lieu."""

    __tablename__ = "closed_days"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(Text)


class OpeningHours(Base):
    """The working hours of an organisation: `opens` and `closes` as HH:MM, `weekdays` as digits, Monday is 1."""

    __tablename__ = "opening_hours"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    opens: Mapped[str] = mapped_column(String(5))
    closes: Mapped[str] = mapped_column(String(5))
    weekdays: Mapped[str] = mapped_column(String(7))
