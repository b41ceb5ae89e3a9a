"""What is paid: one row for each person and run, which is why nobody is paid twice."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base


class PayPayment(Base):
    """What a run pays to one person, in cents; name and account stay as they were when it was ordered."""

    __tablename__ = "pay_payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("pay_runs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("pay_employers.organisation_id"))
    reference: Mapped[str] = mapped_column(String(35), unique=True)
    name: Mapped[str] = mapped_column(Text)
    iban: Mapped[str] = mapped_column(String(34))
    amount: Mapped[int] = mapped_column(BigInteger)
    execution_on: Mapped[date] = mapped_column(Date)

    __table_args__ = (UniqueConstraint("run_id", "person_id"),)
