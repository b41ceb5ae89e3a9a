"""Law by date: what is in force, what is refused, what may be replaced or signed for."""

from datetime import date

import pytest
from unit.test_payroll_engine.people import month

from payroll.engine import calculate, parameters
from payroll.engine.errors import LawFileInvalid, ParameterMissing, PastVerified
from payroll.engine.money import Rate
from payroll.engine.parameters import LAW
from payroll.engine.rules.contributions import Statute

SEPTEMBER = date(2026, 9, 14)


@pytest.fixture
def bonus_until_2027(tmp_path):
    path = tmp_path / "bonus.yaml"
    text = (LAW / "work_bonus.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace('verified_until: "2026-09-30"', 'verified_until: "2027-01-31"'), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("table", "on", "since"),
    [
        ("withholding_tax", date(2024, 1, 1), date(2024, 1, 1)),
        ("withholding_tax", date(2025, 12, 31), date(2025, 1, 1)),
        ("withholding_tax", date(2026, 1, 1), date(2026, 1, 1)),
        ("work_bonus", date(2025, 2, 1), date(2025, 2, 1)),
        ("work_bonus", date(2026, 2, 28), date(2026, 1, 1)),
        ("work_bonus", date(2026, 3, 31), date(2026, 3, 1)),
        ("work_bonus", date(2026, 6, 30), date(2026, 4, 1)),
        ("work_bonus", date(2026, 8, 31), date(2026, 7, 1)),
        ("work_bonus", date(2026, 9, 30), date(2026, 9, 1)),
    ],
)
def test_table_in_force_is_the_one_that_holds_the_date(table, on, since):
    assert parameters.packaged().in_force(table, on).period.valid_from == since


@pytest.mark.parametrize(
    ("table", "on"),
    [
        ("withholding_tax", date(2023, 12, 31)),
        ("work_bonus", date(2025, 1, 31)),
        ("special_contribution", date(2022, 3, 31)),
    ],
)
def test_date_without_a_period_is_refused_with_table_and_date(table, on):
    with pytest.raises(ParameterMissing) as refusal:
        parameters.packaged().in_force(table, on)

    assert (refusal.value.table, refusal.value.on, refusal.value.name) == (table, on, None)


def test_date_past_the_verified_one_is_refused_with_every_table():
    with pytest.raises(PastVerified) as refusal:
        calculate.month_law(Statute.STATUTORY, date(2026, 10, 1), parameters.packaged())

    assert refusal.value.verified_until == dict.fromkeys(
        ("contributions", "withholding_tax", "family_reductions", "special_contribution"), date(2026, 9, 30)
    )
    assert str(refusal.value) == (
        "Not verified for 2026-10-01: contributions (verified until 2026-09-30), "
        "withholding_tax (verified until 2026-09-30), family_reductions (verified until 2026-09-30), "
        "special_contribution (verified until 2026-09-30); "
        "check the figures and extend each table, replace it, or sign an override."
    )


def test_signature_opens_a_table_until_its_date_and_is_told():
    signed = parameters.packaged().signed("contributions", date(2026, 10, 31))

    law = signed.in_force("contributions", date(2026, 10, 31))

    assert (law.by_override, law.rate("contractual")) == (True, Rate(1307))
    assert law.reference.endswith("(contributions 2017-10-01, signed for by an officer)")
    with pytest.raises(PastVerified):
        signed.in_force("contributions", date(2026, 11, 1))


@pytest.fixture
def bonus_unverified(tmp_path):
    path = tmp_path / "bonus.yaml"
    text = (LAW / "work_bonus.yaml").read_text(encoding="utf-8")
    head, _, last = text.rpartition('verified_until: "2026-09-30"')
    path.write_text(head + "verified_until: null" + last.replace('"sourced"', '"unverified"'), encoding="utf-8")
    return parameters.with_replacements({"work_bonus": path})


def test_unverified_figures_are_refused_on_every_day_of_their_period(bonus_unverified):
    with pytest.raises(PastVerified) as refusal:
        bonus_unverified.in_force("work_bonus", date(2026, 9, 1))

    assert str(refusal.value) == (
        "Not verified for 2026-09-01: work_bonus (unverified figures); "
        "check the figures and extend each table, replace it, or sign an override."
    )


