"""Indexation, scales, part time, and the allowances that follow the index: the worked figures and every edge."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_payroll_engine.people import cents

from payroll.engine import parameters, scale_file
from payroll.engine.errors import LawFileInvalid, ParameterMissing, PastVerified
from payroll.engine.money import Rate, RateInvalid, parse_cents
from payroll.engine.parameters import LAW
from payroll.engine.readings import AllowanceTaper, Centenindex, Readings
from payroll.engine.rules import fixed_allowances, household_residence_allowance, indexation
from payroll.engine.rules.household_residence_allowance import Entitled
from payroll.engine.rules.part_month import WorkingTime, part_time_pay

OCTOBER_2025, MAY_2026, SEPTEMBER_2026 = date(2025, 10, 1), date(2026, 5, 29), date(2026, 9, 30)
PACKAGED = parameters.packaged()
CAPPED = Centenindex.FULL_TIME_MONTH
TAPERED = Readings(allowance_taper=AllowanceTaper.TAPERED)
SIGNED = PACKAGED.signed("indexation", SEPTEMBER_2026).signed("household_residence_taper", SEPTEMBER_2026)


def working(numerator=1, denominator=1, people=1):
    return WorkingTime(np.full(people, numerator, dtype=np.int64), np.full(people, denominator, dtype=np.int64))


def index(on=MAY_2026):
    return SIGNED.in_force("indexation", on)


@pytest.fixture
def coefficient(tmp_path):
    """The index table with another coefficient in the period that holds in May 2026."""

    def law(text):
        path = tmp_path / "indexation.yaml"
        table = (LAW / "indexation.yaml").read_text(encoding="utf-8")
        path.write_text(table.replace('coefficient: "2.1647"', f'coefficient: "{text}"', 1), encoding="utf-8")
        return parameters.with_replacements({"indexation": path}).in_force("indexation", MAY_2026)

    return law


PUBLISHED = {
    24: "1.6084", 25: "1.6406", 26: "1.6734", 27: "1.7069", 28: "1.7410", 29: "1.7758", 31: "1.8476", 32: "1.8845",
    34: "1.9607", 35: "1.9999", 36: "2.0399", 37: "2.0807", 38: "2.1223", 39: "2.1647", 40: "2.2080",
}  # fmt: skip


@pytest.mark.parametrize(("steps", "published"), PUBLISHED.items())
def test_coefficient_is_foretold_by_the_power_and_not_by_chaining(steps, published):
    assert indexation.predicted_coefficient(steps) == Rate.of_coefficient(published)


def test_chained_coefficient_would_be_wrong():
    assert round(18476 * 1.02) == 18846 != indexation.predicted_coefficient(32).ten_thousandths


@pytest.mark.parametrize("text", ["0.9999", "10", "2.12345", "", "-1", "1e0"])
def test_coefficient_out_of_bounds_is_refused(text):
    with pytest.raises(RateInvalid):
        Rate.of_coefficient(text)


def test_official_example_is_truncated_to_the_cent(coefficient):
    assert indexation.monthly_pay(cents(2_200_000), working(), coefficient("1.8845"), CAPPED).tolist() == [345_491]


def test_scale_step_of_18152_in_march_2026_is_truncated_from_3274_4695():
    assert indexation.monthly_pay(cents(1_815_200), working(), index(), CAPPED).tolist() == [327_446]


def test_september_2026_stops_until_an_officer_signs():
    with pytest.raises(PastVerified) as refusal:
        PACKAGED.in_force("indexation", SEPTEMBER_2026)

    assert refusal.value.verified_until == {"indexation": None}
    assert index(SEPTEMBER_2026).by_override is True


def annual_for(month):
    """An annual amount at the pivot whose month before the cap is this one."""
    annual = -(-month * 12 * 10_000 // 21_647)
    assert indexation.monthly_pay(cents(annual), working(), index(), CAPPED).tolist() == [month]
    return annual


@pytest.mark.parametrize(
    ("month", "fraction", "reading", "paid"),
    [
        (500_000, (1, 1), Centenindex.FULL_TIME_MONTH, 508_000),
        (500_000, (1, 1), Centenindex.UNCAPPED, 510_001),
        (500_000, (1, 2), Centenindex.FULL_TIME_MONTH, 254_000),
        (500_000, (1, 2), Centenindex.UNCAPPED, 255_000),
        (300_000, (1, 1), Centenindex.FULL_TIME_MONTH, 306_000),
        (300_000, (1, 1), Centenindex.UNCAPPED, 306_000),
    ],
)
def test_capped_indexation_follows_the_chosen_reading(month, fraction, reading, paid):
    annual = cents(annual_for(month))

    assert indexation.monthly_pay(annual, working(*fraction), index(SEPTEMBER_2026), reading).tolist() == [paid]


@pytest.mark.parametrize(
    ("reading", "year"), [(Centenindex.FULL_TIME_MONTH, 6_096_000), (Centenindex.UNCAPPED, 6_120_017)]
)
def test_cap_of_a_year_is_twelve_times_that_of_a_month(reading, year):
    assert indexation.annual_pay(cents(annual_for(500_000)), index(SEPTEMBER_2026), reading).tolist() == [year]


@pytest.mark.parametrize("reading", list(Centenindex))
def test_indexed_pay_never_falls_as_the_scale_amount_grows(reading):
    annual = np.arange(1_500_000, 6_000_000, 997)

    paid = indexation.monthly_pay(annual, working(people=len(annual)), index(SEPTEMBER_2026), reading)

    assert np.diff(paid).min() >= 0


@given(st.integers(0, 10**8), st.integers(1, 38))
def test_part_time_is_never_more_than_its_exact_share(pay, hours):
    part = part_time_pay(cents(pay), working(hours, 38)).tolist()[0]

    assert 0 <= pay * hours - part * 38 < 38


@pytest.mark.parametrize(
    ("annual", "household", "residence"),
    [
        ("16099.99", 12_988, 6_494),
        ("16100.00", 6_494, 3_247),
        ("18330.00", 6_494, 3_247),
        ("18330.01", 0, 0),
    ],
)
def test_household_and_residence_allowance_by_bands(annual, household, residence):
    law = household_residence_allowance.allowance_law(MAY_2026, PACKAGED)
    entitled = Entitled(np.array([True, False, False]), np.array([False, True, False]))
    pay = np.full(3, parse_cents(annual), dtype=np.int64)

    allowance = household_residence_allowance.household_residence_allowance(pay, entitled, working(people=3), law)

    assert allowance.tolist() == [household, residence, 0]


def test_allowance_of_part_time_is_its_share():
    law = household_residence_allowance.allowance_law(MAY_2026, PACKAGED)
    entitled = Entitled(np.array([True]), np.array([False]))

    part = household_residence_allowance.household_residence_allowance(cents(1_815_200), entitled, working(4, 5), law)

    assert part.tolist() == [5_195]


def test_unverified_taper_stops_with_its_name():
    with pytest.raises(PastVerified) as refusal:
        household_residence_allowance.allowance_law(MAY_2026, PACKAGED.read_by(TAPERED))

    assert refusal.value.verified_until == {"household_residence_taper": None}


@pytest.mark.parametrize(
    ("annual", "household", "residence"),
    [
        ("16099.84", 71_989, 35_995),
        ("16099.85", 71_988, 35_994),
        ("16279.80", 53_993, 17_999),
        ("16279.81", 53_992, 17_998),
        ("16459.77", 35_996, 17_998),
        ("16459.78", 35_995, 17_998),
        ("18329.28", 35_994, 17_996),
        ("18509.24", 17_998, 0),
        ("18689.21", 1, 0),
        ("18689.22", 0, 0),
    ],
)
def test_signed_taper_goes_down_cent_by_cent(annual, household, residence):
    law = household_residence_allowance.allowance_law(MAY_2026, SIGNED.read_by(TAPERED))
    entitled = Entitled(np.array([True, False]), np.array([False, True]))
    pay = np.full(2, parse_cents(annual), dtype=np.int64)

    allowance = household_residence_allowance.household_residence_allowance(pay, entitled, working(people=2), law)

    assert allowance.tolist() == [amount * 21_647 // 120_000 for amount in (household, residence)]


def test_language_allowance_follows_article_and_index():
    law = PACKAGED.in_force("language_allowance", MAY_2026)

    allowance = fixed_allowances.language_allowance(["art7_ab", None, "art8"], law, index())

    assert allowance.tolist() == [23_811, 0, 4_329]


def test_article_without_a_published_amount_is_a_missing_parameter():
    with pytest.raises(ParameterMissing) as refusal:
        fixed_allowances.language_allowance(["art14"], PACKAGED.in_force("language_allowance", MAY_2026), index())

    assert (refusal.value.table, refusal.value.name) == ("language_allowance", "art14")


def test_four_day_week_premium_is_the_one_of_the_instructions(coefficient):
    law = PACKAGED.in_force("four_day_week", MAY_2026)

    premium = fixed_allowances.four_day_week_premium(np.array([True, False]), law, coefficient("1.6406"))

    assert premium.tolist() == [11_507, 0]
    assert fixed_allowances.four_day_week_pay(cents(327_447), law).tolist() == [261_957]


def test_telework_of_one_and_of_four_days():
    law = PACKAGED.in_force("telework", date(2023, 5, 31))

    assert fixed_allowances.telework_allowance(cents(0, 1, 3, 4, 20), law).tolist() == [0, 2000, 2000, 5000, 5000]


@pytest.mark.parametrize(
    ("table", "on"),
    [("telework", OCTOBER_2025), ("bicycle", OCTOBER_2025), ("household_residence_taper", OCTOBER_2025)],
)
def test_unverified_amounts_stop_with_their_name(table, on):
    with pytest.raises(PastVerified) as refusal:
        PACKAGED.in_force(table, on)

    assert refusal.value.verified_until == {table: None}


def test_bicycle_of_2026_is_missing():
    with pytest.raises(ParameterMissing) as refusal:
        PACKAGED.in_force("bicycle", MAY_2026)

    assert refusal.value.table == "bicycle"


def test_kilometres_of_the_month_are_rounded_up():
    law = PACKAGED.in_force("bicycle", date(2024, 10, 1))

    paid = fixed_allowances.bicycle_allowance(cents(0, 1, 1000, 1001, 250_000), cents(0, 0, 0, 0, 0), law)

    assert paid.tolist() == [0, 35, 35, 70, 8750]


def test_bicycle_stops_at_the_maximum_of_the_year_once_signed():
    law = PACKAGED.signed("bicycle", OCTOBER_2025).in_force("bicycle", OCTOBER_2025)

    paid = fixed_allowances.bicycle_allowance(cents(100_000, 100_000, 100_000), cents(0, 368_000, 400_000), law)

    assert paid.tolist() == [3700, 1000, 0]


def test_worker_pays_a_part_of_each_meal_voucher():
    law = PACKAGED.in_force("meal_vouchers", MAY_2026)

    assert fixed_allowances.meal_voucher_deduction(cents(0, 1, 21), law).tolist() == [0, 109, 2289]
    assert law.cents("employer") + law.cents("worker") == law.cents("face")


def test_packaged_sample_says_that_it_is_one():
    scales = scale_file.read_scale_file(scale_file.SAMPLE)

    annual = scales.annual_amounts([("SAMPLE-B1", "5 years"), ("SAMPLE-B2", "10 years")], MAY_2026)

    assert annual.tolist() == [1_815_200, 2_200_000]
    assert all(step.source.startswith("SAMPLE") for steps in scales.steps.values() for step in steps)


HEAD = "scale,step,annual_at_100,valid_from,valid_to,source\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "the columns must be scale, step, annual_at_100, valid_from, valid_to, source"),
        ("scale,step\n", 1, "the columns must be scale, step, annual_at_100, valid_from, valid_to, source"),
        (HEAD, 1, "there is no step; add a line for each step"),
        (HEAD + "A,1,100.00,2026-01-01,\n", 2, "expected 6 values, found 5"),
        (HEAD + "A,1,100.00,2026-01-01,,\n", 2, "source is empty"),
        (HEAD + "A,,100.00,2026-01-01,,law\n", 2, "step is empty"),
        (HEAD + "A,1,100.00,2026-02-30,,law\n", 2, "day is out of range for month"),
        (HEAD + "A,1,100.00,2026-01-02,2026-01-01,law\n", 2, "valid_to 2026-01-01 lies before valid_from 2026-01-02"),
        (HEAD + "A,1,1,2026-01-01,,law\nA,1,2,2026-06-01,,law\n", 3, "A, 1 overlaps line 2"),
        (
            HEAD + "A,1,1,2026-01-01,2026-01-31,law\n\nA,1,2,2026-03-01,,law\n",
            4,
            "A, 1 has no amount between 2026-01-31 and 2026-03-01",
        ),
    ],
)
def test_fault_in_a_file_of_scales_names_its_line(tmp_path, text, line, reason):
    path = tmp_path / "scales.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LawFileInvalid) as refusal:
        scale_file.read_scale_file(path)

    assert (refusal.value.path, refusal.value.line, refusal.value.reason) == (path, line, reason)


@pytest.mark.parametrize("raw", [b"\xff", HEAD.encode() + b'"A,1'])
def test_file_of_scales_that_cannot_be_read_is_refused(tmp_path, raw):
    (tmp_path / "scales.csv").write_bytes(raw)

    with pytest.raises(LawFileInvalid):
        scale_file.read_scale_file(tmp_path / "scales.csv")


def test_amount_of_a_scale_that_is_none_is_refused(tmp_path):
    (tmp_path / "scales.csv").write_text(HEAD + "A,1,18.152,2026-01-01,,law\n", encoding="utf-8")

    with pytest.raises(LawFileInvalid) as refusal:
        scale_file.read_scale_file(tmp_path / "scales.csv")

    assert refusal.value.line == 2


def test_step_without_an_amount_on_the_day_is_a_missing_parameter(tmp_path):
    path = tmp_path / "scales.csv"
    path.write_text(HEAD + "A,1,1,2026-01-01,2026-01-31,law\nA,1,2,2026-02-01,,law\n", encoding="utf-8")
    scales = scale_file.read_scale_file(path)

    assert [scales.step("A", "1", date(2026, month, 1)).annual for month in (1, 2)] == [100, 200]
    for place, on in ((("A", "1"), date(2025, 12, 31)), (("A", "2"), MAY_2026)):
        with pytest.raises(ParameterMissing) as refusal:
            scales.annual_amounts([place], on)
        assert (refusal.value.table, refusal.value.on, refusal.value.name) == ("scales", on, ", ".join(place))
