"""The order of the rules on one page: columns of pay in, columns of every amount of the slip out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from payroll.engine.columns import ExceptionalColumns, MonthColumns
from payroll.engine.household import FlagColumn, HouseholdColumns
from payroll.engine.money import MONTHS_OF_YEAR, CentsColumn
from payroll.engine.parameters import InForce, ParameterSet
from payroll.engine.readings import AnnualReference
from payroll.engine.rules import (
    contributions,
    exceptional_payments,
    family_reductions,
    fiscal_work_bonus,
    special_contribution,
    withholding_tax,
    work_bonus,
)
from payroll.engine.rules.contributions import Contributions, Statute
from payroll.engine.rules.exceptional_payments import ExceptionalTax
from payroll.engine.rules.withholding_tax import AnnualTax
from payroll.engine.rules.work_bonus import WorkBonus

MONTH_TABLES = (
    contributions.TABLE,
    withholding_tax.TABLE,
    family_reductions.TABLE,
    special_contribution.TABLE,
)
WORK_BONUS_TABLES = (work_bonus.TABLE, fiscal_work_bonus.TABLE)
EXCEPTIONAL_TABLES = (contributions.TABLE, exceptional_payments.TABLE)


@dataclass(frozen=True)
class MonthResult:
    """Every amount of a month, in cents; `contributions.total` is before the work bonus.

    `fiscal_work_bonus` is the theoretical one, before the tax limits it; `law` holds the tables used.
    """

    contributions: Contributions
    work_bonus: WorkBonus
    taxable: CentsColumn
    annual: AnnualTax
    family_reductions: CentsColumn
    fiscal_work_bonus: CentsColumn
    withholding_tax: CentsColumn
    special_contribution: CentsColumn
    net: CentsColumn
    law: Mapping[str, InForce]

    @property
    def parameter_dates(self) -> dict[str, date]:
        """The date from which each table that was used is valid."""
        return _dates(self.law)


@dataclass(frozen=True)
class ExceptionalResult:
    """Every amount of an exceptional payment, in cents, and the tables used, by name."""

    taxable: CentsColumn
    exceptional: ExceptionalTax
    net: CentsColumn
    law: Mapping[str, InForce]

    @property
    def parameter_dates(self) -> dict[str, date]:
        """The date from which each table that was used is valid."""
        return _dates(self.law)


def calculate_month(inputs: MonthColumns, parameters: ParameterSet) -> MonthResult:
    """Calculate a month from gross to net, in the order of the official scheme.

    Raises ParameterMissing or PastVerified for a table without usable figures on the pay date.
    """
    law = month_law(inputs.statute, inputs.paid_on, parameters)
    allowances = inputs.household_residence_allowance + inputs.taxable_allowances
    base = contributions.contribution_base(inputs.statute, inputs.gross, allowances)
    owed = contributions.contributions(inputs.statute, base, law[contributions.TABLE])
    bonus, fiscal_bonus = _work_bonus(inputs, owed, law)
    cash = inputs.gross + allowances - owed.total + bonus.total
    taxable = cash + inputs.benefits_in_kind
    annual = withholding_tax.annual_tax(taxable, inputs.household.scale_two, law[withholding_tax.TABLE])
    reductions = family_reductions.family_reductions(inputs.household, law[family_reductions.TABLE])
    monthly = withholding_tax.monthly_tax(annual.base_tax, reductions)
    withheld = withholding_tax.withholding_tax(monthly, fiscal_bonus)
    special = special_contribution.special_contribution(
        base, inputs.household, law[special_contribution.TABLE], parameters.readings.small_own_income
    )
    net = cash - withheld - special + inputs.untaxed_allowances - inputs.net_deductions
    return MonthResult(owed, bonus, taxable, annual, reductions, fiscal_bonus, withheld, special, net, law)


def calculate_exceptional(inputs: ExceptionalColumns, parameters: ParameterSet) -> ExceptionalResult:
    """Calculate holiday pay or another exceptional payment from the amount to the net.

    Raises ParameterMissing or PastVerified for a table without usable figures on the pay date.
    """
    law = exceptional_law(inputs.paid_on, parameters)
    taxable = inputs.amount - inputs.contribution
    tax = exceptional_payments.exceptional_tax(
        taxable,
        inputs.reference,
        inputs.household.children,
        inputs.column,
        law[exceptional_payments.TABLE],
        parameters.readings.exemption,
    )
    net = taxable - tax.tax + inputs.untaxed_allowances - inputs.net_deductions
    return ExceptionalResult(taxable, tax, net, law)


def normal_annual_pay(usual: MonthColumns, parameters: ParameterSet) -> CentsColumn:
    """Return the annual pay that chooses the percentage of an exceptional payment, of a usual whole month.

    Raises ParameterMissing or PastVerified as `calculate_month` does where the taxable pay is taken.
    """
    if parameters.readings.annual_reference is AnnualReference.TAXABLE:
        return MONTHS_OF_YEAR * calculate_month(usual, parameters).taxable
    return MONTHS_OF_YEAR * (usual.gross + usual.household_residence_allowance + usual.taxable_allowances)


def month_law(statute: Statute, on: date, parameters: ParameterSet, also: tuple[str, ...] = ()) -> dict[str, InForce]:
    """Return the tables that a month of this statute rests on; the work bonus is for contractual staff only.

    `also` are tables that the month needs beside those, so that a refusal names every one at once. Raises
    ParameterMissing or PastVerified for a table without usable figures on the date.
    """
    names = MONTH_TABLES + (WORK_BONUS_TABLES if statute is Statute.CONTRACTUAL else ())
    return parameters.all_in_force(names + also, on)


def exceptional_law(on: date, parameters: ParameterSet) -> dict[str, InForce]:
    """Return the tables that an exceptional payment rests on.

    Raises ParameterMissing or PastVerified for a table without usable figures on the date.
    """
    return parameters.all_in_force(EXCEPTIONAL_TABLES, on)


def unavailable_reductions(household: HouseholdColumns, on: date, parameters: ParameterSet) -> dict[str, FlagColumn]:
    """Return, for each family reduction without a figure on the date, who would need it.

    These people have to be set apart before `calculate_month`, which refuses the whole column for them.
    """
    return family_reductions.unavailable(household, parameters.in_force(family_reductions.TABLE, on))


def _work_bonus(inputs: MonthColumns, owed: Contributions, law: Mapping[str, InForce]) -> tuple[WorkBonus, CentsColumn]:
    if inputs.statute is not Statute.CONTRACTUAL:
        nothing = owed.base * 0
        return WorkBonus(nothing, nothing), nothing
    bonus = work_bonus.work_bonus(owed.base, owed.total, inputs.performance, law[work_bonus.TABLE])
    return bonus, fiscal_work_bonus.fiscal_work_bonus(bonus, law[fiscal_work_bonus.TABLE])


def _dates(law: Mapping[str, InForce]) -> dict[str, date]:
    return {name: table.period.valid_from for name, table in law.items()}
