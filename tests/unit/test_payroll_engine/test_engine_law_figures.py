"""Every figure of every law table against the published one, typed here from the facts, not from the files."""

from datetime import date

import pytest

from payroll.engine import parameters
from payroll.engine.law_values import Leaf, Row
from payroll.engine.money import Rate, format_cents

LAW = parameters.packaged()


def plain(node):
    """A figure, a list of figures or the rows of a bracket as texts: amounts with two decimals, rates as 1/10000."""
    if isinstance(node, Leaf):
        return node.value.ten_thousandths if isinstance(node.value, Rate) else format_cents(node.value)
    if isinstance(node[0], Row):
        return [{name: plain(leaf) for name, leaf in row.cells.items()} for row in node]
    return [plain(leaf) for leaf in node]


def euro(*amounts):
    return [f"{amount}.00" for amount in amounts]


def tax(costs, bounds, cumulated, exempt, quotient):
    lower, rates = (0, *bounds), (2675, 4280, 4815, 5350)
    rows = [
        {"upto": f"{upto}.00", "base": base, "over": f"{over}.00", "rate": rate}
        for upto, base, over, rate in zip((*bounds, None), ("0.00", *cumulated), lower, rates, strict=True)
    ]
    del rows[-1]["upto"]
    return {
        "costs_rate": 3000,
        "costs_max": f"{costs}.00",
        "brackets": rows,
        "exempt_tax": exempt,
        "imputed_rate": 3000,
        "imputed_max": f"{quotient}.00",
    }


def family(children, more, one, small_own, small_pension, **others):
    names = ("single_parent", "disabled_worker", "other_dependant")
    return {
        "children": euro(*children),
        "each_child_more": f"{more}.00",
        **dict.fromkeys(names, f"{one}.00"),
        "spouse_small_own": f"{small_own}.00",
        "spouse_small_pension": f"{small_pension}.00",
        **{name: f"{amount}.00" for name, amount in others.items()},
    }


def months(**payments):
    """Return in which month each payment is due and on which it rests: a count is shown as so many cents."""
    return {
        f"{payment}_{word}": f"0.{month:02d}"
        for payment, pair in payments.items()
        for word, month in zip(("in", "rests_on"), pair, strict=True)
    }


def bonus(a_max, a_floor, a_ceiling, a_slope, b_max, b_floor, b_slope=2699):
    return {
        "a_max": a_max,
        "a_floor": a_floor,
        "a_ceiling": a_ceiling,
        "a_slope": a_slope,
        "b_max": b_max,
        "b_floor": b_floor,
        "b_ceiling": a_floor,
        "b_slope": b_slope,
    }


HOLIDAY = (0, 1917, 2120, 2625, 3130, 3433, 3634, 3937, 4239, 4744, 5350)
OTHER = (0, 2322, 2523, 3028, 3533, 3836, 4038, 4341, 4644, 5148, 5350)


def exceptional(bounds, exemptions, limits):
    rows = [
        {"upto": f"{upto}.00", "holiday_pay": holiday, "other": other}
        for upto, holiday, other in zip((*bounds, 0), HOLIDAY, OTHER, strict=True)
    ]
    del rows[-1]["upto"]
    return {
        "percentages": rows,
        "exemption_limits": euro(*exemptions),
        "child_reductions": [750, 2000, 3500, 5500, 7500],
        "child_reduction_limits": euro(*limits),
    }


def special(bounds, bases, couple_bounds, couple_bases, most):
    """The three tables; `bounds` and `bases` of who is taxed alone, the others of couples."""
    first, second, third, fourth, fifth = bounds
    none, low, high = couple_bounds
    least, base = couple_bases
    return {
        "isolated": [
            {"upto": first, "base": "0.00"},
            {"upto": second, "over": first, "rate": 422},
            {"upto": third, "base": bases[0], "over": second, "rate": 110},
            {"upto": fourth, "base": bases[1], "over": third, "rate": 338},
            {"upto": fifth, "base": bases[2], "over": fourth, "rate": 110},
            {"base": bases[3]},
        ],
        "spouse_with_income": [
            {"upto": none, "base": "0.00"},
            {"upto": low, "base": least},
            {"upto": high, "over": first, "rate": 590, "min": least},
            {"base": base, "over": high, "rate": 110, "max": most},
        ],
        "spouse_without_income": [
            {"upto": low, "base": "0.00"},
            {"upto": high, "over": first, "rate": 590},
            {"base": base, "over": high, "rate": 110, "max": bases[3]},
        ],
    }


