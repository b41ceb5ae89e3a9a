"""What is withheld of a quarter is what is due on its pay, whoever earns what and whenever: by the second payroll."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_payroll_engine import reference

from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.facts.known import FactRow
from payroll.facts.models import FactKind
from payroll.runs.months import calculate

KNOWN = datetime(2026, 1, 2, tzinfo=UTC)
QUARTER = PayMonth(2026, 6).quarter
PEOPLE = 20


@dataclass(frozen=True)
class Life:
    """Three months of somebody: pay and household of each, from one day on, and until another where they leave."""

    pay: Sequence[int]
    households: Sequence[tuple[str, str]]
    first_on: date
    last_on: date | None

    def facts(self, person_id: int) -> list[FactRow]:
        """Return what is known of these months."""
        rows = []
        for month, cents, (status, spouse) in zip(QUARTER, self.pay, self.households, strict=True):
            until = month.last_on if month != QUARTER[-1] else None
            pay = {"gross_month": cents, "fraction_numerator": 1, "fraction_denominator": 1, "statute": "contractual"}
            home = {"civil_status": status, "spouse_income": spouse, "children": 0, "other_dependants": 0}
            rows += [(FactKind.PAY, pay, month.first_on, until), (FactKind.HOUSEHOLD, home, month.first_on, until)]
        days = [("no", date(2020, 1, 1), self.first_on), ("no", self.last_on, None)]
        gone = {"employed": "no"}
        if self.first_on > QUARTER[0].first_on:
            rows.append((FactKind.EMPLOYMENT, gone, date(2020, 1, 1), date.fromordinal(days[0][2].toordinal() - 1)))
        if self.last_on is not None:
            rows.append((FactKind.EMPLOYMENT, gone, date.fromordinal(self.last_on.toordinal() + 1), None))
        return [
            FactRow(number, person_id, kind, values, first_on, last_on, KNOWN, None, None)
            for number, (kind, values, first_on, last_on) in enumerate(rows)
        ]


days = st.dates(QUARTER[0].first_on, QUARTER[-1].last_on)
household = st.one_of(
    st.just(("single", "none")),
    st.tuples(st.just("married"), st.sampled_from(["none", "own", "small_own", "small_pension"])),
)
lives = st.builds(
    Life,
    pay=st.lists(st.integers(0, 800_000), min_size=3, max_size=3),
    households=st.lists(household, min_size=3, max_size=3),
    first_on=st.one_of(st.just(QUARTER[0].first_on), days),
    last_on=st.one_of(st.none(), days),
).filter(lambda life: life.last_on is None or life.last_on >= life.first_on)


@settings(max_examples=40, deadline=None)
@given(st.lists(lives, min_size=1, max_size=PEOPLE))
def test_advances_and_settlement_are_what_the_quarter_owes(people: list[Life]) -> None:
    facts = {number: life.facts(number) for number, life in enumerate(people)}
    months = [calculate(facts, month, dict.fromkeys(facts, KNOWN), parameters.packaged()) for month in QUARTER]

    assert [month.problems for month in months] == [{}, {}, {}]
    for number, life in enumerate(people):
        amounts = [month.amounts[number] for month in months if number in month.amounts]
        last = max(index for index, month in enumerate(months) if number in month.amounts)
        status, spouse = life.households[last]
        paid = Decimal(sum(one.get("gross", 0) for one in amounts)) / 100
        at_home = {"civil_status": status, "spouse_income": spouse}
        due = reference.special(paid, at_home, reference.SPECIAL_OF_QUARTER)
        withheld = [one.get("special_contribution", 0) + one.get("special_contribution_quarter", 0) for one in amounts]
        assert sum(withheld) == int(due * 100), life
        assert [one.get("special_contribution_quarter", 0) for one in amounts[:-1]] == [0] * (len(amounts) - 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 800_000), household, st.lists(st.integers(0, 800_000), max_size=4))
def test_facts_that_hold_all_along_settle_as_the_same_facts_month_by_month(
    cents: int, at_home: tuple[str, str], colleagues: list[int]
) -> None:
    split = Life([cents] * 3, [at_home] * 3, QUARTER[0].first_on, None).facts(0)
    whole = [fact._replace(valid_to=None) for fact in split[:2]]
    others = {
        number: [
            fact._replace(valid_to=None, person_id=number)
            for fact in Life([pay] * 3, [("single", "none")] * 3, QUARTER[0].first_on, None).facts(number)[:2]
        ]
        for number, pay in enumerate(colleagues, start=1)
    }

    months = [
        calculate({0: facts, **others}, QUARTER[-1], dict.fromkeys((0, *others), KNOWN), parameters.packaged())
        for facts in (split, whole)
    ]

    assert months[0] == months[1]