def test_signature_opens_unverified_figures_and_is_told(bonus_unverified):
    signed = bonus_unverified.signed("work_bonus", SEPTEMBER)

    assert signed.in_force("work_bonus", SEPTEMBER).by_override is True
    assert signed.in_force("work_bonus", date(2026, 8, 31)).by_override is False


def test_signature_for_no_table_is_refused():
    with pytest.raises(ParameterMissing) as refusal:
        parameters.packaged().signed("levies", SEPTEMBER)

    assert refusal.value.table == "levies"


def test_verified_table_needs_no_signature():
    assert parameters.packaged().in_force("contributions", SEPTEMBER).by_override is False


def test_value_that_a_period_lacks_is_refused_with_its_name():
    with pytest.raises(ParameterMissing) as refusal:
        parameters.packaged().in_force("family_reductions", date(2025, 5, 1)).cents("disabled_spouse")

    assert (refusal.value.table, refusal.value.name) == ("family_reductions", "disabled_spouse")


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda law: law.cents("costs_rate"), "costs_rate must be an amount or a count; correct its unit"),
        (lambda law: law.rate("costs_max"), "costs_max must be a rate; correct its unit"),
        (lambda law: law.cents("brackets"), "brackets must be one value"),
        (lambda law: law.rows("costs_max"), "costs_max must be a list of rows"),
        (lambda law: law.cents_list("brackets"), "brackets must be a list of values"),
        (lambda law: law.rate_list("costs_max"), "costs_max must be a list of values"),
    ],
)
def test_value_of_another_shape_is_refused(ask, reason):
    with pytest.raises(LawFileInvalid) as refusal:
        ask(parameters.packaged().in_force("withholding_tax", SEPTEMBER))

    assert refusal.value.reason == reason


def test_replaced_table_is_used_and_changes_the_fingerprint(bonus_until_2027):
    replaced = parameters.with_replacements({"work_bonus": bonus_until_2027})

    assert replaced.in_force("work_bonus", date(2027, 1, 31)).period.valid_from == date(2026, 9, 1)
    assert replaced.fingerprint != parameters.packaged().fingerprint
    assert replaced.tables["contributions"] == parameters.packaged().tables["contributions"]


def test_nothing_replaced_is_the_packaged_law():
    assert parameters.with_replacements({}) is parameters.packaged()


def test_fingerprint_depends_on_the_figures_alone(tmp_path):
    copy = tmp_path / "other-name.yaml"
    copy.write_bytes((LAW / "work_bonus.yaml").read_bytes())

    assert parameters.with_replacements({"work_bonus": copy}).fingerprint == parameters.packaged().fingerprint


def test_replacement_of_an_unknown_table_is_refused(bonus_until_2027):
    with pytest.raises(LawFileInvalid) as refusal:
        parameters.with_replacements({"bonus": bonus_until_2027})

    assert refusal.value.reason == (
        "there is no table 'bonus'; the tables are arrears, bicycle, contributions, end_of_year_allowance, "
        "exceptional_payments, family_reductions, fiscal_work_bonus, four_day_week, holiday_pay, "
        "household_residence_allowance, household_residence_taper, indexation, language_allowance, meal_vouchers, "
        "pay_after_exit, special_contribution, special_contribution_quarter, telework, withholding_tax, work_bonus, "
        "yearly_payments"
    )


def test_replacement_by_the_file_of_another_table_is_refused(bonus_until_2027):
    with pytest.raises(LawFileInvalid) as refusal:
        parameters.with_replacements({"contributions": bonus_until_2027})

    assert refusal.value.reason == "the table is named 'work_bonus', expected 'contributions'"


def test_result_tells_the_date_of_every_table_it_rests_on():
    assert month([300000]).parameter_dates == {
        "contributions": date(2017, 10, 1),
        "withholding_tax": date(2026, 1, 1),
        "family_reductions": date(2026, 1, 1),
        "special_contribution": date(2022, 4, 1),
        "work_bonus": date(2026, 9, 1),
        "fiscal_work_bonus": date(2025, 1, 1),
    }


def test_statutory_month_rests_on_no_work_bonus():
    used = month([300000], statute=Statute.STATUTORY, on=date(2025, 1, 15)).parameter_dates

    assert sorted(used) == ["contributions", "family_reductions", "special_contribution", "withholding_tax"]