FIGURES = {
    ("arrears", "2024-01-01"): {"share_of_ordinary_tax": 10000},
    ("pay_after_exit", "2024-01-01"): {"share_of_last_pay": 10000},
    ("yearly_payments", "2024-01-01"): months(holiday_pay=(5, 3), end_of_year_allowance=(12, 10)),
    ("yearly_payments", "2025-01-01"): months(holiday_pay=(5, 3), end_of_year_allowance=(11, 10)),
    ("contributions", "2017-10-01"): {
        "contractual": 1307,
        "statutory_pension": 750,
        "statutory_health": 355,
        "exceptional_payment": 1307,
    },
    ("withholding_tax", "2024-01-01"): tax(
        5750, (15830, 27940, 48350), ("4234.53", "9417.61", "19245.03"), "2830.15", 13060
    ),
    ("withholding_tax", "2025-01-01"): tax(
        5930, (16310, 28790, 49820), ("4362.93", "9704.37", "19830.32"), "2915.75", 13460
    ),
    ("withholding_tax", "2026-01-01"): tax(
        6070, (16710, 29500, 51050), ("4469.93", "9944.05", "20320.38"), "2987.98", 13790
    ),
    ("family_reductions", "2024-01-01"): family(
        (588, 1572, 4164, 7212, 10512, 13812, 17148, 20808), 3660, 588, 1650, 3288
    ),
    ("family_reductions", "2025-01-01"): family(
        (612, 1608, 4296, 7428, 10836, 14232, 17676, 21444), 3780, 612, 1698, 3390
    ),
    ("family_reductions", "2026-01-01"): family(
        (624, 1656, 4404, 7620, 11100, 14592, 18120, 21996),
        3864,
        624,
        1740,
        3474,
        disabled_spouse=624,
        dependant_66_plus_in_care=1992,
    ),
    ("fiscal_work_bonus", "2025-01-01"): {"part_a": 3314, "part_b": 5254},
    ("work_bonus", "2025-02-01"): bonus("120.59", "2777.83", "3271.48", 2443, "162.62", "2175.25"),
    ("work_bonus", "2026-01-01"): bonus("123.00", "2833.36", "3271.48", 2807, "165.87", "2218.73"),
    ("work_bonus", "2026-03-01"): bonus("123.00", "2833.36", "3336.98", 2442, "165.87", "2218.73"),
    ("work_bonus", "2026-04-01"): bonus("125.04", "2880.32", "3336.98", 2738, "168.62", "2255.50"),
    ("work_bonus", "2026-07-01"): bonus("127.54", "2937.93", "3336.98", 3196, "171.99", "2300.62"),
    ("work_bonus", "2026-09-01"): bonus("127.54", "2937.93", "3403.62", 2739, "171.99", "2300.62"),
    ("exceptional_payments", "2024-01-01"): exceptional(
        (10115, 12930, 16460, 19740, 22330, 24940, 30150, 32800, 43440, 56730),
        (17858, 21280, 27430, 34280, 41130, 47980, 54830, 61680, 68530, 75380, 82230, 89080),
        (27410, 27410, 30150, 35635, 38375),
    ),
    ("exceptional_payments", "2025-01-01"): exceptional(
        (10415, 13330, 16960, 20340, 23020, 25710, 31070, 33810, 44770, 58460),
        (18400, 21930, 28270, 35330, 42390, 49450, 56510, 63570, 70630, 77690, 84750, 91810),
        (28245, 28245, 31070, 36720, 39550),
    ),
    ("exceptional_payments", "2026-01-01"): exceptional(
        (10675, 13660, 17375, 20840, 23580, 26340, 31830, 34640, 45860, 59900),
        (18858, 22470, 28960, 36200, 43440, 50680, 57920, 65160, 72400, 79640, 86880, 94120),
        (28940, 28940, 31835, 37625, 40520),
    ),
    ("special_contribution", "2022-04-01"): special(
        ("1945.38", "2190.18", "3737.00", "4100.00", "6038.82"),
        ("10.33", "27.35", "39.61", "60.94"),
        ("1095.09", "1945.37", "2190.18"),
        ("5.15", "14.44"),
        "51.64",
    ),
    ("special_contribution_quarter", "2022-04-01"): special(
        ("5836.14", "6570.54", "11211.00", "12300.00", "18116.46"),
        ("30.99", "82.05", "118.83", "182.82"),
        ("3285.29", "5836.13", "6570.54"),
        ("15.45", "43.32"),
        "154.92",
    ),
    ("indexation", "2024-01-01"): {"coefficient": 20399},
    ("indexation", "2024-06-01"): {"coefficient": 20807},
    ("indexation", "2025-03-01"): {"coefficient": 21223},
    ("indexation", "2026-03-01"): {"coefficient": 21647},
    ("indexation", "2026-09-01"): {
        "coefficient": 22080,
        "coefficient_before_cap": 21647,
        "capped_increment": "80.00",
    },
    ("household_residence_allowance", "2024-01-01"): {
        "household": [
            {"upto": "16099.99", "base": "60.00"},
            {"upto": "18330.00", "base": "30.00"},
            {"base": "0.00"},
        ],
        "residence": [
            {"upto": "16099.99", "base": "30.00"},
            {"upto": "18330.00", "base": "15.00"},
            {"base": "0.00"},
        ],
    },
    ("household_residence_taper", "2024-01-01"): {
        "household": [
            {"upto": "16099.84", "base": "719.89"},
            {"upto": "16459.77", "less_pay_from": "16819.73"},
            {"upto": "18329.27", "base": "359.95"},
            {"upto": "18689.21", "less_pay_from": "18689.22"},
            {"base": "0.00"},
        ],
        "residence": [
            {"upto": "16099.84", "base": "359.95"},
            {"upto": "16279.80", "less_pay_from": "16459.79"},
            {"upto": "18329.27", "base": "179.98"},
            {"upto": "18509.24", "less_pay_from": "18509.24"},
            {"base": "0.00"},
        ],
    },
    ("language_allowance", "2024-01-01"): {
        "art7_d": "75.00",
        "art7_c": "80.00",
        "art7_ab": "110.00",
        "art8": "20.00",
        "art8_and_9_1_elementary": "50.00",
        "art9_1_elementary": "40.00",
        "art9_1_sufficient": "60.00",
        "art9_1_and_11": "110.00",
        "art9_2_elementary": "50.00",
        "art9_2_sufficient": "110.00",
        "art10": "40.00",
        "art11": "60.00",
        "art12": "110.00",
        "art13": "110.00",
    },
    ("four_day_week", "2024-01-01"): {"pay": 8000, "premium": "70.14"},
    ("telework", "2022-01-01"): {"from_one_day": "20.00", "more_from_four_days": "30.00"},
    ("telework", "2023-06-01"): {"from_one_day": "20.00", "more_from_four_days": "30.00"},
    ("bicycle", "2024-01-01"): {"per_km": "0.35"},
    ("bicycle", "2025-01-01"): {"per_km": "0.37", "most_in_year": "3690.00"},
    ("meal_vouchers", "2024-01-01"): {"face": "6.00", "employer": "4.91", "worker": "1.09"},
    ("holiday_pay", "2024-01-01"): {"share": 9200},
    ("end_of_year_allowance", "2024-01-01"): {
        "fixed": "918.37",
        "annual_share": 250,
        "monthly_share": 700,
        "monthly_least": "100.95",
        "monthly_most": "201.90",
        "statutory_health_base": "487.03",
    },
    ("end_of_year_allowance", "2025-01-01"): {
        "fixed": "937.56",
        "annual_share": 250,
        "monthly_share": 700,
        "monthly_least": "100.95",
        "monthly_most": "201.90",
        "statutory_health_base": "497.20",
    },
}
UNVERIFIED = {
    ("arrears", "2024-01-01"),
    ("pay_after_exit", "2024-01-01"),
    ("indexation", "2026-09-01"),
    ("household_residence_taper", "2024-01-01"),
    ("telework", "2023-06-01"),
    ("bicycle", "2025-01-01"),
}


