"""From facts about a person to what the engine is asked about a month: paid days, household, amounts beside pay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from payroll.engine.household import Household
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.engine.rules.contributions import Statute
from payroll.facts.kinds import AbsencePay, Treatment
from payroll.facts.known import KnownFact
from payroll.facts.models import FactKind
from payroll.facts.store import beside_each_other, standing
from payroll.facts.timeline import DAY, Span, Values, on_day, painted, within, without
from payroll.facts.values import Pay, Placed, household
from payroll.runs.asked import ASKING, NOTHING, Asked, asked_of, stated_on, whole_month_of
from payroll.runs.problems import Problem


@dataclass(frozen=True)
class PaidPart:
    """Some days of a month with one pay and one part of full time; unpaid ones have no working days that count.

    The pay is an amount, or a place on a scale until `scale_pay` has looked up what that comes to.
    """

    first_on: date
    last_on: date
    pay: Pay | Placed
    part: Fraction
    working_days: int

    @property
    def is_paid(self) -> bool:
        """Whether these days bring pay at all."""
        return self.working_days > 0 and self.part > 0


class Contribution(NamedTuple):
    """A contribution on an amount that is paid apart, and the part of the amount that it is due on, in cents."""

    base: Cents
    owed: Cents


@dataclass(frozen=True)
class PersonMonth:
    """What the engine is asked about one person's month: parts by days, and the household on the last of them.

    `beside` are the amounts beside the pay, in cents, by how they enter it; of what is paid apart, `contributions` are
    those that do not follow from the amount alone. `versions` are the law tables that all of this rests on. `asked` is
    what the rules are asked about allowances; `annual_at_pivot` is the annual amount of the place on a scale that was
    paid last, where there is one. The `usual` ones are the allowances of a whole month as on the last paid day:
    those whose amount was stated, and what the rules are asked; they are looked up where something is paid apart.
    """

    person_id: int
    parts: Sequence[PaidPart]
    statute: Statute
    household: Household
    beside: Mapping[Treatment, Cents] = field(default_factory=dict)
    asked: Asked = NOTHING
    annual_at_pivot: Cents | None = None
    contributions: Mapping[Treatment, Contribution] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    usual_allowances: Cents = 0
    usual_asked: Asked = NOTHING

    @property
    def usual(self) -> tuple[Pay | Placed, Fraction]:
        """The pay and the part of full time that was paid last; in a month without any, those of the contract."""
        for one in reversed(self.parts):
            if one.is_paid:
                return one.pay, one.part
        pay = self.parts[-1].pay
        return pay, contract_part(pay)


def person_month(
    person_id: int, facts: Sequence[KnownFact], month: PayMonth, known_at: datetime
) -> PersonMonth | Problem | None:
    """Return what is asked about a person's month, None without pay, or what keeps it from being asked.

    Facts stand in the order in which they became known; what became known after `known_at` is not looked at.
    """
    counted = standing(facts, known_at)
    held = Held(counted, month.first_on, month.last_on)
    pay = held.pay()
    one_offs = _one_offs(counted, month)
    if not pay:
        return _without_pay(person_id, month, held, one_offs)
    last_paid_on = pay[-1].last_on
    home = held.household(last_paid_on)
    if home is None:
        return no_household(person_id, month, last_paid_on)
    places = [pay_of(span.values) for span in pay]
    if None in places:
        return _incomplete_place(person_id, month, pay[0].first_on)
    statutes = {place.statute for place in places if place is not None}
    if len(statutes) > 1:
        message = f"the statute changes within {month}; let each statute begin on the first day of a month"
        return Problem(person_id, "statute", str(month), message, last_paid_on)
    regimes = held.of(FactKind.REGIME)
    parts = list(paid_parts(pay, regimes, held.of(FactKind.ABSENCE), month))
    beside = _added(one_offs, _allowances(counted, parts, month))
    return PersonMonth(person_id, parts, statutes.pop(), home, beside, _asked(counted, regimes, parts, month))


def with_usual_allowances(
    person: PersonMonth, facts: Sequence[KnownFact], month: PayMonth, known_at: datetime
) -> PersonMonth:
    """Return a month with the allowances of a whole month, as they held on its last paid day, or at the exit."""
    counted = standing(facts, known_at)
    if not any(fact.kind in ASKING for fact in counted):
        return person
    last = next((part for part in reversed(person.parts) if part.is_paid), person.parts[-1])
    regimes = Held(counted, last.last_on, last.last_on).of(FactKind.REGIME)
    return replace(
        person,
        usual_allowances=stated_on(counted, last.last_on),
        usual_asked=whole_month_of(counted, regimes, last.last_on, person.usual[1], month),
    )


def is_owed_apart(facts: Sequence[KnownFact], month: PayMonth, known_at: datetime) -> bool:
    """Return whether somebody stated an amount of this month that is paid apart from it."""
    return any(treatment.is_paid_apart for treatment in _one_offs(standing(facts, known_at), month))


def month_after_exit(
    person_id: int, facts: Sequence[KnownFact], month: PayMonth, known_at: datetime, since: date
) -> PersonMonth | Problem | None:
    """Return a month without a paid day for who is owed something apart, by the pay and household of the last days.

    None where no pay is known since a day.
    """
    counted = standing(facts, known_at)
    held = Held(counted, since, month.last_on)
    pay = held.pay() or held.of_contract()
    if not pay:
        return None
    paid = pay_of(pay[-1].values)
    if paid is None:
        return _incomplete_place(person_id, month, pay[-1].first_on)
    home = held.household(month.last_on) or held.household(pay[-1].last_on)
    if home is None:
        return no_household(person_id, month, month.last_on)
    day = min(pay[-1].last_on, month.last_on)
    gone = PaidPart(day, day, paid, Fraction(0), 0)
    return PersonMonth(person_id, [gone], paid.statute, home, _one_offs(counted, month))


def goes_on(facts: Sequence[KnownFact], month: PayMonth, known_at: datetime) -> bool:
    """Return whether somebody has pay, be it for no paid day, in a later month of the same quarter."""
    since, until = month.last_on + DAY, month.quarter[-1].last_on
    if until < since:
        return False
    counted = standing(facts, known_at)
    is_stated = any(
        fact.kind == FactKind.PAY and fact.valid_from <= until and (fact.valid_to is None or fact.valid_to >= since)
        for fact in counted
    )
    if is_stated and not any(fact.kind == FactKind.EMPLOYMENT for fact in counted):
        return True  # nearly everybody, without looking further
    return bool(Held(counted, since, until).pay())


def no_household(person_id: int, month: PayMonth, on: date) -> Problem:
    """Return the problem of somebody of whom no household is known on a day."""
    return Problem(
        person_id, "household", str(month), f"no household is known on {on}; import one that covers the day", on
    )


def _incomplete_place(person_id: int, month: PayMonth, on: date) -> Problem:
    message = f"a scale is known on {on} and no statute or step; import the scale with both"
    return Problem(person_id, "scale", str(month), message, on)


def _without_pay(person_id: int, month: PayMonth, held: "Held", one_offs: Mapping[Treatment, Cents]) -> Problem | None:
    """Return what is wrong with a month without pay in which an amount is due.

    What is paid apart from the month is paid after the exit too, as long as a pay is known that it is taxed by.
    """
    due = {treatment for treatment in one_offs if not treatment.is_paid_apart or not held.of_contract()}
    if not due:
        return None
    message = f"an amount is due in {month}, in which the person has no pay; move it to a month with pay"
    return Problem(person_id, "one_off", str(month), message, month.last_on)


def contract_part(pay: Pay | Placed) -> Fraction:
    """Return the part of full time of the contract."""
    return _fraction(pay.fraction_numerator, pay.fraction_denominator)


class Held:
    """What holds on some days, by kind of fact; most people have facts of two kinds only."""

    def __init__(self, counted: Sequence[KnownFact], first_on: date, last_on: date) -> None:
        self._days = (first_on, last_on)
        self._spans: dict[str, list[Span]] = {}
        for fact in counted:
            self._spans.setdefault(fact.kind, []).append(fact.span)

    def of(self, kind: FactKind) -> list[Span]:
        """Return what holds of one kind on these days, oldest day first."""
        spans = self._spans.get(kind)
        return within(painted(spans), *self._days) if spans else []

    def of_contract(self) -> list[Span]:
        """Return the pay whether or not the employment has ended: an amount stands before a place on a scale."""
        stated = self.of(FactKind.PAY)
        placed = [span for span in self.of(FactKind.SCALE) if span.values.get("scale")]
        return sorted((*stated, *without(placed, *stated)), key=lambda span: span.first_on) if placed else stated

    def pay(self) -> list[Span]:
        """Return the pay on the days on which nobody said that the employment had ended."""
        return _while_employed(self.of_contract(), self.of(FactKind.EMPLOYMENT))

    def household(self, day: date) -> Household | None:
        """Return the household on a day, or None as long as nobody said all that it takes."""
        values = on_day(self.of(FactKind.HOUSEHOLD), day)
        return household(values) if values is not None else None


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


def paid_parts(
    pay: Sequence[Span], regimes: Sequence[Span], absences: Sequence[Span], month: PayMonth
) -> Iterator[PaidPart]:
    """Cut the pay of a month wherever something changes: the pay, the regime, an unpaid absence, the seniority."""
    cuts = {one.first_on for one in (*regimes, *absences)} | {one.last_on + DAY for one in (*regimes, *absences)}
    for span in pay:
        paid = pay_of(span.values)
        if paid is None:
            continue
        own = cuts | _anniversaries(paid, month)
        starts = [span.first_on, *sorted(cut for cut in own if span.first_on < cut <= span.last_on)]
        ends = [*(start - DAY for start in starts[1:]), span.last_on]
        for first_on, last_on in zip(starts, ends, strict=True):
            unpaid = (on_day(absences, first_on) or {}).get("pay") == AbsencePay.UNPAID
            part = Fraction(0) if unpaid else _part(paid, on_day(regimes, first_on))
            days = _working_days(month, first_on, last_on) if part else 0
            yield PaidPart(first_on, last_on, paid, part, days)


def pay_of(values: Values) -> Pay | Placed | None:
    """Read a pay or a place on a scale; None for a place of which nobody said all that it takes."""
    return Pay.of(values) if "gross_month" in values else Placed.of(values)


def _anniversaries(paid: Pay | Placed, month: PayMonth) -> set[date]:
    """Return the day of the month on which a year of seniority is completed, if there is one."""
    if isinstance(paid, Pay) or paid.years_on(month.first_on) == paid.years_on(month.last_on):
        return set()
    days = (month.first_on + timedelta(days=number) for number in range((month.last_on - month.first_on).days + 1))
    return {next(day for day in days if paid.years_on(day) > paid.years_on(month.first_on))}


def _part(pay: Pay | Placed, regime: Values | None) -> Fraction:
    """Return the part of full time that is paid: that of the regime, where one holds, else that of the pay."""
    stated = (regime or {}).get("fraction")
    if stated:
        return Fraction(str(stated))
    return contract_part(pay)


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


def _asked(counted: Sequence[KnownFact], regimes: Sequence[Span], parts: Sequence[PaidPart], month: PayMonth) -> Asked:
    """Return what the facts ask of the rules on allowances; most people ask nothing."""
    if not any(fact.kind in ASKING for fact in counted):
        return NOTHING
    paid = [(part.first_on, part.last_on, part.part) for part in parts if part.is_paid]
    return asked_of(counted, regimes, paid, month)


def _added(one: Mapping[Treatment, Cents], other: Mapping[Treatment, Cents]) -> dict[Treatment, Cents]:
    return {treatment: one.get(treatment, 0) + other.get(treatment, 0) for treatment in {*one, *other}}
