"""A change of household: what the form says is new, the rest stays, and nothing that tax rests on is guessed."""

from datetime import date

from payroll.effects.mapping import Change, FactMapping, Unclear, choice, count
from payroll.engine.household import CivilStatus, Household, SpouseIncome
from payroll.facts.models import FactKind
from payroll.facts.timeline import Values
from payroll.facts.values import household, household_values


def settle_household(held: Values | None, change: Change, on: date) -> Values | Unclear:
    """Return the household after the change.

    Unclear when no household is known that could keep what the form leaves open, or when a couple begins and
    nobody said what the partner earns: that decides the scale of the withholding tax.
    """
    values = {**(held or {}), **change}
    missing = [name for name in HOUSEHOLD.fields if name not in values and name != "spouse_income"]
    if missing:
        reason = f"no household is known on {on} that says {', '.join(missing)}; import one that covers the day"
        return Unclear("household", reason, on)
    couple = Household(civil_status=CivilStatus(str(values["civil_status"]))).couple
    was_couple = held is not None and household(held).couple
    if couple and not was_couple and "spouse_income" not in change:
        return Unclear("spouse_income", "a couple begins and the form lacks spouse_income; enter the fact by hand", on)
    return household_values({"spouse_income": SpouseIncome.NONE.value, **values})


HOUSEHOLD = FactMapping(
    kind=FactKind.HOUSEHOLD,
    effective="effective",
    fields={
        "civil_status": choice(CivilStatus),
        "spouse_income": choice(SpouseIncome),
        "children": count,
        "other_dependants": count,
    },
    settle=settle_household,
)
