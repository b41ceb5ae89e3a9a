"""Holiday pay and the end-of-year allowance of a month, stated or worked out: taxed apart by the engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from payroll.engine.calculate import calculate_exceptional
from payroll.engine.columns import ExceptionalColumns, cents_column
from payroll.engine.explain import exceptional_lines
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import Cents, CentsColumn
from payroll.engine.parameters import InForce, ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import contributions
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.exceptional_payments import PaymentColumn
from payroll.engine.wage_types import WageType
from payroll.facts.kinds import Treatment
from payroll.runs.amounts import Amounts, by_person
from payroll.runs.person_months import PersonMonth
from payroll.runs.problems import Problem

RULE = "paid_apart"
PAID_AS: Mapping[Treatment, tuple[PaymentColumn, WageType]] = {
    Treatment.HOLIDAY_PAY: (PaymentColumn.HOLIDAY_PAY, WageType.HOLIDAY_PAY),
    Treatment.END_OF_YEAR_ALLOWANCE: (PaymentColumn.OTHER, WageType.END_OF_YEAR_ALLOWANCE),
}


@dataclass(frozen=True)
class PaymentsApart:
    """One kind of payments of a month: the amounts of each person, and the date of each law table."""

    amounts: Mapping[int, Amounts]
    parameters: dict[str, str]


def undecided(person: PersonMonth, month: PayMonth) -> Problem | None:
    """Return what keeps a payment from being calculated: one whose contribution does not follow from its amount."""
    if person.statute is not Statute.STATUTORY or not person.beside.get(Treatment.END_OF_YEAR_ALLOWANCE):
        return None
    message = "the contribution of statutory staff on the end-of-year allowance does not follow from its amount"
    return Problem(person.person_id, RULE, str(month), message, month.last_on)


def of_people(
    people: Sequence[PersonMonth], annual_pay: Mapping[int, Cents], month: PayMonth, parameters: ParameterSet
) -> Iterator[PaymentsApart]:
    """Calculate each kind of payment that is due to some of these people in a month, each with a normal annual pay.

    Raises ParameterMissing or PastVerified for a table without usable figures on the last day of the month.
    """
    for treatment, (column, wage_type) in PAID_AS.items():
        paid = [person for person in people if person.beside.get(treatment)]
        if not paid:
            continue
        amount = cents_column([person.beside[treatment] for person in paid])
        rates = parameters.in_force(contributions.TABLE, month.last_on)
        inputs = ExceptionalColumns(
            paid_on=month.last_on,
            column=column,
            amount=amount,
            contribution=_contributions(paid, treatment, amount, rates),
            reference=cents_column([annual_pay[person.person_id] for person in paid]),
            untaxed_allowances=amount * 0,
            net_deductions=amount * 0,
            household=HouseholdColumns.of(person.household for person in paid),
        )
        result = calculate_exceptional(inputs, parameters)
        amounts = by_person(exceptional_lines(inputs, result, wage_type))
        yield PaymentsApart(
            {person.person_id: own for person, own in zip(paid, amounts, strict=True)},
            {table: law.version for table, law in result.law.items()},
        )


def contribution_base(person: PersonMonth) -> Cents:
    """Return what counts, of what is paid apart, as pay subject to contributions: holiday pay never does."""
    own = person.contributions.get(Treatment.END_OF_YEAR_ALLOWANCE)
    return own.base if own is not None else person.beside.get(Treatment.END_OF_YEAR_ALLOWANCE, 0)


def _contributions(
    people: Sequence[PersonMonth], treatment: Treatment, amount: CentsColumn, rates: InForce
) -> CentsColumn:
    """Return 13.07 % of each amount, or the contribution that a rule worked out with the amount."""
    general = contributions.exceptional_contribution(amount, rates).tolist()
    stated = [one.contributions.get(treatment) for one in people]
    return cents_column([usual if own is None else own.owed for own, usual in zip(stated, general, strict=True)])
