"""What the answers of one case state, by the declaration of its form: kinds, days and values, and no person yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from payroll.effects.declared import DeclaredFact, FormEffect
from payroll.facts.kinds import KINDS
from payroll.facts.models import FactKind
from payroll.facts.timeline import DAY, FOREVER, Values


@dataclass(frozen=True)
class Unclear:
    """Why a form cannot become a fact: the field, the fact or the rule in question, the day, and what to do."""

    rule: str
    message: str
    on: date | None = None


@dataclass(frozen=True)
class Statement:
    """What a case states about its requester, or about the employee whom it names in `about`.

    `needs_officer` is the name of what the engine has no rule for: the fact is kept, and somebody enters the amount.
    """

    kind: FactKind
    first_on: date
    last_on: date
    values: Values
    about: str | None = None
    needs_officer: str | None = None


def read(effect: FormEffect, answers: Mapping[str, Any], closed_on: date) -> list[Statement] | Unclear:
    """Return what the answers state; `closed_on` is from when that holds of which the form names no day."""
    found: list[Statement] = []
    for fact in effect.facts:
        if not fact.holds_for(answers):
            continue
        stated = _state(fact, answers, closed_on)
        if isinstance(stated, Unclear):
            return stated
        found += stated
    return found or Unclear("form", "the form states nothing that pay can be worked out from; enter the fact by hand")


def _state(fact: DeclaredFact, answers: Mapping[str, Any], closed_on: date) -> list[Statement] | Unclear:
    try:
        days = _days(fact, answers, closed_on)
        if isinstance(days, Unclear):
            return days
        about = None
        if fact.about is not None:
            about = str(answers.get(fact.about) or "")
        if fact.kind is None:
            ended = dict.fromkeys(fact.ends)
            return [Statement(kind, *days, dict.fromkeys(KINDS[kind].fields), about) for kind in ended]
        values = _values(fact, fact.kind, answers)
    except ValueError as error:
        return Unclear("form", f"the form holds a value that cannot be used: {error}; enter the fact by hand")
    if not values:
        asked = ", ".join(fact.values.values())
        return Unclear("form", f"the form changes nothing: it fills in none of {asked}", days[0])
    if fact.kind is FactKind.SCALE:
        values = {"step": None, "seniority_from": None, **values}  # the one takes the place of the other
    missing = [name for name in fact.officer_without if name not in values]
    needs = ", ".join(missing) or (fact.kind.value if fact.officer else None)
    return [Statement(fact.kind, *days, values, about, needs)]


def _days(fact: DeclaredFact, answers: Mapping[str, Any], closed_on: date) -> tuple[date, date] | Unclear:
    first_on = closed_on
    if fact.from_field is not None:
        answer = answers.get(fact.from_field)
        if not answer and not fact.officer:
            return Unclear("effective", f"the form lacks {fact.from_field}; enter the fact by hand")
        first_on = _day(answer) if answer else closed_on
    until = answers.get(fact.to_field) if fact.to_field is not None else None
    last_on = _day(until) if until else FOREVER
    if fact.from_next_day:
        first_on += DAY
    if last_on < first_on:
        return Unclear("form", f"the form ends on {last_on}, before it begins; enter the fact by hand", first_on)
    return first_on, last_on


def _day(answer: Any) -> date:
    """Read a date, or a month as its first day. Raises ValueError."""
    text = str(answer)
    return date.fromisoformat(f"{text}-01" if len(text) == len("2026-09") else text)


def _values(fact: DeclaredFact, kind: FactKind, answers: Mapping[str, Any]) -> Values:
    """Return what the fact holds: constants, then the answers, then what an open answer means. Raises ValueError."""
    readers = KINDS[kind].fields
    stated: dict[str, Any] = dict(fact.constants)
    for name, source in fact.values.items():
        answer = answers.get(source)
        if answer not in (None, ""):
            stated[name] = answer
        elif name in fact.otherwise:
            stated[name] = fact.otherwise[name]
    return {name: readers[name](raw) for name, raw in stated.items()}
