"""Holiday pay, end-of-year allowance, the quarter of the special contribution, and arrears of an earlier year."""

from datetime import date

import numpy as np
import pytest
from unit.test_payroll_engine.people import cents, households

from payroll.engine import parameters
from payroll.engine.errors import ParameterMissing
from payroll.engine.household import CivilStatus, Household, SpouseIncome
from payroll.engine.parameters import LAW
from payroll.engine.periods import PayMonth
from payroll.engine.readings import SmallOwnIncome
from payroll.engine.rules import arrears, end_of_year_allowance, holiday_pay, special_contribution
from payroll.engine.rules.contributions import Statute, exceptional_contribution
from payroll.engine.rules.part_month import WorkingTime

PACKAGED = parameters.packaged()
OCTOBER_2024, OCTOBER_2025, MAY_2026 = date(2024, 10, 1), date(2025, 10, 1), date(2026, 5, 29)
WHOLE = WorkingTime(cents(1), cents(1))


def test_holiday_pay_is_92_percent_of_march_with_its_allowance():
    law = PACKAGED.in_force("holiday_pay", MAY_2026)

    paid = holiday_pay.holiday_pay(cents(300_000), cents(3_247), WHOLE, law)

    assert paid.tolist() == [276_000 + 2_987]
    assert exceptional_contribution(paid, PACKAGED.in_force("contributions", MAY_2026)).tolist() == [36_464]


def test_holiday_pay_counts_what_was_performed_of_the_year_before():
    law = PACKAGED.in_force("holiday_pay", MAY_2026)

    assert holiday_pay.holiday_pay(cents(300_000), cents(0), WorkingTime(cents(7), cents(12)), law).tolist() == [
        161_000
    ]


def allowance(performance=WHOLE, on=OCTOBER_2024, year=3_776_886, month=314_740):
    law, index = PACKAGED.in_force("end_of_year_allowance", on), PACKAGED.in_force("indexation", on)
    return end_of_year_allowance.end_of_year_allowance(cents(year), cents(month), performance, law, index)


def test_end_of_year_allowance_of_2024_has_three_parts():
    paid = allowance()

    assert (paid.fixed.tolist(), paid.annual.tolist(), paid.monthly.tolist()) == ([91_837], [94_422], [22_031])
    assert paid.total.tolist() == [208_290]


def test_start_in_may_gives_five_ninths():
    paid = allowance(WorkingTime(cents(5), cents(9)))

    assert (paid.fixed.tolist(), paid.annual.tolist(), paid.monthly.tolist()) == ([51_020], [52_456], [12_239])


@pytest.mark.parametrize(
    ("month", "part"), [(1, 21_004), (300_071, 21_004), (300_072, 21_005), (600_142, 42_009), (900_000, 42_009)]
)
def test_monthly_part_stays_within_the_limits_of_october(month, part):
    assert allowance(month=month).monthly.tolist() == [part]


