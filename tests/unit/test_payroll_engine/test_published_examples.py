"""Months and payments that others published, to the cent; each table names who published it."""

import pytest

from payroll import calculator
from payroll.engine import parameters

SINGLE = {}
TWO_CHILDREN = {"children": 2}
TWO_INCOMES = {"civil_status": "married", "spouse_income": "own"}
ONE_INCOME = {"civil_status": "legal_cohabitant"}
THREE_CHILDREN = {**ONE_INCOME, "children": 3}
LAW = parameters.packaged()


def answer(**document):
    (result,) = calculator.results([document], LAW)
    return result


def september(gross, household):
    return answer(pay_date="2026-09-14", gross=gross, household=household)


def rows(table):
    return [line.split() for line in table.strip().splitlines()]


# A public calculator of Belgian wages, its reference set for September 2026: the amounts that are the bounds of the
# minimum wage, of both parts of the work bonus and of its end, then rounder ones. Worked out there from the key formula
# (ESS-SR/2025-0928) and the ONSS instructions 2026/3.
FIELDS = ("contribution", "work_bonus_a", "work_bonus_b", "taxable", "annual_net_taxable", "base_tax")
MONTHS = """
 2233.61  291.93 127.54 164.39 2233.61 20733.32  3203.93
 2300.62  300.69 127.54 171.99 2299.46 21523.52  3542.14
 2937.93  383.99 127.54   0.00 2681.48 26107.76  5504.19
 3000.00  392.10 110.54   0.00 2718.44 26551.28  5694.02
 3403.62  444.85   0.00   0.00 2958.77 29435.24  6928.35
 4500.00  588.15   0.00   0.00 3911.85 40872.20 12431.78
 6500.00  849.55   0.00   0.00 5650.45 61735.40 23049.09
10000.00 1307.00   0.00   0.00 8693.00 98246.00 42582.26
"""
# Gross; then withholding tax, special contribution and net.
WITHHELD = [
    (SINGLE, "2233.61  138.35 10.81 2084.45"),
    (SINGLE, "2300.62  162.55 11.54 2125.37"),
    (SINGLE, "2937.93  416.41 18.56 2246.51"),
    (SINGLE, "3000.00  437.87 19.24 2261.33"),
    (SINGLE, "3403.62  577.36 23.68 2357.73"),
    (SINGLE, "4500.00 1035.98 44.01 2831.86"),
    (SINGLE, "6500.00 1920.76 60.94 3668.75"),
    (SINGLE, "10000.00 3548.52 60.94 5083.54"),
    (TWO_CHILDREN, "2233.61    0.35 10.81 2222.45"),
    (TWO_CHILDREN, "2300.62   24.55 11.54 2263.37"),
    (TWO_CHILDREN, "2937.93  278.41 18.56 2384.51"),
    (TWO_CHILDREN, "4500.00  897.98 44.01 2969.86"),
    (TWO_INCOMES, "2300.62  162.55 15.65 2121.26"),
    (TWO_INCOMES, "2937.93  416.41 22.67 2242.40"),
    (TWO_INCOMES, "3403.62  577.36 27.79 2353.62"),
    (TWO_INCOMES, "4500.00 1035.98 39.85 2836.02"),
    (TWO_INCOMES, "6500.00 1920.76 51.64 3678.05"),
    (TWO_INCOMES, "10000.00 3548.52 51.64 5092.84"),
    (THREE_CHILDREN, "2233.61    0.00 14.92 2218.69"),
    (THREE_CHILDREN, "2937.93    0.00 22.67 2658.81"),
    (THREE_CHILDREN, "3403.62    0.00 27.79 2930.98"),
    (THREE_CHILDREN, "4500.00  205.28 39.85 3666.72"),
    (THREE_CHILDREN, "6500.00 1011.20 60.94 4578.31"),
    # A second public calculator, in Dutch, with tests of its own.
    (SINGLE, "2200.00  126.28 10.44 2063.28"),
    (SINGLE, "3500.00  617.41 24.74 2400.40"),
    (ONE_INCOME | TWO_CHILDREN, "4000.00  269.18 34.35 3173.67"),
    # A third, whose amounts come from a table of examples of 2026; the special contribution and net are ours.
    (SINGLE, "4000.00  826.70 36.24 2614.26"),
    (SINGLE, "5000.00 1245.27 49.51 3051.72"),
]


