"""Explanations without any database, behind `balie payroll explain`: the objects of a calculation in, sentences out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from payroll import calculator
from payroll.calculation_request import CalculationRequest, Kind, RequestInvalid, check_request
from payroll.engine.explain import Line
from payroll.engine.explanations import Cause, Reason, explain_difference, explain_slip, household_reasons
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import family_reductions


def told_slips(documents: Sequence[Any], law: ParameterSet, language: str) -> list[list[str]]:
    """Return the sentences of each slip; raises RequestInvalid, ParameterMissing or PastVerified."""
    return [explain_slip(calculator.slip(check_request(document), law), language) for document in documents]


def told_difference(documents: Sequence[Any], law: ParameterSet, language: str) -> list[str]:
    """Return what the second of two slips changes and why; raises RequestInvalid, ParameterMissing or PastVerified."""
    if len(documents) != 2:
        raise RequestInvalid("input", f"a difference needs two objects, not {len(documents)}")
    before, after = map(check_request, documents)
    old, new = calculator.slip(before, law), calculator.slip(after, law)
    reasons = [*_pay_reasons(before, after), *_household_reasons(before, after, law)]
    earlier, later = _tables(old), _tables(new)
    if any(earlier[name] != later[name] for name in earlier.keys() & later.keys()):
        reasons.append(Reason(Cause.LAW, 0, 0, PayMonth.of(after.pay_date)))
    return explain_difference(old, new, reasons, language)


def _tables(lines: Sequence[Line]) -> dict[str, date]:
    return dict(table for line in lines for table in line.parameters)


def _household_reasons(before: CalculationRequest, after: CalculationRequest, law: ParameterSet) -> list[Reason]:
    table = law.in_force(family_reductions.TABLE, after.pay_date)
    return household_reasons(
        before.household.household(), after.household.household(), PayMonth.of(after.pay_date), table.reference
    )


def _pay_reasons(before: CalculationRequest, after: CalculationRequest) -> list[Reason]:
    since = PayMonth.of(after.pay_date)
    reasons = []
    if before.statute is not after.statute:
        reasons.append(Reason(Cause.STATUTE, before.statute, after.statute, since))
    if before.kind is after.kind is Kind.MONTH and before.gross != after.gross:
        reasons.append(Reason(Cause.GROSS_MONTH, before.gross or 0, after.gross or 0, since))
    old_days, new_days = before.performance.days_paid, after.performance.days_paid
    if old_days is not None and new_days is not None and old_days != new_days:
        reasons.append(Reason(Cause.DAYS_PAID, old_days, new_days, since))
    return reasons
