"""The household or residence allowance of full time that holiday pay and the end-of-year allowance rest on."""

from collections.abc import Sequence

import numpy as np

from payroll.engine.columns import cents_column
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import household_residence_allowance as rule
from payroll.facts.kinds import Treatment
from payroll.facts.known import KnownFact
from payroll.facts.models import FactKind
from payroll.facts.store import beside_each_other
from payroll.facts.timeline import Values, on_day
from payroll.runs.asked import HOUSEHOLD, HOUSEHOLD_RESIDENCE, RESIDENCE
from payroll.runs.person_months import PaidPart, contract_part
from payroll.runs.scale_pay import WHOLE


def full_time_allowance(
    counted: Sequence[KnownFact], last: PaidPart, annual: Cents | None, month: PayMonth, parameters: ParameterSet
) -> Cents:
    """Return the allowance of a full-time month, in cents, as it held on the last day with pay.

    A stated amount, under whatever name, stands before the rule. It is that of the regime which the person works; the
    part of full time is taken out of it, cut to the cent. `annual` is the amount of the scale at pivot 138.01. Raises
    ParameterMissing or PastVerified.
    """
    if not any(fact.kind == FactKind.ALLOWANCE for fact in counted):
        return 0
    latest = max(fact.known_from for fact in counted)
    days = [on_day(spans, last.last_on) for spans in beside_each_other(counted, FactKind.ALLOWANCE, latest)]
    held = [values for values in days if values is not None]
    stated = [values for values in held if _is_stated(values)]
    if stated:
        part = last.part or contract_part(last.pay)
        return sum(int(values["amount"]) * part.denominator // part.numerator for values in stated if part)
    return sum(_by_rule(values, annual, month, parameters) for values in held)


def _is_stated(values: Values) -> bool:
    return values.get("amount") is not None and values.get("treatment") == Treatment.HOUSEHOLD_RESIDENCE


def _by_rule(values: Values, annual: Cents | None, month: PayMonth, parameters: ParameterSet) -> Cents:
    ground = values.get("ground")
    if values.get("allowance") != HOUSEHOLD_RESIDENCE or annual is None or ground not in (HOUSEHOLD, RESIDENCE):
        return 0
    law = rule.allowance_law(month.last_on, parameters)
    flags = (np.array([ground == one], dtype=np.bool_) for one in (HOUSEHOLD, RESIDENCE))
    return int(rule.household_residence_allowance(cents_column([annual]), rule.Entitled(*flags), WHOLE, law)[0])
