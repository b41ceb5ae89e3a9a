"""What somebody's month would come to under each working regime: the facts of the form, and the real engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.catalogue.models import Catalogue
from payroll.effects import declared, making, statements
from payroll.effects.declared import FormEffect
from payroll.effects.making import Made
from payroll.effects.statements import Unclear
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.service import TICK, Origin
from payroll.runs.amounts import Amounts
from payroll.runs.months import calculate
from payroll.runs.problems import Problem
from payroll.signatures import service as signatures

FORM = "work_regime_reduction"
FIELD = "regime"
PARTS = ("90", "80", "75", "60", "50")
USUAL_PART = "80"
AS_IT_IS = 0


@dataclass(frozen=True)
class RegimePay:
    """A month under one regime, in cents by wage type, or None where nobody can say beforehand what is paid.

    `part` is the percentage of full time, where the regime has one.
    """

    regime: str
    amounts: Amounts | None
    part: str | None = None

    @property
    def net(self) -> Cents | None:
        """The net of the month."""
        return None if self.amounts is None else self.amounts.get("net", 0)


@dataclass(frozen=True)
class Simulation:
    """A month as it is and under each regime, or why it cannot be calculated; nothing of it is binding."""

    month: PayMonth
    present: Amounts
    regimes: Sequence[RegimePay] = ()
    problem: Problem | None = None
    has_pay: bool = True


async def of_person(
    session: AsyncSession,
    catalogue: Catalogue,
    parameters: ParameterSet,
    person_id: int,
    month: PayMonth,
    part: str,
    moment: datetime,
) -> Simulation:
    """Return a month of somebody as all that is known makes it, and as each regime of the form would.

    `part` is the percentage of full time under the regimes in which one goes on working in part.
    """
    known = await facts_store.all_of_person(session, person_id)
    drafts = _drafts(catalogue, known, person_id, month, part, moment + TICK)
    facts: dict[int, Sequence[Fact]] = {AS_IT_IS: known}
    facts |= {number: [*known, *made.facts] for number, (_, _, made) in enumerate(drafts, start=1)}
    law = await signatures.in_force(session, parameters, moment)
    result = calculate(facts, month, dict.fromkeys(facts, moment + TICK), law)
    problem = result.problems.get(AS_IT_IS)
    if problem is not None or AS_IT_IS not in result.amounts:
        return Simulation(month, {}, problem=problem, has_pay=problem is not None)
    regimes = [
        _regime_pay(regime, stated_part, made, result.amounts.get(number))
        for number, (regime, stated_part, made) in enumerate(drafts, start=1)
    ]
    return Simulation(month, result.amounts[AS_IT_IS], regimes)


def _regime_pay(regime: str, part: str | None, made: Made, amounts: Amounts | None) -> RegimePay:
    """Return the pay of a regime; during a leave of which no rule decides the pay, nobody can say it beforehand."""
    undecided = any(fact.kind == FactKind.ABSENCE and fact.values.get("pay") == "undecided" for fact in made.facts)
    return RegimePay(regime, None if undecided else amounts, part)


def _drafts(
    catalogue: Catalogue, known: Sequence[Fact], person_id: int, month: PayMonth, part: str, moment: datetime
) -> list[tuple[str, str | None, Made]]:
    """Return each regime of the form with its part of full time and the facts that it would bring."""
    form, effect = catalogue.form(FORM), declared.packaged().get(FORM)
    field = form.field(FIELD) if form is not None else None
    if field is None or effect is None:
        return []
    origin = Origin(FactSource.OFFICER, "simulation", "simulation")
    found = []
    for option in field.options:
        answers = _answers(effect, option.key, month, part)
        stated = statements.read(effect, answers, month.first_on)
        made = stated if isinstance(stated, Unclear) else making.facts_of(stated, person_id, known, origin, moment)
        if isinstance(made, Made):
            found.append((option.key, answers.get("fraction"), made))
    return found


def _answers(effect: FormEffect, regime: str, month: PayMonth, part: str) -> dict[str, str]:
    """Return the form as it would be filled in: with the chosen part where the regime does not bring its own."""
    answers: dict[str, str] = {FIELD: regime, "start": month.first_on.isoformat()}
    own: Mapping[str, str] = next((fact.otherwise for fact in effect.facts if fact.holds_for(answers)), {})
    states_part = any("fraction" in fact.values for fact in effect.facts if fact.holds_for(answers))
    if states_part:
        answers["fraction"] = own.get("fraction", part)
    return answers
