"""The allowances that rules work out from facts: one call of each rule for all who ask, a line of its own for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from payroll.engine.columns import cents_column
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.money import MONTHS_OF_YEAR, Cents, CentsColumn, truncate_to_cent
from payroll.engine.parameters import InForce, ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.readings import Readings
from payroll.engine.rules import fixed_allowances, household_residence_allowance, indexation
from payroll.engine.rules.household_residence_allowance import Entitled
from payroll.engine.rules.part_month import WorkingTime
from payroll.engine.wage_types import WageType
from payroll.runs.asked import HOUSEHOLD, RESIDENCE, OnDays
from payroll.runs.person_months import PersonMonth
from payroll.runs.problems import EVERYBODY, Problem

RULE = "ruled_allowance"
"""The problem of who has an allowance of which no source gives the amount in their case."""
Law: TypeAlias = Mapping[str, InForce]
People: TypeAlias = Sequence[PersonMonth]


@dataclass(frozen=True)
class Ruled:
    """One rule: who asks it, the tables that it rests on, whom it cannot answer, and the amounts in cents."""

    wage_type: WageType
    tables: Callable[[Readings], tuple[str, ...]]
    asks: Callable[[PersonMonth], bool]
    lacks: Callable[[PersonMonth, Law], str | None]
    amounts: Callable[[People, PayMonth, Law], CentsColumn]


@dataclass(frozen=True)
class RuledAmounts:
    """What one rule gives: cents by person, and the law that it rests on."""

    wage_type: WageType
    amounts: Mapping[int, Cents]
    law: Law


def work_out(
    people: People, month: PayMonth, parameters: ParameterSet, rules: Sequence[Ruled] | None = None
) -> tuple[list[RuledAmounts], dict[int, Problem]]:
    """Return what each rule, or each of some, gives to those who ask, and the problem of whoever it cannot be used for.

    An unverified or missing figure stops the month of who would need it: nothing is paid by it, and nothing is left
    out in silence. An amount that an officer states under the name of the allowance stands before the rule.
    """
    found: list[RuledAmounts] = []
    problems: dict[int, Problem] = {}
    for rule in RULES if rules is None else rules:
        asking = [person for person in people if rule.asks(person)]
        if not asking:
            continue
        try:
            law = parameters.all_in_force(rule.tables(parameters.readings), month.last_on)
        except (ParameterMissing, PastVerified) as error:
            problems.update({one.person_id: of_law(error, month) for one in asking})
            continue
        lacking = {one.person_id: why for one in asking if (why := rule.lacks(one, law)) is not None}
        problems.update({who: Problem(who, RULE, str(month), why, month.last_on) for who, why in lacking.items()})
        able = [person for person in asking if person.person_id not in lacking]
        if able:
            amounts = rule.amounts(able, month, law).tolist()
            found.append(
                RuledAmounts(rule.wage_type, dict(zip((one.person_id for one in able), amounts, strict=True)), law)
            )
    return found, problems


def of_law(error: ParameterMissing | PastVerified, month: PayMonth, person_id: int | None = EVERYBODY) -> Problem:
    """Return the problem of tables that do not cover a month: one for everybody whom it stops, or of one person."""
    return Problem(person_id, tables_of(error), str(month), str(error), error.on)


def tables_of(error: ParameterMissing | PastVerified) -> str:
    """Return the names of the tables that an error is about."""
    return error.table if isinstance(error, ParameterMissing) else ", ".join(error.verified_until)


def _always(*tables: str) -> Callable[[Readings], tuple[str, ...]]:
    """Return tables on which a rule rests however the law is read."""
    return lambda _readings: tables


def _nothing_lacks(_person: PersonMonth, _law: Law) -> None:
    return None


def _language_lacks(person: PersonMonth, law: Law) -> str | None:
    for one in person.asked.language:
        if not law[fixed_allowances.LANGUAGE_TABLE].has(one.ground):
            return f"no source gives the language allowance of {one.ground}; state its amount"
        if one.part != 1:
            return "no source says what part time does to the language allowance; state its amount"
    return None


def _language(people: People, month: PayMonth, law: Law) -> CentsColumn:
    index = law[indexation.TABLE]
    articles = sorted({one.ground for person in people for one in person.asked.language})
    table = law[fixed_allowances.LANGUAGE_TABLE]
    whole = dict(zip(articles, fixed_allowances.language_allowance(articles, table, index).tolist(), strict=True))
    return cents_column(
        [
            sum(whole[one.ground] * one.working_days // month.working_days() for one in person.asked.language)
            for person in people
        ]
    )


def _household_lacks(person: PersonMonth, _law: Law) -> str | None:
    unknown = [one.ground for one in person.asked.household_residence if one.ground not in (HOUSEHOLD, RESIDENCE)]
    if unknown:
        return f"{unknown[0]!r} is neither the household nor the residence allowance; state its amount"
    if person.annual_at_pivot is None:
        return "the household or residence allowance follows from a pay scale, and none is known; state its amount"
    return None


def _household(people: People, month: PayMonth, law: Law) -> CentsColumn:
    asked = [(number, person, one) for number, person in enumerate(people) for one in person.asked.household_residence]
    entitled = Entitled(
        np.array([one.ground == HOUSEHOLD for _, _, one in asked], dtype=np.bool_),
        np.array([one.ground == RESIDENCE for _, _, one in asked], dtype=np.bool_),
    )
    annual = cents_column([person.annual_at_pivot or 0 for _, person, _ in asked])
    whole = household_residence_allowance.household_residence_allowance(
        annual, entitled, _working_time([one for _, _, one in asked]), dict(law)
    )
    amounts = np.zeros(len(people), dtype=np.int64)
    days = cents_column([one.working_days for _, _, one in asked])
    np.add.at(amounts, [number for number, _, _ in asked], truncate_to_cent(whole * days, month.working_days()))
    return amounts


def _working_time(asked: Sequence[OnDays]) -> WorkingTime:
    return WorkingTime(
        cents_column([one.part.numerator for one in asked]), cents_column([one.part.denominator for one in asked])
    )


def _premium(people: People, month: PayMonth, law: Law) -> CentsColumn:
    entitled = np.ones(len(people), dtype=np.bool_)
    table, index = law[fixed_allowances.FOUR_DAY_WEEK_TABLE], law[indexation.TABLE]
    days = cents_column([person.asked.premium_days for person in people])
    return truncate_to_cent(fixed_allowances.four_day_week_premium(entitled, table, index) * days, month.working_days())


def _telework(people: People, _month: PayMonth, law: Law) -> CentsColumn:
    days = cents_column([person.asked.telework_days for person in people])
    return fixed_allowances.telework_allowance(days, law[fixed_allowances.TELEWORK_TABLE])


def _bicycle_lacks(person: PersonMonth, law: Law) -> str | None:
    """Return why the kilometres of one month cannot be answered: the year has a maximum that they could reach.

    Who stays under a twelfth of it in each month never reaches it.
    """
    table = law[fixed_allowances.BICYCLE_TABLE]
    if not table.has("most_in_year") or _bicycle_month(person, law) * MONTHS_OF_YEAR <= table.cents("most_in_year"):
        return None
    return "the maximum of the year may be reached by bicycle; state the amount of the month"


def _bicycle_month(person: PersonMonth, law: Law) -> Cents:
    nothing = np.zeros(1, dtype=np.int64)
    metres = cents_column([person.asked.bicycle_metres])
    return int(fixed_allowances.bicycle_allowance(metres, nothing, law[fixed_allowances.BICYCLE_TABLE])[0])


def _bicycle(people: People, _month: PayMonth, law: Law) -> CentsColumn:
    metres = cents_column([person.asked.bicycle_metres for person in people])
    return fixed_allowances.bicycle_allowance(metres, np.zeros_like(metres), law[fixed_allowances.BICYCLE_TABLE])


def _meal_vouchers(people: People, _month: PayMonth, law: Law) -> CentsColumn:
    days = cents_column([person.asked.voucher_days for person in people])
    return fixed_allowances.meal_voucher_deduction(days, law[fixed_allowances.MEAL_VOUCHERS_TABLE])


RULES = (
    Ruled(
        WageType.HOUSEHOLD_RESIDENCE_ALLOWANCE,
        household_residence_allowance.tables,
        lambda person: bool(person.asked.household_residence),
        _household_lacks,
        _household,
    ),
    Ruled(
        WageType.LANGUAGE_ALLOWANCE,
        _always(fixed_allowances.LANGUAGE_TABLE, indexation.TABLE),
        lambda person: bool(person.asked.language),
        _language_lacks,
        _language,
    ),
    Ruled(
        WageType.FOUR_DAY_WEEK_PREMIUM,
        _always(fixed_allowances.FOUR_DAY_WEEK_TABLE, indexation.TABLE),
        lambda person: person.asked.premium_days > 0,
        _nothing_lacks,
        _premium,
    ),
    Ruled(
        WageType.TELEWORK_ALLOWANCE,
        _always(fixed_allowances.TELEWORK_TABLE),
        lambda person: person.asked.telework_days > 0,
        _nothing_lacks,
        _telework,
    ),
    Ruled(
        WageType.BICYCLE_ALLOWANCE,
        _always(fixed_allowances.BICYCLE_TABLE),
        lambda person: person.asked.bicycle_metres > 0,
        _bicycle_lacks,
        _bicycle,
    ),
    Ruled(
        WageType.MEAL_VOUCHERS,
        _always(fixed_allowances.MEAL_VOUCHERS_TABLE),
        lambda person: person.asked.voucher_days > 0,
        _nothing_lacks,
        _meal_vouchers,
    ),
)
BEARING_CONTRIBUTIONS = tuple(rule for rule in RULES if rule.wage_type < WageType.HOLIDAY_PAY)
"""The rules whose amounts are pay that contributions can be due on."""
