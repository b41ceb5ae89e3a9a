"""What the facts of a month ask of the rules on allowances: who has which one, on how many days, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.facts.kinds import Counted, Treatment
from payroll.facts.known import KnownFact
from payroll.facts.models import FactKind
from payroll.facts.store import beside_each_other
from payroll.facts.timeline import Span, on_day, within, without

ASKING = frozenset(
    {FactKind.ALLOWANCE, FactKind.REGIME, FactKind.COUNT, FactKind.TELEWORK, FactKind.COMMUTING},
)
LANGUAGE, HOUSEHOLD_RESIDENCE, TELEWORK, BICYCLE, PREMIUM, MEAL_VOUCHERS = (
    "bilingualism", "household_residence", "telework", "bicycle", "four_day_week_premium", "meal_vouchers",
)  # fmt: skip
"""The names of the allowances; an amount that somebody stated under one of them stands before the rule."""
HOUSEHOLD, RESIDENCE = "household", "residence"
BY_BICYCLE = "bike"
PAY = (Treatment.TAXABLE, Treatment.HOUSEHOLD_RESIDENCE)
"""How an allowance enters pay that is part of the pay itself."""


PaidDays = tuple[date, date, Fraction]
"""Days that are paid, both ends included, and their part of full time."""


@dataclass(frozen=True)
class OnDays:
    """A ground on which an allowance is due, such as an article of the law, on some working days of the month."""

    ground: str
    part: Fraction
    working_days: int


@dataclass(frozen=True)
class Asked:
    """What one person's month asks; numbers of days, and metres."""

    language: Sequence[OnDays] = ()
    household_residence: Sequence[OnDays] = ()
    premium_days: int = 0
    telework_days: int = 0
    bicycle_metres: int = 0
    voucher_days: int = 0


NOTHING = Asked()


def asked_of(counted: Sequence[KnownFact], regimes: Sequence[Span], paid: Sequence[PaidDays], month: PayMonth) -> Asked:
    """Return what a month with these paid days asks, by the facts that count, in the order of their knowledge."""
    allowances = _allowances(counted, month)
    stated = {name for name, spans in allowances.items() if any(_has_amount(span) for span in spans)}
    counts = _counts(counted, month)
    return Asked(
        language=_grounds(allowances.get(LANGUAGE, ()), paid, month),
        household_residence=_grounds(_without_stated(allowances), paid, month),
        premium_days=0 if PREMIUM in stated else sum(
            _days(span, paid, month) for span in regimes if span.values.get("regime") == PREMIUM
        ),
        telework_days=0 if TELEWORK in stated else counts.get(
            Counted.TELEWORK_DAYS, _agreed_telework(counted, paid, month)
        ),
        bicycle_metres=0 if BICYCLE in stated else counts.get(
            Counted.BICYCLE_METRES, _agreed_metres(counted, paid, month)
        ),
        voucher_days=0 if MEAL_VOUCHERS in stated else counts.get(Counted.MEAL_VOUCHER_DAYS, 0),
    )  # fmt: skip


def whole_month_of(
    counted: Sequence[KnownFact], regimes: Sequence[Span], day: date, part: Fraction, month: PayMonth
) -> Asked:
    """Return what a whole month at one part of full time asks of allowances, as they held on a day."""
    held = {name: on_day(spans, day) for name, spans in _allowances(counted, PayMonth.of(day)).items()}
    allowances = {
        name: [Span(month.first_on, month.last_on, values)] for name, values in held.items() if values is not None
    }
    paid = [(month.first_on, month.last_on, part)]
    is_stated = any(_has_amount(span) for span in allowances.get(PREMIUM, ()))
    has_premium = not is_stated and (on_day(regimes, day) or {}).get("regime") == PREMIUM
    return Asked(
        language=_grounds(allowances.get(LANGUAGE, ()), paid, month),
        household_residence=_grounds(_without_stated(allowances), paid, month),
        premium_days=month.working_days() if has_premium else 0,
    )


def stated_on(counted: Sequence[KnownFact], day: date) -> Cents:
    """Return the monthly allowances, in cents, whose amount was stated and that are pay, as they held on a day."""
    held = [on_day(spans, day) for spans in _allowances(counted, PayMonth.of(day)).values()]
    return sum(
        int(values["amount"])
        for values in held
        if values is not None and values.get("amount") is not None and values.get("treatment") in PAY
    )


def _allowances(counted: Sequence[KnownFact], month: PayMonth) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    if not counted:
        return found
    for spans in beside_each_other(counted, FactKind.ALLOWANCE, _latest(counted)):
        for span in within(spans, month.first_on, month.last_on):
            found.setdefault(str(span.values.get("allowance")), []).append(span)
    return found


def _latest(counted: Sequence[KnownFact]) -> datetime:
    return max(fact.known_from for fact in counted)


def _has_amount(span: Span) -> bool:
    return span.values.get("amount") is not None


def _without_stated(allowances: Mapping[str, list[Span]]) -> list[Span]:
    """Return the household or residence allowance but for days of which an amount was stated, under whatever name."""
    stated = [
        span
        for spans in allowances.values()
        for span in spans
        if _has_amount(span) and span.values.get("treatment") == Treatment.HOUSEHOLD_RESIDENCE
    ]
    return without(allowances.get(HOUSEHOLD_RESIDENCE, ()), *stated)


def _grounds(spans: Sequence[Span], paid: Sequence[PaidDays], month: PayMonth) -> tuple[OnDays, ...]:
    """Return the grounds with their days; those of one ground and part of full time are counted together."""
    days: dict[tuple[str, Fraction], int] = {}
    for span in spans:
        if not span.values.get("ground") or _has_amount(span):
            continue
        for one in paid:
            key = (str(span.values["ground"]), one[2])
            days[key] = days.get(key, 0) + _days(span, [one], month)
    return tuple(OnDays(*key, counted) for key, counted in days.items() if counted)


def _days(span: Span, paid: Sequence[PaidDays], month: PayMonth) -> int:
    """Return the paid working days of a span."""
    return sum(
        month.working_days(max(span.first_on, first_on), min(span.last_on, last_on)) for first_on, last_on, _ in paid
    )


def _counts(counted: Sequence[KnownFact], month: PayMonth) -> dict[Counted, int]:
    """Return what was counted in the month: several counts of one thing add up."""
    found: dict[Counted, int] = {}
    for fact in counted:
        if fact.kind == FactKind.COUNT and month.first_on <= fact.valid_from <= month.last_on:
            what = Counted(fact.values["counted"])
            found[what] = found.get(what, 0) + int(fact.values["number"])
    return found


def _agreed_telework(counted: Sequence[KnownFact], paid: Sequence[PaidDays], month: PayMonth) -> int:
    """Return the days of telework that were agreed for a month; none where no day of the agreement is paid."""
    for spans in beside_each_other(counted, FactKind.TELEWORK, _latest(counted)):
        for span in reversed(within(spans, month.first_on, month.last_on)):
            if span.values.get("days_month") is not None and _days(span, paid, month):
                return int(span.values["days_month"])
    return 0


def _agreed_metres(counted: Sequence[KnownFact], paid: Sequence[PaidDays], month: PayMonth) -> int:
    """Return the metres that were agreed for a month, by its paid working days."""
    metres = 0
    for spans in beside_each_other(counted, FactKind.COMMUTING, _latest(counted)):
        for span in within(spans, month.first_on, month.last_on):
            if span.values.get("transport") == BY_BICYCLE and span.values.get("metres_month") is not None:
                metres += int(span.values["metres_month"]) * _days(span, paid, month)
    return metres // month.working_days()
