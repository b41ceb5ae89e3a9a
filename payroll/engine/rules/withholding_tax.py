"""Withholding tax of a month by the key formula: bedrijfsvoorheffing / précompte professionnel."""

from dataclasses import dataclass

import numpy as np

from payroll.engine.brackets import Brackets
from payroll.engine.household import FlagColumn
from payroll.engine.money import MONTHS_OF_YEAR, CentsColumn, half_up_to_cent, share
from payroll.engine.parameters import InForce

TABLE = "withholding_tax"


@dataclass(frozen=True)
class AnnualTax:
    """The annual side of the formula, in cents: what is taxed and the tax before family reductions."""

    taxable: CentsColumn
    net_taxable: CentsColumn
    base_tax: CentsColumn


def annual_tax(taxable: CentsColumn, scale_two: FlagColumn, law: InForce) -> AnnualTax:
    """Return the annual tax on twelve times a month's taxable pay.

    Costs come off first. Under scale II a part of the net pay is imputed to the spouse and taxed apart, and
    the tax on the exempt sum comes off twice; under scale I nothing is imputed and it comes off once.
    """
    annual = MONTHS_OF_YEAR * taxable
    net = annual - np.minimum(share(annual, law.rate("costs_rate")), law.cents("costs_max"))
    imputed = np.minimum(share(net, law.rate("imputed_rate")), law.cents("imputed_max")) * scale_two
    scale = Brackets.of(law.rows("brackets"))
    exempt = law.cents("exempt_tax") * (1 + scale_two.astype(np.int64))
    return AnnualTax(annual, net, np.maximum(scale.apply(imputed) + scale.apply(net - imputed) - exempt, 0))


def monthly_tax(base_tax: CentsColumn, reductions: CentsColumn) -> CentsColumn:
    """Return a twelfth, half up, of the annual tax after family reductions; never below zero."""
    return half_up_to_cent(np.maximum(base_tax - reductions, 0), MONTHS_OF_YEAR)


def withholding_tax(monthly: CentsColumn, fiscal_work_bonus: CentsColumn) -> CentsColumn:
    """Return what is withheld: the monthly tax less the fiscal work bonus, never below zero."""
    withheld: CentsColumn = np.maximum(monthly - fiscal_work_bonus, 0)
    return withheld
