"""The normal annual pay by which holiday pay and the end-of-year allowance are taxed: twelve usual whole months."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from payroll.engine.calculate import normal_annual_pay
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules.contributions import Statute
from payroll.facts.kinds import Treatment
from payroll.runs import month_inputs, ruled_allowances
from payroll.runs.person_months import PaidPart, PersonMonth
from payroll.runs.problems import Problem


def of_year(
    statute: Statute, people: Sequence[PersonMonth], month: PayMonth, parameters: ParameterSet
) -> tuple[dict[int, Cents], dict[int, Problem]]:
    """Return the annual pay of each, at the regime that was paid last, and who has an allowance that no rule gives.

    The monthly allowances that are pay are part of it, by either reading of the text (readings.AnnualReference).
    Raises ParameterMissing or PastVerified.
    """
    allowances, problems = _usual_allowances(people, month, parameters)
    usual = [_usual_month(one, allowances, month) for one in people if one.person_id not in problems]
    if not usual:
        return {}, problems
    inputs, _ = month_inputs.columns(statute, usual, month, ())
    annual = normal_annual_pay(inputs, parameters).tolist()
    return dict(zip((one.person_id for one in usual), annual, strict=True)), problems


def _usual_allowances(
    people: Sequence[PersonMonth], month: PayMonth, parameters: ParameterSet
) -> tuple[Mapping[int, Cents], dict[int, Problem]]:
    """Return the allowances of a whole month of each, stated or by rule."""
    asking = [replace(person, asked=person.usual_asked) for person in people]
    ruled, problems = ruled_allowances.work_out(asking, month, parameters, ruled_allowances.BEARING_CONTRIBUTIONS)
    found = Counter({person.person_id: person.usual_allowances for person in people})
    for rule in ruled:
        found.update(rule.amounts)
    return found, problems


def _usual_month(person: PersonMonth, allowances: Mapping[int, Cents], month: PayMonth) -> PersonMonth:
    whole = PaidPart(month.first_on, month.last_on, *person.usual, month.working_days())
    return replace(person, parts=[whole], beside={Treatment.TAXABLE: allowances[person.person_id]})
