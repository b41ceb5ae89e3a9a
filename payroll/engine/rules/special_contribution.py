"""The special social security contribution by household: a monthly advance, settled by the quarter."""

import numpy as np

from payroll.engine.brackets import Brackets
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import CentsColumn
from payroll.engine.parameters import InForce
from payroll.engine.readings import SmallOwnIncome

TABLE = "special_contribution"
QUARTER_TABLE = "special_contribution_quarter"


def special_contribution(
    base: CentsColumn, household: HouseholdColumns, law: InForce, small_own_income: SmallOwnIncome
) -> CentsColumn:
    """Return the monthly advance on the pay subject to contributions, or, by the table of a quarter, what is due on it.

    Three tables: who is taxed alone, a couple whose spouse has own income, a couple whose spouse has none. A
    small pension counts as none; a small income of the spouse's own is a disputed reading.
    """
    with_income = household.spouse_own
    if small_own_income is SmallOwnIncome.AS_WITH_INCOME:
        with_income = with_income | household.spouse_small_own
    return np.select(
        [~household.couple, with_income],
        [Brackets.of(law.rows(name)).apply(base) for name in ("isolated", "spouse_with_income")],
        Brackets.of(law.rows("spouse_without_income")).apply(base),
    )


def quarter_settlement(
    quarter_base: CentsColumn,
    advances: CentsColumn,
    household: HouseholdColumns,
    law: InForce,
    small_own_income: SmallOwnIncome,
) -> CentsColumn:
    """Return what a quarter still owes after its monthly advances; negative is given back.

    `law` is the table of the quarter. Holiday pay is not in the base.
    """
    return special_contribution(quarter_base, household, law, small_own_income) - advances
