"""What each kind of fact may state: one table, which the declared effects of forms are checked against."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any

from stdnum import iban

from payroll.engine.household import MOST_DEPENDANTS, CivilStatus, SpouseIncome
from payroll.engine.money import LARGEST_AMOUNT
from payroll.engine.rules.contributions import Statute
from payroll.facts.models import FactKind

Stated = str | int
Reader = Callable[[Any], Stated]

LONGEST_WORD = 80
MOST_COUNTED = 10_000_000  # metres of a month: 10 000 km
FINEST_PART = 10_000  # of full time: a fraction is kept exactly, and no finer than a hundredth of a percent
SHORTEST_IBAN, LONGEST_IBAN = 15, 34
_IBAN_BEGINS = re.compile(r"\b[A-Z]{2}[0-9]{2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_BETWEEN_GROUPS = re.compile(r"[ .-]")


class AbsencePay(StrEnum):
    """Whether the employer pays during an absence; what no rule decides waits for an officer, and pay goes on."""

    PAID = "paid"
    UNPAID = "unpaid"
    UNDECIDED = "undecided"


class Treatment(StrEnum):
    """How an amount enters pay."""

    TAXABLE = "taxable"
    UNTAXED = "untaxed"
    HOUSEHOLD_RESIDENCE = "household_residence"
    DEDUCTION = "deduction"
    HOLIDAY_PAY = "holiday_pay"
    END_OF_YEAR_ALLOWANCE = "end_of_year_allowance"

    @property
    def is_paid_apart(self) -> bool:
        """Whether the amount is taxed apart from the month, at its own percentage, and so is only ever due once."""
        return self in (Treatment.HOLIDAY_PAY, Treatment.END_OF_YEAR_ALLOWANCE)


class Counted(StrEnum):
    """What is counted in a month: days of telework, metres by bicycle to work and back, days with a meal voucher."""

    TELEWORK_DAYS = "telework_days"
    BICYCLE_METRES = "bicycle_metres"
    MEAL_VOUCHER_DAYS = "meal_voucher_days"


@dataclass(frozen=True)
class KindOfFact:
    """The fields that facts of a kind state, each with its reader, which raises ValueError.

    With `by_field` a later statement leaves the fields alone that it does not name; else it speaks of the whole.
    Facts that differ in the field `apart` stand beside each other; with `adds_up` every one of them does.
    """

    fields: Mapping[str, Reader] = field(default_factory=dict)
    by_field: bool = False
    apart: str | None = None
    adds_up: bool = False


def choice(known: type[StrEnum]) -> Reader:
    """Return a reader of one of some words."""
    return lambda raw: known(str(raw)).value


def count(raw: Any) -> int:
    """Read a number of people. Raises ValueError."""
    number = int(str(raw))
    if not 0 <= number <= MOST_DEPENDANTS:
        raise ValueError(f"{number} is not a number from 0 to {MOST_DEPENDANTS}")
    return number


def word(raw: Any) -> str:
    """Read a short word, such as the key of an option. Raises ValueError."""
    text = str(raw).strip()
    if not 0 < len(text) <= LONGEST_WORD:
        raise ValueError(f"{text[:20]!r} is not a text of 1 to {LONGEST_WORD} characters")
    return text


def day(raw: Any) -> str:
    """Read a date. Raises ValueError."""
    return date.fromisoformat(str(raw)).isoformat()


def number(raw: Any) -> int:
    """Read a number of days or metres of one month. Raises ValueError."""
    counted = int(str(raw))
    if not 0 <= counted <= MOST_COUNTED:
        raise ValueError(f"{counted} is not a number from 0 to {MOST_COUNTED}")
    return counted


def kilometres(raw: Any) -> int:
    """Read kilometres with at most three decimals as whole metres. Raises ValueError."""
    try:
        metres = Decimal(str(raw)) * 1000
        if metres != metres.to_integral_value():
            raise ValueError(f"{raw!r} has more than three decimals")
    except InvalidOperation as error:
        raise ValueError(f"{raw!r} is not a number of kilometres") from error
    return number(int(metres))


def part_of_full_time(raw: Any) -> str:
    """Read a percentage of full time as an exact fraction: "80" is 4/5. Raises ValueError."""
    try:
        part = Fraction(Decimal(str(raw))) / 100
    except (InvalidOperation, OverflowError) as error:
        raise ValueError(f"{raw!r} is not a percentage") from error
    if not 0 <= part <= 1 or part.denominator > FINEST_PART:
        raise ValueError(f"{raw!r} is not a percentage from 0 to 100 with at most two decimals")
    return f"{part.numerator}/{part.denominator}"


def cents(raw: Any) -> int:
    """Read an amount in whole cents. Raises ValueError."""
    amount = int(str(raw))
    if not 0 <= amount <= LARGEST_AMOUNT:
        raise ValueError(f"{amount} cents is out of bounds")
    return amount


def country(raw: Any) -> str:
    """Read the two letters of a country (ISO 3166-1). Raises ValueError."""
    text = str(raw).strip().upper()
    if not _COUNTRY.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is not the two letters of a country, such as BE")
    return text


def account(raw: Any) -> str:
    """Read the one account number (IBAN, ISO 13616) that stands in a text. Raises ValueError for none or several.

    Whether a bank has the number's code is left to the bank: lists of banks are never up to date.
    """
    text = str(raw).upper()
    found: set[str] = set()
    for begun in _IBAN_BEGINS.finditer(text):
        letters = _BETWEEN_GROUPS.sub("", text[begun.start() : begun.start() + 2 * LONGEST_IBAN])
        sizes = range(SHORTEST_IBAN, LONGEST_IBAN + 1)
        found |= {letters[:size] for size in sizes if iban.is_valid(letters[:size], check_country=False)}
    if len(found) != 1:
        raise ValueError(f"one valid account number (IBAN) is needed, and {len(found)} stand in the text")
    return found.pop()


KINDS: Mapping[FactKind, KindOfFact] = {
    FactKind.PAY: KindOfFact(by_field=True),
    FactKind.HOUSEHOLD: KindOfFact(
        {
            "civil_status": choice(CivilStatus),
            "spouse_income": choice(SpouseIncome),
            "children": count,
            "other_dependants": count,
        },
        by_field=True,
    ),
    FactKind.SCALE: KindOfFact(
        {
            "scale": word,
            "step": word,
            "seniority_from": day,
            "fraction": part_of_full_time,
            "statute": choice(Statute),
        }
    ),
    FactKind.EMPLOYMENT: KindOfFact({"employed": word, "because": word}),
    FactKind.REGIME: KindOfFact({"regime": word, "fraction": part_of_full_time}),
    FactKind.ABSENCE: KindOfFact({"absence": word, "pay": choice(AbsencePay)}),
    FactKind.ALLOWANCE: KindOfFact(
        {"allowance": word, "amount": cents, "treatment": choice(Treatment), "ground": word}, apart="allowance"
    ),
    FactKind.ONE_OFF: KindOfFact({"about": word, "amount": cents, "treatment": choice(Treatment)}, adds_up=True),
    FactKind.ACCOUNT: KindOfFact({"iban": account}),
    FactKind.ADDRESS: KindOfFact(
        {"street": word, "building": word, "postcode": word, "town": word, "country": country}
    ),
    FactKind.COUNT: KindOfFact({"counted": choice(Counted), "number": number}, adds_up=True),
    FactKind.TELEWORK: KindOfFact({"telework": word, "days_month": number}),
    FactKind.COMMUTING: KindOfFact(
        {"transport": word, "distance_km": word, "metres_month": kilometres}, apart="transport"
    ),
    FactKind.CERTIFICATE: KindOfFact({"certifies": word}, adds_up=True),
    FactKind.SENIORITY: KindOfFact({"statute": word}),
    FactKind.CORRECTION: KindOfFact({"line": word}, adds_up=True),
    FactKind.PERSONAL_DATA: KindOfFact({"data": word}, apart="data"),
}
