"""What the engine refuses, each with the table, the date or the line that an officer has to look at."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from payroll.errors import PayrollError


class ParameterMissing(PayrollError):
    """The law tables hold no value for this date."""

    def __init__(self, table: str, on: date, name: str | None = None) -> None:
        self.table = table
        self.on = on
        self.name = name
        what = f"no value {name}" if name else "no values"
        super().__init__(
            f"The table {table} holds {what} for {on.isoformat()}; "
            "add the published figures with their source, or replace the table."
        )


class PastVerified(PayrollError):
    """The law tables were not verified for this date; figures that were never verified have no date."""

    def __init__(self, verified_until: Mapping[str, date | None], on: date) -> None:
        self.verified_until = verified_until
        self.on = on
        tables = ", ".join(
            f"{table} (verified until {last.isoformat()})" if last else f"{table} (unverified figures)"
            for table, last in verified_until.items()
        )
        super().__init__(
            f"Not verified for {on.isoformat()}: {tables}; "
            "check the figures and extend each table, replace it, or sign an override."
        )


class LawFileInvalid(PayrollError):
    """A law file does not follow the rules for law files."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        super().__init__(f"{path}:{line}: {reason}")


class AmountInvalid(PayrollError):
    """An amount is not a sum of whole cents within the bounds of the engine."""


class RateInvalid(PayrollError):
    """A rate is not an exact decimal between zero and one."""


class ColumnsInvalid(PayrollError):
    """The columns do not describe the same people."""
