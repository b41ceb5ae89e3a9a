"""What a case changes in pay, printed the same today and in three years: `balie payroll diff`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import store as cases
from casework.cases.models import Case
from casework.catalogue.models import Catalogue
from casework.clock import Clock
from payroll.effects import preview, store
from payroll.effects.models import CaseEffect, EffectState
from payroll.effects.months_touched import MonthChange, change_of
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.runs import store as runs
from payroll.signatures import service as signatures

NO_EFFECT = "none"
EXPECTED = "expected"


@dataclass(frozen=True)
class CaseDifference:
    """The months that a case changes, each with the lines that differ and the law tables that they rest on.

    `state` is that of the effect, or `expected` for a case that payroll has not taken over. `now_differs` are the
    months of which the calculation, repeated with the law tables of today, comes to something else.
    """

    case: str
    state: str
    known_from: str | None
    months: Sequence[Mapping[str, Any]]
    now_differs: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the difference as it is printed."""
        return {"case": self.case, "state": self.state, "known_from": self.known_from, "months": list(self.months)}


async def of_case(
    session: AsyncSession, clock: Clock, catalogue: Catalogue, parameters: ParameterSet, number: str
) -> CaseDifference:
    """Return what a case changes, as known when payroll took it over, or as it would be if it were closed now.

    A month that payroll calculated is printed as it was calculated, and calculated once more to say where the law
    tables of today come to something else. Raises `NotFound` for a number that no case has.
    """
    case = await cases.by_number(session, number)
    effect = await store.latest_of_number(session, case.number)
    if effect is None or not EffectState(effect.state).has_facts:
        return await _expected(session, clock, catalogue, parameters, case)
    shown = [month for month in effect.shown if month["lines"]]
    known_from = effect.known_from.isoformat()
    law = await signatures.in_force(session, parameters, await facts.known_moment(session, clock))
    differs = await _differing(session, case, effect, law)
    return CaseDifference(case.number, effect.state, known_from, shown, differs)


async def _differing(session: AsyncSession, case: Case, effect: CaseEffect, parameters: ParameterSet) -> list[str]:
    person_id = effect.person_id or case.requester_id
    known = await facts_store.all_of_person(session, person_id)
    paid_with = await runs.paid_with(session, person_id, effect.known_from)
    found = []
    for kept in effect.shown:
        change = change_of(known, person_id, PayMonth.parse(kept["period"]), effect.known_from, parameters, paid_with)
        if not isinstance(change, MonthChange) or change.lines != kept["lines"]:
            found.append(kept["period"])
    return found


async def _expected(
    session: AsyncSession, clock: Clock, catalogue: Catalogue, parameters: ParameterSet, case: Case
) -> CaseDifference:
    moment = await facts.known_moment(session, clock) + facts.TICK
    expected = await preview.of_case(session, catalogue, parameters, case, moment)
    if expected is None:
        return CaseDifference(case.number, NO_EFFECT, None, ())
    return CaseDifference(case.number, EXPECTED, None, [month.as_kept for month in expected.months])
