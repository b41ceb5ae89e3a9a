"""What `balie payroll calculate` may be asked: the objects read from text and checked key by key."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from payroll.engine.errors import AmountInvalid
from payroll.engine.household import MOST_DEPENDANTS, CivilStatus, Household, SpouseIncome
from payroll.engine.money import Cents, parse_cents
from payroll.engine.rules.contributions import Statute
from payroll.errors import PayrollError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?", re.ASCII)
_LONGEST_INTEGER = 18
_TWICE = object()
_FAULTS = {
    "extra_forbidden": "is not a key of this object; check its spelling",
    "missing": "is needed",
    "model_type": "must be a JSON object",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false, without quotes",
}
"""What is said of each kind of fault that pydantic finds; of another kind, its own words."""


class RequestInvalid(PayrollError):
    """The object cannot be calculated."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class Kind(StrEnum):
    """What is paid."""

    MONTH = "month"
    HOLIDAY_PAY = "holiday_pay"
    EXCEPTIONAL = "exceptional"


@dataclass(frozen=True)
class JsonNumber:
    """A number of the input that no int holds, kept as its digits so that it never becomes a float."""

    digits: str


def _day(value: object) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError('must be a date in a string, such as "2026-09-14"')
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value} is not a day of the calendar") from error


def _amount(value: object) -> Cents:
    if not isinstance(value, str):
        raise ValueError('must be an amount in a string, such as "3000.00"')  # noqa: TRY004 - pydantic reads it
    try:
        return parse_cents(value)
    except AmountInvalid as error:
        raise ValueError(str(error)) from error


def _amount_or_nothing(value: object) -> Cents | None:
    return None if value is None else _amount(value)


def _hundredths_of_days(value: object) -> int | None:
    if value is None:
        return None
    digits = value.digits if isinstance(value, JsonNumber) else str(value)
    match = _DAYS.fullmatch(digits)
    if match is None or isinstance(value, bool | float):
        raise ValueError("must be a number of days from 0 to 99 with at most two decimals")
    return int(match[1] + (match[2] or "").ljust(2, "0"))


