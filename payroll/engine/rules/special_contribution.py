"""The special social security contribution, as a monthly advance by household."""

import numpy as np

from payroll.engine.brackets import Brackets
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import CentsColumn
from payroll.engine.parameters import InForce
from payroll.engine.readings import SmallOwnIncome

TABLE = "special_contribution"


def special_contribution(
    base: CentsColumn, household: HouseholdColumns, law: InForce, small_own_income: SmallOwnIncome
) -> CentsColumn:
    """Return the monthly advance on the pay subject to contributions (law 30/03/1994 art. 106-112).

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
