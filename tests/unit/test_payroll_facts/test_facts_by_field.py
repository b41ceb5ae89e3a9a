"""A later statement changes the fields that it names, from its own day on, and nothing that begins later."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from payroll.effects.making import bounded
from payroll.facts.models import FactKind
from payroll.facts.timeline import FOREVER, Span, Values, news, next_change, on_day, painted

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=day) for day in range(30)]
NOBODY = {"civil_status": "single", "children": 0, "other_dependants": 0}
statements = st.lists(
    st.tuples(
        st.integers(1, 29),
        st.dictionaries(st.sampled_from(["children", "other_dependants"]), st.integers(0, 3), min_size=1),
    ),
    max_size=8,
)


def _said(known: list[Span], first: int, values: Values) -> list[Span]:
    """Return all that is known after a case stated something."""
    held = painted(known)
    return [*known, *news(bounded(FactKind.HOUSEHOLD, values, DAYS[first], FOREVER, held), held)]


def _by_days(said: list[tuple[int, Values]]) -> list[dict[str, object]]:
    """Return what holds on each day, worked out day by day: a change lasts until the next change of its field."""
    days: list[dict[str, object]] = [dict(NOBODY) for _ in DAYS]
    for first, values in said:
        for name, value in values.items():
            changes = (day for day in range(first + 1, len(DAYS)) if days[day][name] != days[day - 1][name])
            for day in range(first, next(changes, len(DAYS))):
                days[day][name] = value
    return days


@given(statements)
def test_what_holds_on_each_day_is_what_a_calendar_of_days_says(said: list[tuple[int, Values]]) -> None:
    known = [Span(FIRST, FOREVER, NOBODY)]
    for first, values in said:
        known = _said(known, first, values)

    held = painted(known)

    assert [on_day(held, day) for day in DAYS] == _by_days(said)


@given(statements, st.integers(1, 29), st.integers(0, 3))
def test_statement_leaves_other_fields_and_earlier_days_alone(
    said: list[tuple[int, Values]], first: int, children: int
) -> None:
    known = [Span(FIRST, FOREVER, NOBODY)]
    for begins, values in said:
        known = _said(known, begins, values)
    before = painted(known)

    after = painted(_said(known, first, {"children": children}))

    for number, day in enumerate(DAYS):
        old, new = dict(on_day(before, day) or {}), dict(on_day(after, day) or {})
        assert {**new, "children": None} == {**old, "children": None}
        assert number >= first or new == old


@given(statements, statements)
def test_order_of_statements_about_different_fields_does_not_matter(
    said: list[tuple[int, Values]], others: list[tuple[int, Values]]
) -> None:
    children = [(first, {"children": values.get("children", 1)}) for first, values in said]
    dependants = [(first, {"other_dependants": values.get("other_dependants", 1)}) for first, values in others]
    one = other = [Span(FIRST, FOREVER, NOBODY)]
    for first, values in (*children, *dependants):
        one = _said(one, first, values)
    for first, values in (*dependants, *children):
        other = _said(other, first, values)

    assert painted(one) == painted(other)


def test_late_statement_ends_where_a_later_change_of_the_same_field_is_known() -> None:
    born_in_october = Span(DAYS[20], FOREVER, {"children": 3})
    held = painted([Span(FIRST, FOREVER, NOBODY), born_in_october])

    assert bounded(FactKind.HOUSEHOLD, {"children": 2}, DAYS[5], FOREVER, held) == [
        Span(DAYS[5], DAYS[19], {"children": 2})
    ]


def test_repeated_value_and_what_becomes_known_first_are_no_later_change() -> None:
    held = [Span(DAYS[3], DAYS[9], {"children": 1}), Span(DAYS[10], FOREVER, {"children": 1})]

    assert next_change(held, ["children"], DAYS[1], by_field=True) is None
    assert next_change(held, ["children"], DAYS[1], by_field=False) == DAYS[3]


def test_regime_is_stated_as_a_whole_and_gives_way_to_a_leave_that_was_settled_for_later() -> None:
    held = painted([Span(DAYS[20], DAYS[25], {"regime": "parental_unpaid", "fraction": "0/1"})])
    four_days = {"regime": "four_day_week", "fraction": "4/5"}

    assert bounded(FactKind.REGIME, four_days, DAYS[0], FOREVER, held) == [Span(DAYS[0], DAYS[19], four_days)]
    assert bounded(FactKind.REGIME, four_days, DAYS[0], DAYS[28], held) == [Span(DAYS[0], DAYS[28], four_days)]