Amount = Annotated[Cents, BeforeValidator(_amount)]
AmountOrNothing = Annotated[Cents | None, BeforeValidator(_amount_or_nothing)]
Days = Annotated[int | None, BeforeValidator(_hundredths_of_days)]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_DEPENDANTS)]
Flag = Annotated[bool, Field(strict=True)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HouseholdRequest(_Checked):
    """The household; `children` includes the disabled ones."""

    civil_status: CivilStatus = CivilStatus.SINGLE
    spouse_income: SpouseIncome = SpouseIncome.NONE
    children: Count = 0
    disabled_children: Count = 0
    single_parent: Flag = False
    other_dependants: Count = 0
    dependants_66_plus_in_care: Count = 0
    disabled_worker: Flag = False
    disabled_spouse: Flag = False

    def household(self) -> Household:
        """Return the household as the engine knows it."""
        return Household(**dict(self))


class PerformanceRequest(_Checked):
    """Days in hundredths; both empty means a full month."""

    days_paid: Days = None
    days_full_month: Days = None


class CalculationRequest(_Checked):
    """One object of the input, with the default of each key that may be left out; amounts in cents."""

    pay_date: Annotated[date, BeforeValidator(_day)]
    kind: Kind = Kind.MONTH
    statute: Statute = Statute.CONTRACTUAL
    gross: AmountOrNothing = None
    household_residence_allowance: Amount = 0
    taxable_allowances: Amount = 0
    benefits_in_kind: Amount = 0
    untaxed_allowances: Amount = 0
    net_deductions: Amount = 0
    household: HouseholdRequest = HouseholdRequest()
    performance: PerformanceRequest = PerformanceRequest()
    amount: AmountOrNothing = None
    contribution: AmountOrNothing = None
    annual_reference: AmountOrNothing = None


def read_documents(text: str) -> list[Any]:
    """Return the objects of a JSON object, a JSON array or JSON Lines, in order; not yet checked.

    A line or a text that is not JSON stands in its place as a RequestInvalid, which names the line of the text.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return [RequestInvalid("input", "is empty; a JSON object, an array or JSON Lines are needed")]
    whole = _loads(text)
    if not isinstance(whole, RequestInvalid):
        return whole if isinstance(whole, list) else [whole]
    lines = {number: line for number, line in enumerate(text.split("\n"), 1) if line.strip()}
    if not _are_json_lines(list(lines.values())):
        return [whole]
    return [_loads(line, number) for number, line in lines.items()]


def check_request(document: Any) -> CalculationRequest:
    """Return the checked request; raises RequestInvalid with the field that is wrong."""
    if isinstance(document, RequestInvalid):
        raise document
    if not isinstance(document, dict):
        raise RequestInvalid("input", "must be a JSON object")
    _refuse_repeated_keys(document)
    try:
        request = CalculationRequest.model_validate(document)
    except ValidationError as error:
        raise _first_fault(error) from error
    _check_household(request)
    if request.kind is Kind.MONTH:
        _check_month(request)
    else:
        _check_exceptional(request)
    return request


def _loads(text: str, first_line: int = 1) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=JsonNumber,
            parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_INTEGER else JsonNumber(digits),
            parse_constant=JsonNumber,
        )
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        return RequestInvalid("input", f"is not JSON: {error.msg} at line {line}, column {error.colno}")
    except RecursionError:
        return RequestInvalid("input", "is nested too deeply")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        result[key] = _TWICE if key in result else value
    return result


def _are_json_lines(lines: Sequence[str]) -> bool:
    """Tell lines of which some are broken from one document that is broken and happens to span lines."""
    if len(lines) < 2 or lines[0].lstrip().startswith("["):
        return False
    in_braces = all(line.strip().startswith("{") and line.strip().endswith("}") for line in lines)
    return in_braces or any(isinstance(_loads(line), dict) for line in lines)


def _refuse_repeated_keys(document: dict[str, Any]) -> None:
    """Look at the object and at the objects in it; what lies deeper is no key of ours and refused as such."""
    inner = {f"{key}.": value for key, value in document.items() if isinstance(value, dict)}
    for path, keys in {"": document, **inner}.items():
        for key, value in keys.items():
            if value is _TWICE:
                raise RequestInvalid(f"{path}{key}", "is given twice")


def _first_fault(error: ValidationError) -> RequestInvalid:
    fault = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(step) for step in fault["loc"]) or "input"  # a key without a name, or one that is no text
    said = str(fault["msg"]).removeprefix("Value error, ").replace("Input should", "must", 1)
    return RequestInvalid(field, _FAULTS.get(fault["type"], said))


def _check_household(request: CalculationRequest) -> None:
    household = request.household
    if household.disabled_children > household.children:
        raise RequestInvalid(
            "household.disabled_children", "cannot exceed children, which includes the disabled children"
        )


def _check_month(request: CalculationRequest) -> None:
    if request.gross is None:
        raise RequestInvalid("gross", "is needed for a month")
    for field in ("amount", "contribution", "annual_reference"):
        if getattr(request, field) is not None:
            raise RequestInvalid(field, "is for holiday pay and exceptional payments; use gross for a month")
    days = request.performance
    if (days.days_paid is None) != (days.days_full_month is None):
        missing = "days_paid" if days.days_paid is None else "days_full_month"
        raise RequestInvalid(f"performance.{missing}", "is needed beside the other number of days")
    if days.days_full_month == 0:
        raise RequestInvalid("performance.days_full_month", "must be more than zero")


def _check_exceptional(request: CalculationRequest) -> None:
    for field in ("amount", "annual_reference"):
        if getattr(request, field) is None:
            raise RequestInvalid(field, f"is needed for {request.kind}")
    for field in ("household_residence_allowance", "taxable_allowances", "benefits_in_kind"):
        if getattr(request, field):
            raise RequestInvalid(field, f"belongs to a month, not to {request.kind}")
    if request.contribution is not None and request.contribution > (request.amount or 0):
        raise RequestInvalid("contribution", "cannot exceed the amount")
