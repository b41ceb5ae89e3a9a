"""From facts about a person to what the engine is asked about a month: paid days, household, amounts beside pay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache

from payroll.engine.household import Household
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.engine.rules.contributions import Statute
from payroll.facts.kinds import AbsencePay, Treatment
from payroll.facts.known import KnownFact
from payroll.facts.models import FactKind
from payroll.facts.store import beside_each_other, standing
from payroll.facts.timeline import DAY, Span, Values, on_day, painted, within
from payroll.facts.values import Pay, household
from payroll.runs.problems import Problem


@dataclass(frozen=True)
class PaidPart:
    """Some days of a month with one pay and one part of full time; unpaid ones have no working days that count."""

    first_on: date
    last_on: date
    pay: Pay
    part: Fraction
    working_days: int

    @property
    def is_paid(self) -> bool:
        """Whether these days bring pay at all."""
        return self.working_days > 0 and self.part > 0


@dataclass(frozen=True)
class PersonMonth:
    """What the engine is asked about one person's month: parts by days, and the household on the last of them.

    `beside` are the amounts beside the pay, in cents, by how they enter it.
    """

    person_id: int
    parts: Sequence[PaidPart]
    statute: Statute
    household: Household
    beside: Mapping[Treatment, Cents] = field(default_factory=dict)


def person_month(
    person_id: int, facts: Sequence[KnownFact], month: PayMonth, known_at: datetime
) -> PersonMonth | Problem | None:
    """Return what is asked about a person's month, None without pay, or what keeps it from being asked.

    Facts stand in the order in which they became known; what became known after `known_at` is not looked at.
    """
    counted = standing(facts, known_at)
    held = _Held(counted, month)
    pay = _while_employed(held.of(FactKind.PAY), held.of(FactKind.EMPLOYMENT))
    one_offs = _one_offs(counted, month)
    if not pay:
        return _without_pay(person_id, month, held, one_offs)
    last_paid_on = pay[-1].last_on
    values = on_day(held.of(FactKind.HOUSEHOLD), last_paid_on)
    home = household(values) if values is not None else None
    if home is None:
        message = f"no household is known on {last_paid_on}; import one that covers the day"
        return Problem(person_id, "household", str(month), message, last_paid_on)
    statutes = {Pay.of(span.values).statute for span in pay}
    if len(statutes) > 1:
        message = f"the statute changes within {month}; let each statute begin on the first day of a month"
        return Problem(person_id, "statute", str(month), message, last_paid_on)
    parts = list(_parts(pay, held.of(FactKind.REGIME), held.of(FactKind.ABSENCE), month))
    beside = _added(one_offs, _allowances(counted, parts, month))
    return PersonMonth(person_id, parts, statutes.pop(), home, beside)


def _without_pay(person_id: int, month: PayMonth, held: "_Held", one_offs: Mapping[Treatment, Cents]) -> Problem | None:
    """Return what is wrong with a month without pay: an amount is due, or a scale has no amount."""
    placed = _while_employed(held.of(FactKind.SCALE), held.of(FactKind.EMPLOYMENT))
    if placed:
        scale, step = placed[0].values["scale"], placed[0].values["step"]
        message = f"no rule reads scale {scale}, step {step}; import the amount of the month as a pay fact"
        return Problem(person_id, "scale", str(month), message, placed[0].first_on)
    if one_offs:
        message = f"an amount is due in {month}, in which the person has no pay; move it to a month with pay"
        return Problem(person_id, "one_off", str(month), message, month.last_on)
    return None


class _Held:
    """What holds in a month, by kind of fact; most people have facts of two kinds only."""

    def __init__(self, counted: Sequence[KnownFact], month: PayMonth) -> None:
        self._month = month
        self._spans: dict[str, list[Span]] = {}
        for fact in counted:
            self._spans.setdefault(fact.kind, []).append(fact.span)

    def of(self, kind: FactKind) -> list[Span]:
        """Return what holds of one kind in the month, oldest day first."""
        spans = self._spans.get(kind)
        return within(painted(spans), self._month.first_on, self._month.last_on) if spans else []


def _while_employed(pay: Sequence[Span], employment: Sequence[Span]) -> list[Span]:
    """Return the pay on the days on which nobody said that the employment had ended."""
    left = [span for span in employment if span.values.get("employed") == "no"]
    for gone in left:
        pay = [
            part
            for span in pay
            for part in (*within([span], date.min, gone.first_on - DAY), *_after(span, gone.last_on))
        ]
    return list(pay)


def _after(span: Span, day: date) -> list[Span]:
    return [] if day == date.max else within([span], day + DAY, date.max)


def _parts(
    pay: Sequence[Span], regimes: Sequence[Span], absences: Sequence[Span], month: PayMonth
) -> Iterator[PaidPart]:
    """Cut the pay wherever something changes: the pay itself, the working regime, or an unpaid absence."""
    cuts = {one.first_on for one in (*regimes, *absences)} | {one.last_on + DAY for one in (*regimes, *absences)}
    for span in pay:
        starts = [span.first_on, *sorted(cut for cut in cuts if span.first_on < cut <= span.last_on)]
        ends = [*(start - DAY for start in starts[1:]), span.last_on]
        paid = Pay.of(span.values)
        for first_on, last_on in zip(starts, ends, strict=True):
            unpaid = (on_day(absences, first_on) or {}).get("pay") == AbsencePay.UNPAID
            part = Fraction(0) if unpaid else _part(paid, on_day(regimes, first_on))
            days = _working_days(month, first_on, last_on) if part else 0
            yield PaidPart(first_on, last_on, paid, part, days)


def _part(pay: Pay, regime: Values | None) -> Fraction:
    """Return the part of full time that is paid: that of the regime, where one holds, else that of the pay."""
    stated = (regime or {}).get("fraction")
    if stated:
        return Fraction(str(stated))
    return _fraction(pay.fraction_numerator, pay.fraction_denominator)


@lru_cache(maxsize=10_000)
def _fraction(numerator: int, denominator: int) -> Fraction:
    return Fraction(numerator, denominator)


@lru_cache(maxsize=10_000)
def _working_days(month: PayMonth, first_on: date, last_on: date) -> int:
    """Count working days; nearly everybody asks for the same ones."""
    return month.working_days(first_on, last_on)


def _one_offs(counted: Sequence[KnownFact], month: PayMonth) -> dict[Treatment, Cents]:
    """Return the amounts that are due once, in the month of the day on which they arose."""
    found: dict[Treatment, Cents] = {}
    for fact in counted:
        if fact.kind == FactKind.ONE_OFF and month.first_on <= fact.valid_from <= month.last_on:
            treatment = Treatment(fact.values["treatment"])
            found[treatment] = found.get(treatment, 0) + int(fact.values["amount"])
    return found


def _allowances(counted: Sequence[KnownFact], parts: Sequence[PaidPart], month: PayMonth) -> dict[Treatment, Cents]:
    """Return the monthly allowances of which somebody stated the amount, by the working days on which they hold.

    The amount is that of a month at the regime that the person works; days without pay bring none.
    """
    if not any(fact.kind == FactKind.ALLOWANCE for fact in counted):
        return {}
    found: dict[Treatment, Cents] = {}
    for spans in beside_each_other(counted, FactKind.ALLOWANCE, max(fact.known_from for fact in counted)):
        for span in within(spans, month.first_on, month.last_on):
            if span.values.get("amount") is None or span.values.get("treatment") is None:
                continue
            days = sum(
                _working_days(month, max(span.first_on, part.first_on), min(span.last_on, part.last_on))
                for part in parts
                if part.is_paid
            )
            treatment = Treatment(span.values["treatment"])
            amount = int(span.values["amount"]) * days // month.working_days()
            found[treatment] = found.get(treatment, 0) + amount
    return found


def _added(one: Mapping[Treatment, Cents], other: Mapping[Treatment, Cents]) -> dict[Treatment, Cents]:
    return {treatment: one.get(treatment, 0) + other.get(treatment, 0) for treatment in {*one, *other}}
