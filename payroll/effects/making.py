"""Makes dated facts of what a case states: held against what is known, and written by whoever asked for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import on_behalf
from casework.cases.models import Case
from casework.clock import local_date
from casework.people import store as people
from casework.people.models import THE_DESK
from payroll.effects import statements
from payroll.effects.declared import FormEffect
from payroll.effects.statements import Statement, Unclear
from payroll.engine.household import CivilStatus, Household
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.facts.kinds import KINDS
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import FOREVER, Span, Values, news, next_change, on_day, painted, within
from payroll.facts.values import household


@dataclass
class Made:
    """The facts of a case, not written yet; whose they are, which days they touch, and what an officer has to add."""

    person_id: int
    known: Sequence[Fact]
    first_on: date
    last_on: date
    facts: list[Fact] = field(default_factory=list)
    needs_officer: list[str] = field(default_factory=list)


async def make(session: AsyncSession, case: Case, form: FormEffect, effect: str, moment: datetime) -> Made | Unclear:
    """Return the facts that a case states, known from this moment; `effect` names what brings them; none is written."""
    stated = statements.read(form, case.fields, local_date(case.closed_at or moment))
    if isinstance(stated, Unclear):
        return stated
    person_id = await _subject(session, case, stated[0].about)
    if person_id is None:
        return Unclear("person", "no employee of the organisations that this local HR serves is meant; import them")
    known = await facts_store.all_of_person(session, person_id)
    reason = f"{case.number} {case.form_key}"
    origin = Origin(FactSource.CASE, THE_DESK.name, reason, case_number=case.number, effect=effect)
    return facts_of(stated, person_id, known, origin, moment)


def facts_of(
    stated: Sequence[Statement], person_id: int, known: Sequence[Fact], origin: Origin, moment: datetime
) -> Made | Unclear:
    """Return the facts that statements about one person add to what is known; none is written."""
    made = Made(person_id, known, min(one.first_on for one in stated), max(one.last_on for one in stated))
    for statement in stated:
        spans = _spans(statement, known, moment)
        if isinstance(spans, Unclear):
            return spans
        made.facts += facts.drafted(person_id, statement.kind, spans, origin, moment)
        if statement.needs_officer is not None:
            made.needs_officer.append(statement.needs_officer)
    if not made.facts and all(_is_end(statement) for statement in stated):
        return Unclear("ends", f"nothing is known that could end on {made.first_on}", made.first_on)
    return made


async def _subject(session: AsyncSession, case: Case, about: str | None) -> int | None:
    """Return whom a case is about: its requester, or a colleague whom its local HR may speak for."""
    if about is None:
        return case.requester_id
    local_hr = await people.actor(session, case.requester_id)
    colleague = await on_behalf.colleague(session, local_hr, about)
    return colleague.person_id if colleague is not None else None


def _spans(statement: Statement, known: Sequence[Fact], moment: datetime) -> list[Span] | Unclear:
    """Return what a statement adds to what is known."""
    held = _held(statement, known, moment)
    values = statement.values
    if statement.kind is FactKind.HOUSEHOLD:
        values = _without_spouse(values)
        unclear = _check_household(statement, values, held)
        if unclear is not None:
            return unclear
    if _is_end(statement) and not _says_something(within(held, statement.first_on, statement.last_on)):
        return []
    return news(bounded(statement.kind, values, statement.first_on, statement.last_on, held), held)


def bounded(kind: FactKind, values: Values, first_on: date, last_on: date, held: Sequence[Span]) -> list[Span]:
    """Return the days of a statement: one without an end ends where something else is known to begin.

    A change that was settled for a later day thus holds from that day on, whichever of the two was settled first.
    """
    if last_on != FOREVER:
        return [Span(first_on, last_on, values)]
    by_field = KINDS[kind].by_field
    groups = [(name,) for name in values] if by_field else [tuple(values)]
    ends: dict[date, dict[str, Any]] = {}
    for names in groups:
        change_on = next_change(held, names, first_on, by_field=by_field)
        end = FOREVER if change_on is None else date.fromordinal(change_on.toordinal() - 1)
        ends.setdefault(end, {}).update({name: values[name] for name in names})
    return [Span(first_on, end, part) for end, part in ends.items()]


def _held(statement: Statement, known: Sequence[Fact], moment: datetime) -> list[Span]:
    rules, kind = KINDS[statement.kind], statement.kind
    if rules.adds_up:
        return []
    if rules.apart is None:
        return facts_store.in_force(known, kind, moment)
    topic = facts_store.topic(kind, statement.values)
    return facts_store.in_force(
        [fact for fact in known if fact.kind == kind and facts_store.topic(kind, fact.values) == topic], kind, moment
    )


def _is_end(statement: Statement) -> bool:
    return all(value is None for value in statement.values.values())


def _says_something(held: Sequence[Span]) -> bool:
    return any(value is not None for span in held for value in span.values.values())


def _without_spouse(values: Values) -> Values:
    """Return the statement of a household, in which who comes to live without a spouse has no income of one."""
    status = values.get("civil_status")
    if status is None or Household(civil_status=CivilStatus(str(status))).couple:
        return values
    return {**values, "spouse_income": "none"}


def _check_household(statement: Statement, values: Values, held: Sequence[Span]) -> Unclear | None:
    """Return why a household cannot be worked out: what nobody said, or a partner of whom nobody said the income.

    What the form leaves open is taken from what is known on each day; a spouse's income decides the scale of the tax.
    """
    days = (statement.first_on, statement.last_on)
    new = bounded(statement.kind, values, *days, held)
    for span in within(painted([*held, *new]), *days):
        if household(span.values) is None:
            missing = [name for name in KINDS[FactKind.HOUSEHOLD].fields if span.values.get(name) is None]
            reason = f"no household is known on {span.first_on} that says {', '.join(missing)}; import one"
            return Unclear("household", reason, span.first_on)
        if _begins_couple(span, values, on_day(held, span.first_on)):
            reason = "a couple begins and the form lacks spouse_income; enter the fact by hand"
            return Unclear("spouse_income", reason, span.first_on)
    return None


def _begins_couple(span: Span, stated: Values, before: Mapping[str, Any] | None) -> bool:
    return _is_couple(span.values) and not _is_couple(before or {}) and "spouse_income" not in stated


def _is_couple(values: Values) -> bool:
    known = household(values)
    return known is not None and known.couple