@pytest.mark.parametrize(("gross", "amounts"), [(row[0], row[1:]) for row in rows(MONTHS)])
def test_month_of_the_reference_set_up_to_its_base_tax(gross, amounts):
    result = september(gross, SINGLE)

    assert [result[field] for field in FIELDS] == amounts


@pytest.mark.parametrize(("household", "row"), WITHHELD)
def test_month_of_a_published_set_down_to_its_net(household, row):
    gross, *amounts = row.split()

    result = september(gross, household)

    assert [result["withholding_tax"], result["special_contribution"], result["net"]] == amounts


# The simulator of SPF Finances for 2026, as run by a public payroll project on 29/09/2026; the last by another project.
# Pay on which no contribution is owed makes the taxable amount a round one. That with a child is quoted by a third.
@pytest.mark.parametrize(
    ("taxable", "household", "tax"),
    [
        ("2500.00", ONE_INCOME, "35.99"),
        ("2500.00", SINGLE, "381.01"),
        ("2500.00", {"children": 1}, "329.01"),
        ("3000.00", SINGLE, "596.93"),
    ],
)
def test_tax_on_a_taxable_amount_is_that_of_the_simulator(taxable, household, tax):
    result = answer(
        pay_date="2026-09-29", statute="statutory", gross="0.00", taxable_allowances=taxable, household=household
    )

    assert (result["taxable"], result["withholding_tax"]) == (taxable, tax)


# Annexes 3 to 5 of the key formula of 2026, as the same project holds them against that simulator: what each charge
# takes off the tax of a month.
@pytest.mark.parametrize(
    ("before", "charge", "less"),
    [
        (SINGLE, {"children": 3}, 36700),
        (SINGLE, {"single_parent": True}, 5200),
        (TWO_INCOMES, {"single_parent": True}, 0),
        (SINGLE, {"disabled_worker": True}, 5200),
        (ONE_INCOME, {"disabled_spouse": True}, 5200),
        (TWO_INCOMES, {"disabled_spouse": True}, 0),
        (SINGLE, {"other_dependants": 2}, 10400),
        (SINGLE, {"dependants_66_plus_in_care": 2}, 33200),
    ],
)
def test_charge_takes_the_published_amount_off_the_tax(before, charge, less):
    taxes = [september("3000.00", household)["withholding_tax"] for household in (before, before | charge)]

    cents = [int(tax.replace(".", "")) for tax in taxes]
    assert cents[0] - cents[1] == less


# Two payslips of a social secretariat of 2025 that a public project made anonymous: contributions, work bonus and
# special contribution. Their tax is 17.85 under that of the key formula of 2025, which nobody could explain.
@pytest.mark.parametrize(
    ("on", "benefit", "taxable"), [("2025-07-25", "270.17", "2778.60"), ("2025-09-26", "261.45", "2769.88")]
)
def test_payslips_of_2025_up_to_their_tax(on, benefit, taxable):
    result = answer(pay_date=on, gross="2732.94", benefits_in_kind=benefit)

    fields = ("contribution", "work_bonus_a", "work_bonus_b", "taxable", "fiscal_work_bonus", "special_contribution")
    assert [result[field] for field in fields] == ["357.20", "120.59", "12.10", taxable, "46.32", "16.30"]


# Work bonus: a simulation of a social secretariat of September 2026; bounds and half cents of the reference set.
@pytest.mark.parametrize(
    ("on", "gross", "part_a", "part_b"),
    [
        ("2026-09-29", "2257.00", "127.54", "167.45"),
        ("2026-09-01", "2987.93", "113.85", "0.00"),
        ("2026-09-01", "2600.62", "127.54", "91.02"),
        ("2026-09-01", "3403.62", "0.00", "0.00"),
        ("2026-08-31", "3350.00", "0.00", "0.00"),
        ("2026-09-01", "3350.00", "14.67", "0.00"),
    ],
)
def test_work_bonus_is_the_published_one(on, gross, part_a, part_b):
    result = answer(pay_date=on, gross=gross)

    assert (result["work_bonus_a"], result["work_bonus_b"]) == (part_a, part_b)


# Example 1 of the ONSS instructions 2026/3 on the work bonus, as a public project quotes it: 2015.00 for 19 of the 23
# days of July is 106.05 a day, so 2439.15 for the month, and 0.83 of the bonus on that.
def test_work_bonus_of_part_of_a_month_is_that_of_the_instructions():
    result = answer(pay_date="2026-07-31", gross="2015.00", performance={"days_paid": 19, "days_full_month": 23})

    assert (result["work_bonus_a"], result["work_bonus_b"]) == ("105.86", "111.72")