def test_no_period_of_any_table_is_without_a_published_figure_here():
    held = {(name, str(period.valid_from)) for name, table in LAW.tables.items() for period in table.periods}

    assert held == set(FIGURES)


@pytest.mark.parametrize(("table", "since"), FIGURES, ids=lambda part: part)
def test_figures_of_a_period_are_the_published_ones(table, since):
    (period,) = [each for each in LAW.tables[table].periods if str(each.valid_from) == since]

    assert {name: plain(node) for name, node in period.values.items()} == FIGURES[table, since]


def test_nothing_is_verified_beyond_september_2026_nor_beyond_its_own_period():
    for table in LAW.tables.values():
        for period in table.periods:
            known = (table.name, str(period.valid_from))
            assert (period.verified_until is None) == (known in UNVERIFIED)
            if period.verified_until is not None:
                assert period.verified_until == (period.valid_to or date(2026, 9, 30))


def test_exempt_tax_is_the_published_one_of_both_scales():
    law = LAW.in_force("withholding_tax", date(2026, 1, 1))

    assert [law.cents("exempt_tax") * times for times in (1, 2)] == [298798, 597596]
    assert 11170 * 2675 == 29879750  # the quota of 11,170 at the first rate, in hundredths of a cent


def test_quarter_is_three_months_of_every_constant():
    month, quarter = (FIGURES[name, "2022-04-01"] for name in ("special_contribution", "special_contribution_quarter"))

    for kind, rows in month.items():
        for row, three in zip(rows, quarter[kind], strict=True):
            for name, amount in row.items():
                if name == "rate":
                    assert three[name] == amount
                else:
                    gap = 3 * int(amount.replace(".", "")) - int(three[name].replace(".", ""))
                    assert gap in {0, -2}  # "below 1095.10" is "up to 1095.09", and so for three times as much
