"""The stateless calculator behind `balie payroll calculate`: objects in, columns, objects out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np

from payroll.calculation_request import (
    CalculationRequest,
    Kind,
    RequestInvalid,
    check_request,
)
from payroll.engine import calculate, explain
from payroll.engine.columns import ExceptionalColumns, MonthColumns, cents_column
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.explain import Line
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import CentsColumn, Rate, format_cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import contributions
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.exceptional_payments import PaymentColumn
from payroll.engine.rules.work_bonus import DAY, Performance

Document: TypeAlias = dict[str, Any]
Group: TypeAlias = tuple[date, Kind, Statute]

TOGETHER = 5_000

_FIELD_OF_REDUCTION = {
    "other_dependant": "household.other_dependants",
    "dependant_66_plus_in_care": "household.dependants_66_plus_in_care",
    "spouse_small_own": "household.spouse_income",
    "spouse_small_pension": "household.spouse_income",
}
_EXCEPTIONAL_COLUMNS = {Kind.HOLIDAY_PAY: PaymentColumn.HOLIDAY_PAY, Kind.EXCEPTIONAL: PaymentColumn.OTHER}


def results(documents: Sequence[Any], law: ParameterSet, *, language: str = "en") -> Iterator[Document]:
    """Yield one result or error object for each document, in order.

    Some thousands at a time are calculated together, so that many documents take no more memory than those. Raises
    LawFileInvalid when a replaced table gives a value of another kind than the rules need.
    """
    setting = _Setting(law, language)
    for start in range(0, len(documents), TOGETHER):
        yield from _results_of_part(documents[start : start + TOGETHER], setting)


def slip(request: CalculationRequest, law: ParameterSet) -> list[Line]:
    """Return the lines of one request, for the month of its pay date; raises ParameterMissing or PastVerified."""
    if request.kind is Kind.MONTH:
        month = _month_columns([request])
        lines = explain.month_lines(month, calculate.calculate_month(month, law))
    else:
        payment = _exceptional_columns([request], law)
        lines = explain.exceptional_lines(payment, calculate.calculate_exceptional(payment, law))
    return next(explain.by_person(lines, PayMonth.of(request.pay_date)))


@dataclass(frozen=True)
class _Setting:
    law: ParameterSet
    language: str


def _results_of_part(documents: Sequence[Any], setting: _Setting) -> list[Document]:
    """People with the same pay date, kind and statute are calculated in one go."""
    found: dict[int, Document] = {}
    groups: dict[Group, dict[int, CalculationRequest]] = defaultdict(dict)
    for number, document in enumerate(documents):
        try:
            request = check_request(document)
        except RequestInvalid as error:
            found[number] = _error(error.field, str(error))
        else:
            groups[request.pay_date, request.kind, request.statute][number] = request
    for group, requests in groups.items():
        found.update(_calculate_group(group, requests, setting))
    return [found[number] for number in range(len(documents))]


def _calculate_group(
    group: Group, requests: Mapping[int, CalculationRequest], setting: _Setting
) -> dict[int, Document]:
    day, kind, _ = group
    try:
        if kind is not Kind.MONTH:
            return dict(zip(requests, _exceptional(list(requests.values()), setting), strict=True))
        calculate.month_law(group[2], day, setting.law)
        refused = _without_reduction(requests, day, setting.law)
        accepted = {number: request for number, request in requests.items() if number not in refused}
        return refused | dict(zip(accepted, _month(list(accepted.values()), setting), strict=True))
    except (ParameterMissing, PastVerified) as error:
        return dict.fromkeys(requests, _error("pay_date", str(error)))


def _without_reduction(requests: Mapping[int, CalculationRequest], day: date, law: ParameterSet) -> dict[int, Document]:
    needed = calculate.unavailable_reductions(_households(requests.values()), day, law)
    numbers = list(requests)
    return {
        numbers[place]: _error(
            _FIELD_OF_REDUCTION.get(name, f"household.{name}"),
            str(ParameterMissing("family_reductions", day, name)),
        )
        for name, people in needed.items()
        for place in np.flatnonzero(people).tolist()
    }


def _month(requests: list[CalculationRequest], setting: _Setting) -> Iterable[Document]:
    if not requests:
        return []
    inputs = _month_columns(requests)
    result = calculate.calculate_month(inputs, setting.law)
    columns = {
        "gross": inputs.gross,
        "contribution": result.contributions.total,
        "work_bonus_a": result.work_bonus.part_a,
        "work_bonus_b": result.work_bonus.part_b,
        "taxable": result.taxable,
        "annual_taxable": result.annual.taxable,
        "annual_net_taxable": result.annual.net_taxable,
        "base_tax": result.annual.base_tax,
        "family_reductions": result.family_reductions,
        "fiscal_work_bonus": result.fiscal_work_bonus,
        "withholding_tax": result.withholding_tax,
        "special_contribution": result.special_contribution,
        "net": result.net,
    }
    lines = explain.by_person(explain.month_lines(inputs, result))
    return _documents(columns, None, lines, result.parameter_dates, setting.language)


def _exceptional(requests: list[CalculationRequest], setting: _Setting) -> Iterable[Document]:
    inputs = _exceptional_columns(requests, setting.law)
    result = calculate.calculate_exceptional(inputs, setting.law)
    nothing = inputs.amount * 0
    columns = {
        "gross": inputs.amount,
        "contribution": inputs.contribution,
        "work_bonus_a": nothing,
        "work_bonus_b": nothing,
        "taxable": result.taxable,
        "annual_taxable": nothing,
        "annual_net_taxable": nothing,
        "base_tax": nothing,
        "family_reductions": nothing,
        "fiscal_work_bonus": nothing,
        "withholding_tax": result.exceptional.tax,
        "special_contribution": nothing,
        "net": result.net,
    }
    rates = [Rate(rate).percent for rate in result.exceptional.rate.tolist()]
    lines = explain.by_person(explain.exceptional_lines(inputs, result))
    return _documents(columns, rates, lines, result.parameter_dates, setting.language)


def _month_columns(requests: list[CalculationRequest]) -> MonthColumns:
    days = [request.performance for request in requests]
    return MonthColumns(
        paid_on=requests[0].pay_date,
        statute=requests[0].statute,
        gross=cents_column([request.gross or 0 for request in requests]),
        household_residence_allowance=_amounts(requests, "household_residence_allowance"),
        taxable_allowances=_amounts(requests, "taxable_allowances"),
        benefits_in_kind=_amounts(requests, "benefits_in_kind"),
        untaxed_allowances=_amounts(requests, "untaxed_allowances"),
        net_deductions=_amounts(requests, "net_deductions"),
        performance=Performance(
            np.array([DAY if each.days_paid is None else each.days_paid for each in days], dtype=np.int64),
            np.array([DAY if each.days_paid is None else each.days_full_month for each in days], dtype=np.int64),
        ),
        household=_households(requests),
    )


def _exceptional_columns(requests: list[CalculationRequest], law: ParameterSet) -> ExceptionalColumns:
    amount = _amounts(requests, "amount")
    rates = calculate.exceptional_law(requests[0].pay_date, law)[contributions.TABLE]
    given = [request.contribution for request in requests]
    usual = contributions.exceptional_contribution(amount, rates).tolist()
    return ExceptionalColumns(
        paid_on=requests[0].pay_date,
        column=_EXCEPTIONAL_COLUMNS[requests[0].kind],
        amount=amount,
        contribution=cents_column([default if own is None else own for own, default in zip(given, usual, strict=True)]),
        reference=_amounts(requests, "annual_reference"),
        untaxed_allowances=_amounts(requests, "untaxed_allowances"),
        net_deductions=_amounts(requests, "net_deductions"),
        household=_households(requests),
    )


def _amounts(requests: list[CalculationRequest], field: str) -> CentsColumn:
    return cents_column([getattr(request, field) for request in requests])


def _households(requests: Iterable[CalculationRequest]) -> HouseholdColumns:
    return HouseholdColumns.of(request.household.household() for request in requests)


def _documents(
    columns: Mapping[str, CentsColumn],
    rates: Sequence[str] | None,
    lines: Iterable[Sequence[Line]],
    dates: Mapping[str, date],
    language: str,
) -> Iterable[Document]:
    texts = [map(format_cents, column.tolist()) for column in columns.values()]
    for place, (amounts, own_lines) in enumerate(zip(zip(*texts, strict=True), lines, strict=True)):
        document: Document = dict(zip(columns, amounts, strict=True))
        if rates is not None:
            document["rate_pct"] = rates[place]
        document["lines"] = [_line(line, language) for line in own_lines]
        document["parameters"] = {table: since.isoformat() for table, since in sorted(dates.items())}
        yield document


def _line(line: Line, language: str) -> Document:
    return {
        "code": line.wage_type.value,
        "label": line.wage_type.label(language),
        "base": None if line.base is None else format_cents(line.base),
        "rate": None if line.rate is None else line.rate.percent,
        "amount": format_cents(line.amount),
        "reference": line.reference,
    }


def _error(field: str, message: str) -> Document:
    return {"error": {"field": field, "message": message}}