# A payroll module in wide use, its own test of January 2026: 100.00 on which tax but no contribution is due.
def test_month_of_january_2026_up_to_its_taxable_pay():
    result = answer(pay_date="2026-01-31", gross="2500.00", benefits_in_kind="100.00")

    fields = ("contribution", "work_bonus_a", "work_bonus_b", "taxable")
    assert [result[field] for field in fields] == ["326.75", "123.00", "89.96", "2486.21"]


# A fourth calculator, its minimum wage "to the cent"; its special contribution is that of the table before April 2022.
def test_month_at_the_minimum_wage_that_another_calculator_published():
    result = answer(pay_date="2026-09-14", gross="2189.81")

    fields = ("contribution", "work_bonus_a", "work_bonus_b", "taxable", "fiscal_work_bonus", "withholding_tax")
    assert [result[field] for field in fields] == ["286.21", "127.54", "158.67", "2189.81", "125.64", "122.61"]


# Payments with a contribution of their own, or of another year: a thirteenth month of 2024 of that payroll module;
# holiday pay on a slip of June 2024 of a social secretariat, made anonymous by a public project; holiday pay and a
# thirteenth month of the fourth calculator. All four take the annual pay after contributions.
PUBLISHED_APART = """
2024-12-20 exceptional  2500.00 326.75 26079.00 40.38  877.56 1295.69
2024-06-20 holiday_pay  2462.21 297.33 28165.32 36.34  786.72 1378.16
2026-09-14 holiday_pay  3220.00 388.83 36510.60 42.39 1200.13 1631.04
2026-09-14 exceptional  3500.00 457.45 36510.60 46.44 1412.96 1629.59
"""


@pytest.mark.parametrize("row", rows(PUBLISHED_APART))
def test_payment_that_others_published_with_its_contribution(row):
    on, kind, amount, contribution, reference, rate, tax, net = row

    result = answer(pay_date=on, kind=kind, amount=amount, contribution=contribution, annual_reference=reference)

    assert [result[field] for field in ("rate_pct", "withholding_tax", "net")] == [rate, tax, net]


# The reference set of the first calculator for annex III no 53-55: kind, amount, contribution, annual pay, children;
# then the percentage, the tax and the net.
PAYMENTS = """
2026 exceptional 3000.00 392.10 36000.00 0  46.44 1211.11 1396.79
2026 holiday_pay 2760.00 360.73 36000.00 0  42.39 1017.05 1382.22
2026 exceptional  800.00 104.56  9600.00 0   0.00    0.00  695.44
2026 exceptional 3000.00 392.10 36000.00 3  46.44 1211.11 1396.79
2026 holiday_pay 2054.25 268.49 26794.56 0  36.34  648.95 1136.81
2026 exceptional 2232.88 291.84 26794.56 0  40.38  783.79 1157.25
2026 exceptional 5000.00 653.50 52158.00 0  51.48 2237.58 2108.92
2026 holiday_pay 4600.00 601.22 52158.00 0  47.44 1897.02 2101.76
2026 exceptional 1000.00 130.70 10675.00 0   0.00    0.00  869.30
2026 exceptional 1000.00 130.70 10675.01 0  23.22  201.85  667.45
2026 exceptional 1000.00 130.70 60000.00 0  53.50  465.08  404.22
2025 exceptional 3000.00 392.10 36000.00 0  46.44 1211.11 1396.79
2025 holiday_pay 2760.00 360.73 36000.00 0  42.39 1017.05 1382.22
2026 exceptional 1200.00 156.84 14400.00 1  25.23    0.00 1043.16
2026 exceptional 2000.00 261.40 24000.00 1  38.36  616.91 1121.69
"""


@pytest.mark.parametrize("row", rows(PAYMENTS))
def test_exceptional_payment_of_the_reference_set(row):
    year, kind, amount, contribution, reference, children, rate, tax, net = row

    result = answer(
        pay_date=f"{year}-09-14",
        kind=kind,
        amount=amount,
        annual_reference=reference,
        household={"children": int(children)},
    )

    fields = ("contribution", "rate_pct", "withholding_tax", "net")
    assert [result[field] for field in fields] == [contribution, rate, tax, net]
