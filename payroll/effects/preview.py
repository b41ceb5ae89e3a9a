"""What a case would change in pay if it were closed now: the facts it would become, and the engine with and without."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.catalogue.models import Catalogue
from payroll.effects import declared, making
from payroll.effects.months_touched import MonthChange, changes_of, months_touched
from payroll.effects.statements import Unclear
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.runs import store as runs
from payroll.runs.problems import Problem
from payroll.signatures import service as signatures


@dataclass(frozen=True)
class Preview:
    """What would change, month by month, for whom, and what stands in the way; nothing of it is binding."""

    person_id: int
    months: Sequence[MonthChange]
    problems: Sequence[Problem]
    unclear: Unclear | None = None
    needs_officer: bool = False

    @property
    def net(self) -> Cents:
        """What all the months together bring more, or less: what the next payslip settles."""
        return sum(month.net for month in self.months)


async def of_case(
    session: AsyncSession, catalogue: Catalogue, parameters: ParameterSet, case: Case, moment: datetime
) -> Preview | None:
    """Return what a case would change if it were closed at this moment, or None for a form that never touches pay.

    `moment` comes after all that is known; nothing is written.
    """
    form = catalogue.form(case.form_key or "")
    effect = declared.packaged().get(case.form_key or "")
    if form is None or effect is None:
        return None
    made = await making.make(session, case, effect, form.payroll.kind, moment)
    if isinstance(made, Unclear):
        return Preview(case.requester_id, (), (), unclear=made)
    known = [*made.known, *made.facts]
    law = await signatures.in_force(session, parameters, moment)
    paid_with = await runs.paid_with(session, made.person_id, moment)
    touched = months_touched(known, made.first_on, made.last_on, moment, law)
    changes = changes_of(known, made.person_id, touched, moment, law, paid_with).values()
    return Preview(
        made.person_id,
        [change for change in changes if isinstance(change, MonthChange) and change.lines],
        [change for change in changes if isinstance(change, Problem)],
        needs_officer=bool(made.needs_officer),
    )
