"""Reductions of the annual tax for the family and for disability, formule-clé annexes 3 to 5."""

import numpy as np

from payroll.engine.errors import ParameterMissing
from payroll.engine.household import CountColumn, FlagColumn, HouseholdColumns
from payroll.engine.money import Cents, CentsColumn
from payroll.engine.parameters import InForce

TABLE = "family_reductions"


def family_reductions(household: HouseholdColumns, law: InForce) -> CentsColumn:
    """Return the annual reductions, in cents, not limited to the tax.

    Raises ParameterMissing when somebody needs a reduction that the table does not hold for the date.
    """
    total = _children(household.children, law)
    for name, times in _counted(household).items():
        if law.has(name):
            total = total + times * law.cents(name)
        elif times.any():
            raise ParameterMissing(law.table.name, law.on, name)
    return total


def unavailable(household: HouseholdColumns, law: InForce) -> dict[str, FlagColumn]:
    """Return, for each reduction that the table lacks on the date, who would need it."""
    return {name: times > 0 for name, times in _counted(household).items() if not law.has(name)}


def _counted(household: HouseholdColumns) -> dict[str, CountColumn]:
    return {
        "single_parent": household.single_parent.astype(np.int64),
        "disabled_worker": household.disabled_worker.astype(np.int64),
        "disabled_spouse": household.disabled_spouse.astype(np.int64),
        "other_dependant": household.other_dependants,
        "dependant_66_plus_in_care": household.dependants_66_plus_in_care,
        "spouse_small_own": household.spouse_small_own.astype(np.int64),
        "spouse_small_pension": household.spouse_small_pension.astype(np.int64),
    }


def _children(children: CountColumn, law: InForce) -> CentsColumn:
    by_number: list[Cents] = [0, *law.cents_list("children")]
    listed = len(by_number) - 1
    table = np.array(by_number, dtype=np.int64)
    beyond: CountColumn = np.maximum(children - listed, 0)
    return table[np.minimum(children, listed)] + beyond * law.cents("each_child_more")
