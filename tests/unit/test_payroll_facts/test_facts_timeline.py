"""Later knowledge stands before earlier knowledge on the days that it covers, and on no other."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from payroll.facts.timeline import FOREVER, Span, joined, news, on_day, painted, within, without

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=day) for day in range(40)]


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first = draw(st.integers(0, 30))
    last = draw(st.one_of(st.integers(first, 39), st.none()))
    value = draw(st.integers(0, 2))
    return Span(DAYS[first], FOREVER if last is None else DAYS[last], {"children": value})


def _day(number: int) -> date:
    return DAYS[number - 1]


def test_painted_resumes_earlier_knowledge_after_a_later_fact_ends() -> None:
    always = Span(_day(1), FOREVER, {"children": 0})
    some_days = Span(_day(10), _day(12), {"children": 2})

    assert painted([always, some_days]) == [
        Span(_day(1), _day(9), {"children": 0}),
        some_days,
        Span(_day(13), FOREVER, {"children": 0}),
    ]


def test_painted_open_fact_replaces_a_later_day_that_was_known_before() -> None:
    known_future = Span(_day(20), FOREVER, {"children": 1})
    newer = Span(_day(5), FOREVER, {"children": 2})

    assert painted([known_future, newer]) == [newer]


def test_joined_keeps_neighbours_apart_that_say_something_else_or_leave_a_gap() -> None:
    apart = [
        Span(_day(1), _day(2), {"children": 0}),
        Span(_day(3), _day(4), {"children": 1}),
        Span(_day(6), FOREVER, {"children": 1}),
    ]

    assert joined(apart) == apart


def test_within_cuts_at_both_ends_and_drops_what_lies_outside() -> None:
    held = [Span(_day(1), _day(4), {}), Span(_day(5), FOREVER, {"a": 1})]

    assert within(held, _day(6), _day(8)) == [Span(_day(6), _day(8), {"a": 1})]


def test_news_is_only_what_is_said_differently() -> None:
    held = [Span(_day(1), _day(10), {"children": 0}), Span(_day(11), FOREVER, {"children": 1})]

    assert news([Span(_day(5), FOREVER, {"children": 1})], held) == [Span(_day(5), _day(10), {"children": 1})]
    assert news([Span(_day(12), _day(13), {"children": 1})], held) == []


@given(st.lists(spans(), max_size=8))
def test_painted_says_each_day_what_the_last_span_that_covers_it_says(given_spans: list[Span]) -> None:
    result = painted(given_spans)

    for day in DAYS:
        covering = [span.values for span in given_spans if span.first_on <= day <= span.last_on]
        assert on_day(result, day) == (covering[-1] if covering else None)


@given(st.lists(spans(), max_size=8))
def test_painted_spans_are_ordered_disjoint_and_as_long_as_they_can_be(given_spans: list[Span]) -> None:
    result = painted(given_spans)

    assert joined(result) == result
    assert all(one.last_on < next_.first_on for one, next_ in pairwise(result))
    assert painted(result) == result


@given(st.lists(spans(), max_size=6), st.lists(spans(), max_size=6))
def test_news_painted_over_what_was_held_is_what_was_wanted(first: list[Span], second: list[Span]) -> None:
    held, wanted = painted(first), painted(second)

    assert painted([*held, *news(wanted, held)]) == painted([*held, *wanted])
    assert news(wanted, wanted) == []


@given(spans(), st.lists(spans(), max_size=5))
def test_without_leaves_exactly_the_days_that_no_hole_covers(span: Span, holes: list[Span]) -> None:
    left = without([span], *holes)

    for day in DAYS:
        covered = any(hole.first_on <= day <= hole.last_on for hole in holes)
        assert (on_day(left, day) is not None) == (span.first_on <= day <= span.last_on and not covered)
