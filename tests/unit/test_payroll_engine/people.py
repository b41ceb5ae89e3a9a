"""Builders for the columns that the tests of the engine ask about."""

from datetime import date

import numpy as np

from payroll.engine import calculate, parameters
from payroll.engine.columns import ExceptionalColumns, MonthColumns, whole_months
from payroll.engine.household import Household, HouseholdColumns
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.exceptional_payments import PaymentColumn

SEPTEMBER = date(2026, 9, 14)


def cents(*values):
    return np.array(values, dtype=np.int64)


def month_columns(gross, *, on=SEPTEMBER, statute=Statute.CONTRACTUAL, household=None, performance=None, **amounts):
    people = len(gross)
    nothing = np.zeros(people, dtype=np.int64)
    names = (
        "household_residence_allowance",
        "taxable_allowances",
        "benefits_in_kind",
        "untaxed_allowances",
        "net_deductions",
    )
    return MonthColumns(
        paid_on=on,
        statute=statute,
        gross=np.array(gross, dtype=np.int64),
        performance=performance or whole_months(people),
        household=HouseholdColumns.of([household or Household()] * people),
        **{name: nothing + amounts.get(name, 0) for name in names},
    )


def month(gross, *, law=None, **inputs):
    return calculate.calculate_month(month_columns(gross, **inputs), law or parameters.packaged())


def payment_columns(amount, reference, *, on=SEPTEMBER, column=PaymentColumn.OTHER, household=None, contribution=0):
    people = len(amount)
    nothing = np.zeros(people, dtype=np.int64)
    return ExceptionalColumns(
        paid_on=on,
        column=column,
        amount=np.array(amount, dtype=np.int64),
        contribution=nothing + contribution,
        reference=nothing + np.array(reference, dtype=np.int64),
        untaxed_allowances=nothing,
        net_deductions=nothing,
        household=HouseholdColumns.of([household or Household()] * people),
    )


def households(*people):
    return HouseholdColumns.of(people)
