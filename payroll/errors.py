"""The root of every payroll error, so that an edge can tell a payroll refusal from a bug."""


class PayrollError(Exception):
    """Payroll cannot do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)
