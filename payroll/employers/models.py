"""What is known of an employer; an organisation that has none itself has that of the nearest one above it."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base


class PayEmployer(Base):
    """Who pays the people of an organisation and its parts: name, structured address, account and cut-off.

    `cutoff_days` is how many working days before the pay day the monthly run is calculated.
    """

    __tablename__ = "pay_employers"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    enterprise_number: Mapped[str] = mapped_column(String(10))
    street: Mapped[str] = mapped_column(Text)
    building: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str] = mapped_column(String(16))
    town: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2))
    iban: Mapped[str] = mapped_column(String(34))
    cutoff_days: Mapped[int]