def test_limits_at_the_coefficient_of_2023_are_those_of_the_circular(tmp_path):
    path = tmp_path / "indexation.yaml"
    text = (LAW / "indexation.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace('coefficient: "2.0807"', 'coefficient: "1.9999"', 1), encoding="utf-8")
    index = parameters.with_replacements({"indexation": path}).in_force("indexation", OCTOBER_2024)
    law = PACKAGED.in_force("end_of_year_allowance", OCTOBER_2024)

    limits = [
        end_of_year_allowance.end_of_year_allowance(cents(0), cents(month), WHOLE, law, index).monthly.tolist()[0]
        for month in (0, 10**8)
    ]

    assert limits == [20_188, 40_377]  # 201.8899 and 403.7798, cut to the cent


def test_fixed_amount_of_2025_is_the_published_one():
    assert allowance(on=OCTOBER_2025).fixed.tolist() == [93_756]


def test_end_of_year_allowance_of_2026_is_a_missing_parameter():
    with pytest.raises(ParameterMissing) as refusal:
        PACKAGED.in_force("end_of_year_allowance", date(2026, 10, 1))

    assert (refusal.value.table, refusal.value.on) == ("end_of_year_allowance", date(2026, 10, 1))


@pytest.mark.parametrize(
    ("statute", "on", "contribution"),
    [
        (Statute.CONTRACTUAL, OCTOBER_2024, 27_224),
        (Statute.STATUTORY, OCTOBER_2024, 1_729),
        (Statute.STATUTORY, OCTOBER_2025, 1_765),
    ],
)
def test_statutory_staff_owe_health_on_a_part_of_the_fixed_amount(statute, on, contribution):
    owed = end_of_year_allowance.end_of_year_contribution(
        statute,
        cents(208_290),
        WHOLE,
        PACKAGED.in_force("end_of_year_allowance", on),
        PACKAGED.in_force("contributions", on),
    )

    assert owed.tolist() == [contribution]


KINDS = {
    "isolated": Household(),
    "with": Household(CivilStatus.MARRIED, SpouseIncome.OWN),
    "without": Household(CivilStatus.MARRIED),
}


def quarter(kind, base, advances=0):
    law = PACKAGED.in_force(special_contribution.QUARTER_TABLE, MAY_2026)
    return special_contribution.quarter_settlement(
        cents(base), cents(advances), households(KINDS[kind]), law, SmallOwnIncome.AS_WITHOUT_INCOME
    ).tolist()[0]


@pytest.mark.parametrize(
    ("kind", "base", "due"),
    [
        ("isolated", 583_614, 0),
        ("isolated", 657_054, 3_099),
        ("isolated", 657_154, 3_100),
        ("isolated", 1_121_100, 3_099 + 5_105),
        ("isolated", 1_230_000, 8_205 + 3_681),
        ("isolated", 1_811_646, 11_883 + 6_398),
        ("isolated", 1_811_647, 18_282),
        ("with", 328_529, 0),
        ("with", 328_530, 1_545),
        ("with", 583_613, 1_545),
        ("with", 657_054, 4_333),
        ("with", 9_000_000, 15_492),
        ("without", 583_613, 0),
        ("without", 657_054, 4_333),
        ("without", 9_000_000, 18_282),
    ],
)
def test_quarter_at_its_bounds(kind, base, due):
    assert quarter(kind, base) == due


def test_quarter_owes_what_the_advances_left_and_gives_back_what_they_took_too_much():
    assert quarter("isolated", 657_054, advances=3_000) == 99
    assert quarter("isolated", 500_000, advances=1_033) == -1_033


@pytest.mark.parametrize("kind", KINDS)
def test_three_equal_months_leave_a_few_cents_at_most(kind):
    law = PACKAGED.in_force(special_contribution.TABLE, MAY_2026)
    for base in range(0, 800_000, 7_919):
        advance = special_contribution.special_contribution(
            cents(base), households(KINDS[kind]), law, SmallOwnIncome.AS_WITHOUT_INCOME
        ).tolist()[0]
        assert abs(quarter(kind, 3 * base, advances=3 * advance)) <= 3


def test_arrears_of_an_earlier_year_delayed_by_the_authority_are_kept_apart():
    origins = [PayMonth(2025, 12), PayMonth(2026, 1), PayMonth(2025, 12)]

    apart = arrears.taxed_apart(origins, MAY_2026, np.array([True, True, False]))

    assert apart.tolist() == [True, False, False]


def test_arrears_bear_no_tax_where_a_month_of_the_reference_bears_none():
    assert arrears.arrears_tax(cents(50_000, 0), cents(0, 43_787), MAY_2026).tolist() == [0, 0]


def test_arrears_that_bear_tax_stop_with_the_name_of_what_is_missing():
    with pytest.raises(ParameterMissing) as refusal:
        arrears.arrears_tax(cents(50_000), cents(43_787), MAY_2026)

    assert (refusal.value.table, refusal.value.name) == ("arrears", "percentages")
