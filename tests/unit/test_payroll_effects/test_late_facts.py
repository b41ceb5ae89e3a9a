"""A late fact touches the months and the person it is about, to the cent, and nobody and nothing else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.service import Origin, drafted
from payroll.facts.timeline import FOREVER, Span
from payroll.runs.booking import book_month
from payroll.runs.models import PayResult
from payroll.runs.months import calculate

LAW = parameters.packaged()
MONTHS = [PayMonth(2026, month) for month in range(3, 7)]
RUN_AT = datetime(2026, 7, 1, tzinfo=UTC)
LATE_AT = RUN_AT + timedelta(days=1)
ORIGIN = Origin(FactSource.CASE, "Balie", "late", case_number="HRB0000001")
HOME = {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0}
days = st.dates(date(2026, 3, 1), date(2026, 6, 30))
LATE = st.one_of(
    st.tuples(st.just(FactKind.HOUSEHOLD), st.fixed_dictionaries({"children": st.integers(0, 4)})),
    st.tuples(
        st.just(FactKind.REGIME),
        st.fixed_dictionaries({"regime": st.just("any"), "fraction": st.sampled_from(["4/5", "1/2", "0/1"])}),
    ),
    st.tuples(
        st.just(FactKind.ABSENCE),
        st.fixed_dictionaries({"absence": st.just("any"), "pay": st.sampled_from(["paid", "unpaid"])}),
    ),
    st.tuples(
        st.just(FactKind.ALLOWANCE),
        st.fixed_dictionaries(
            {"allowance": st.just("any"), "amount": st.integers(0, 50_000), "treatment": st.just("taxable")}
        ),
    ),
    st.tuples(st.just(FactKind.EMPLOYMENT), st.just({"employed": "no", "because": "exit"})),
)


def _pay(gross: int) -> dict[str, Any]:
    return {"gross_month": gross, "fraction_numerator": 1, "fraction_denominator": 1, "statute": "contractual"}


def _hired(person: int, gross: int) -> list[Fact]:
    spans = [Span(date(2026, 1, 1), FOREVER, _pay(gross))]
    home = [Span(date(2026, 1, 1), FOREVER, HOME)]
    known_from = RUN_AT - timedelta(days=60)
    origin = Origin(FactSource.IMPORT, "Ada Bakker", "hired")
    return [
        *drafted(person, FactKind.PAY, spans, origin, known_from),
        *drafted(person, FactKind.HOUSEHOLD, home, origin, known_from),
    ]


def _amounts(facts: Sequence[Fact], month: PayMonth, known_at: datetime = LATE_AT) -> dict[str, int]:
    return dict(calculate({1: facts}, month, {1: known_at}, LAW).amounts.get(1, {}))


def _stored(facts: dict[int, list[Fact]], month: PayMonth) -> dict[int, PayResult]:
    done = calculate(facts, month, dict.fromkeys(facts, RUN_AT), LAW)
    return {
        person: PayResult(person_id=person, period=str(month), known_at=RUN_AT, amounts=dict(amounts), parameters={})
        for person, amounts in done.amounts.items()
    }


@settings(deadline=None)
@given(st.lists(st.integers(150_000, 600_000), min_size=2, max_size=4), LATE, days, days)
def test_who_is_not_touched_has_no_difference_and_who_is_has_exactly_it(
    pays: list[int], late: tuple[FactKind, dict[str, Any]], one: date, other: date
) -> None:
    facts = {person: _hired(person, gross) for person, gross in enumerate(pays, start=1)}
    stored = {month: _stored(facts, month) for month in MONTHS}
    first_on, last_on = sorted((one, other))
    facts[1] += drafted(1, late[0], [Span(first_on, last_on, late[1])], ORIGIN, LATE_AT)

    for month in MONTHS:
        bookings, problems = book_month(facts, stored[month], month, LATE_AT, LAW, earlier=True)

        assert problems == []
        assert {booking.person_id for booking in bookings} <= {1}
        booked = {name: cents for each in bookings for (name, _), cents in each.differences.items() if cents}
        before, after = stored[month][1].amounts, _amounts(facts[1], month)
        names = before.keys() | after.keys()
        changed = {name: after.get(name, 0) - before.get(name, 0) for name in names}
        assert booked == {name: cents for name, cents in changed.items() if cents}
        quarter = month.quarter
        if last_on < month.first_on or month.last_on < first_on:  # of another month, at most the settlement changes
            assert booked.keys() <= {"special_contribution_quarter", "net"}
        if last_on < quarter[0].first_on or quarter[-1].last_on < first_on:
            assert booked == {}


@settings(deadline=None)
@given(LATE, days, days)
def test_fact_and_its_counter_fact_together_change_nothing(
    late: tuple[FactKind, dict[str, Any]], one: date, other: date
) -> None:
    first_on, last_on = sorted((one, other))
    hired = _hired(1, 300_000)
    for number, fact in enumerate(hired):
        fact.id = number
    (stated,) = drafted(1, late[0], [Span(first_on, last_on, late[1])], ORIGIN, LATE_AT)
    stated.id = 10
    (countered,) = drafted(1, late[0], [Span(first_on, last_on, late[1])], ORIGIN, LATE_AT + timedelta(days=1))
    countered.counters_id = 10

    for month in MONTHS:
        with_ = _amounts([*hired, stated, countered], month, LATE_AT)
        taken_back = _amounts([*hired, stated, countered], month, LATE_AT + timedelta(days=1))

        assert taken_back == _amounts(hired, month)
        assert with_ == _amounts([*hired, stated], month)


@settings(deadline=None)
@given(st.integers(150_000, 600_000), days)
def test_unpaid_days_and_paid_days_add_up_to_the_month(gross: int, cut: date) -> None:
    month = PayMonth.of(cut)
    unpaid = {"absence": "any", "pay": "unpaid"}
    hired = _hired(1, gross)
    head = drafted(1, FactKind.ABSENCE, [Span(month.first_on, cut, unpaid)], ORIGIN, LATE_AT)
    tail = drafted(1, FactKind.ABSENCE, [Span(cut + timedelta(days=1), FOREVER, unpaid)], ORIGIN, LATE_AT)

    parts = [_amounts([*hired, *absence], month).get("gross", 0) for absence in (head, tail)]

    # Each part is truncated to the cent, so that two parts that are worked out apart may lack one cent together.
    assert 0 <= gross - sum(parts) <= 1
    # Without a paid day a month brings what settles the quarter, and nothing else.
    unpaid_month = _amounts([*hired, *head, *tail], month)
    assert unpaid_month.get("net", 0) == -unpaid_month.get("special_contribution_quarter", 0)
