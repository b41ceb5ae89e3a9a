"""A second payroll, in plain Decimal and one person at a time, written from the published facts.

It shares no code and no figure with the engine, so that the two can only agree by both being right.
"""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cent(amount):
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


TAX = {
    2024: {
        "costs_max": Decimal(5750),
        "steps": [
            (Decimal(15830), Decimal("26.75"), Decimal(0), Decimal(0)),
            (Decimal(27940), Decimal("42.80"), Decimal("4234.53"), Decimal(15830)),
            (Decimal(48350), Decimal("48.15"), Decimal("9417.61"), Decimal(27940)),
            (None, Decimal("53.50"), Decimal("19245.03"), Decimal(48350)),
        ],
        "exempt": Decimal("2830.15"),
        "quotient": Decimal(13060),
        "children": [0, 588, 1572, 4164, 7212, 10512, 13812, 17148, 20808],
        "more": 3660,
        "one": 588,
        "small_own": 1650,
        "small_pension": 3288,
    },
    2025: {
        "costs_max": Decimal(5930),
        "steps": [
            (Decimal(16310), Decimal("26.75"), Decimal(0), Decimal(0)),
            (Decimal(28790), Decimal("42.80"), Decimal("4362.93"), Decimal(16310)),
            (Decimal(49820), Decimal("48.15"), Decimal("9704.37"), Decimal(28790)),
            (None, Decimal("53.50"), Decimal("19830.32"), Decimal(49820)),
        ],
        "exempt": Decimal("2915.75"),
        "quotient": Decimal(13460),
        "children": [0, 612, 1608, 4296, 7428, 10836, 14232, 17676, 21444],
        "more": 3780,
        "one": 612,
        "small_own": 1698,
        "small_pension": 3390,
    },
    2026: {
        "costs_max": Decimal(6070),
        "steps": [
            (Decimal(16710), Decimal("26.75"), Decimal(0), Decimal(0)),
            (Decimal(29500), Decimal("42.80"), Decimal("4469.93"), Decimal(16710)),
            (Decimal(51050), Decimal("48.15"), Decimal("9944.05"), Decimal(29500)),
            (None, Decimal("53.50"), Decimal("20320.38"), Decimal(51050)),
        ],
        "exempt": Decimal("2987.98"),
        "quotient": Decimal(13790),
        "children": [0, 624, 1656, 4404, 7620, 11100, 14592, 18120, 21996],
        "more": 3864,
        "one": 624,
        "in_care": 1992,
        "small_own": 1740,
        "small_pension": 3474,
    },
}

BONUS = [
    ("2026-09-01", "127.54", "2937.93", "3403.62", "0.2739", "171.99", "2300.62", "2937.93", "0.2699"),
    ("2026-07-01", "127.54", "2937.93", "3336.98", "0.3196", "171.99", "2300.62", "2937.93", "0.2699"),
    ("2026-04-01", "125.04", "2880.32", "3336.98", "0.2738", "168.62", "2255.50", "2880.32", "0.2699"),
    ("2026-03-01", "123.00", "2833.36", "3336.98", "0.2442", "165.87", "2218.73", "2833.36", "0.2699"),
    ("2026-01-01", "123.00", "2833.36", "3271.48", "0.2807", "165.87", "2218.73", "2833.36", "0.2699"),
    ("2025-02-01", "120.59", "2777.83", "3271.48", "0.2443", "162.62", "2175.25", "2777.83", "0.2699"),
]

EXCEPTIONAL = {
    2024: {
        "bounds": [10115, 12930, 16460, 19740, 22330, 24940, 30150, 32800, 43440, 56730],
        "exempt": [17858, 21280, 27430, 34280, 41130, 47980, 54830, 61680, 68530, 75380, 82230, 89080],
        "limits": [27410, 27410, 30150, 35635, 38375],
    },
    2025: {
        "bounds": [10415, 13330, 16960, 20340, 23020, 25710, 31070, 33810, 44770, 58460],
        "exempt": [18400, 21930, 28270, 35330, 42390, 49450, 56510, 63570, 70630, 77690, 84750, 91810],
        "limits": [28245, 28245, 31070, 36720, 39550],
    },
    2026: {
        "bounds": [10675, 13660, 17375, 20840, 23580, 26340, 31830, 34640, 45860, 59900],
        "exempt": [18858, 22470, 28960, 36200, 43440, 50680, 57920, 65160, 72400, 79640, 86880, 94120],
        "limits": [28940, 28940, 31835, 37625, 40520],
    },
}
PERCENT = {
    "holiday_pay": ["0", "19.17", "21.20", "26.25", "31.30", "34.33", "36.34", "39.37", "42.39", "47.44", "53.50"],
    "exceptional": ["0", "23.22", "25.23", "30.28", "35.33", "38.36", "40.38", "43.41", "46.44", "51.48", "53.50"],
}
CHILD_PERCENT = ["7.5", "20", "35", "55", "75"]


def scale(year, income):
    for upto, rate, cumulative, lower in TAX[year]["steps"]:
        if upto is None or income <= upto:
            return cumulative + cent(rate / 100 * (income - lower))
    raise AssertionError


def is_couple(household):
    return household.get("civil_status") in ("married", "legal_cohabitant")


def spouse(household):
    return household.get("spouse_income", "none") if is_couple(household) else None


def reductions(year, household):
    table = TAX[year]
    children = household.get("children", 0) + household.get("disabled_children", 0)
    total = Decimal(table["children"][min(children, 8)] + max(children - 8, 0) * table["more"])
    total += table["one"] * household.get("other_dependants", 0)
    total += table.get("in_care", 0) * household.get("dependants_66_plus_in_care", 0)
    if household.get("single_parent") and not is_couple(household):
        total += table["one"]
    if household.get("disabled_worker"):
        total += table["one"]
    if household.get("disabled_spouse") and spouse(household) == "none":
        total += table["one"]
    if spouse(household) in ("small_own", "small_pension"):
        total += table[spouse(household)]
    return total


def annual(year, taxable, household):
    yearly = 12 * taxable
    net = yearly - min(cent(yearly * Decimal("0.30")), TAX[year]["costs_max"])
    exempt = TAX[year]["exempt"]
    if spouse(household) == "none":
        imputed = min(cent(net * Decimal("0.30")), TAX[year]["quotient"])
        return yearly, net, max(Decimal(0), scale(year, imputed) + scale(year, net - imputed) - 2 * exempt)
    return yearly, net, max(Decimal(0), scale(year, net) - exempt)


# Upper bound ("below" is written with a third decimal), fixed part, rate, lower bound, least, most.
SPECIAL = {
    "isolated": [
        ("1945.38", "0", "0", "0", "0", "0"),
        ("2190.18", "0", "0.0422", "1945.38", "0", "99"),
        ("3737.00", "10.33", "0.0110", "2190.18", "0", "99"),
        ("4100.00", "27.35", "0.0338", "3737.00", "0", "99"),
        ("6038.82", "39.61", "0.0110", "4100.00", "0", "99"),
        ("Infinity", "60.94", "0", "0", "0", "99"),
    ],
    "own": [
        ("1095.099", "0", "0", "0", "0", "0"),
        ("1945.379", "5.15", "0", "0", "0", "99"),
        ("2190.18", "0", "0.0590", "1945.38", "5.15", "99"),
        ("Infinity", "14.44", "0.0110", "2190.18", "0", "51.64"),
    ],
    "without": [
        ("1945.379", "0", "0", "0", "0", "0"),
        ("2190.18", "0", "0.0590", "1945.38", "0", "99"),
        ("Infinity", "14.44", "0.0110", "2190.18", "0", "60.94"),
    ],
}


# The constants of a quarter; the bounds that are not published are three times those of a month.
SPECIAL_OF_QUARTER = {
    "isolated": [
        ("5836.14", "0", "0", "0", "0", "0"),
        ("6570.54", "0", "0.0422", "5836.14", "0", "999"),
        ("11211.00", "30.99", "0.0110", "6570.54", "0", "999"),
        ("12300.00", "82.05", "0.0338", "11211.00", "0", "999"),
        ("18116.46", "118.83", "0.0110", "12300.00", "0", "999"),
        ("Infinity", "182.82", "0", "0", "0", "999"),
    ],
    "own": [
        ("3285.29", "0", "0", "0", "0", "0"),
        ("5836.139", "15.45", "0", "0", "0", "999"),
        ("6570.54", "0", "0.0590", "5836.14", "15.45", "999"),
        ("Infinity", "43.32", "0.0110", "6570.54", "0", "154.92"),
    ],
    "without": [
        ("5836.139", "0", "0", "0", "0", "0"),
        ("6570.54", "0", "0.0590", "5836.14", "0", "999"),
        ("Infinity", "43.32", "0.0110", "6570.54", "0", "182.82"),
    ],
}


def special(base, household, tables=SPECIAL):
    kind = "isolated"
    if is_couple(household):
        kind = "own" if spouse(household) == "own" else "without"
    row = next(row for row in tables[kind] if base <= Decimal(row[0]))
    fixed, rate, lower, least, most = (Decimal(cell) for cell in row[1:])
    return min(most, max(least, fixed + cent(rate * (base - lower))))


def bonus_part(reference, greatest, floor, ceiling, slope):
    if reference <= Decimal(floor):
        return Decimal(greatest)
    if reference <= Decimal(ceiling):
        return max(Decimal(0), cent(Decimal(greatest) - Decimal(slope) * (reference - Decimal(floor))))
    return Decimal(0)


def bonus(day, pay, contribution, days):
    row = next(row for row in BONUS if row[0] <= day)
    reference, fraction = pay, Decimal(1)
    if days and days[0] < days[1]:
        reference = cent(cent(pay / days[0]) * days[1]) if days[0] else Decimal(0)
        fraction = cent(Decimal(days[0]) / Decimal(days[1]))
    part_a = cent(bonus_part(reference, *row[1:5]) * fraction)
    part_b = cent(bonus_part(reference, *row[5:9]) * fraction)
    part_a = min(part_a, contribution)
    return part_a, min(part_b, contribution - part_a)


def month(
    day, statute, gross, household, *, allowance=0, taxable_allowances=0, in_kind=0, untaxed=0, deductions=0, days=None
):
    year = int(day[:4])
    extra = Decimal(allowance) + Decimal(taxable_allowances)
    part_a = part_b = Decimal(0)
    if statute == "contractual":
        base = gross + extra
        contribution = cent(base * Decimal("0.1307"))
        part_a, part_b = bonus(day, base, contribution, days)
    else:
        base = gross
        contribution = cent(gross * Decimal("0.075")) + cent(gross * Decimal("0.0355"))
    cash = gross + extra - contribution + part_a + part_b
    taxable = cash + Decimal(in_kind)
    yearly, net_yearly, base_tax = annual(year, taxable, household)
    family = reductions(year, household)
    fiscal = cent(part_a * Decimal("0.3314")) + cent(part_b * Decimal("0.5254"))
    tax = max(Decimal(0), cent(max(Decimal(0), base_tax - family) / 12) - fiscal)
    extra_contribution = special(base, household)
    return {
        "gross": gross,
        "contribution": contribution,
        "work_bonus_a": part_a,
        "work_bonus_b": part_b,
        "taxable": taxable,
        "annual_taxable": yearly,
        "annual_net_taxable": net_yearly,
        "base_tax": base_tax,
        "family_reductions": family,
        "fiscal_work_bonus": fiscal,
        "withholding_tax": tax,
        "special_contribution": extra_contribution,
        "net": cash - tax - extra_contribution + Decimal(untaxed) - Decimal(deductions),
    }


def exceptional(day, kind, amount, annual_pay, household, contribution=None):
    table = EXCEPTIONAL[int(day[:4])]
    contribution = cent(amount * Decimal("0.1307")) if contribution is None else contribution
    row = sum(annual_pay > bound for bound in table["bounds"])
    percent = Decimal(PERCENT[kind][row])
    children = household.get("children", 0) + household.get("disabled_children", 0)
    taxable = amount - contribution
    tax = cent(taxable * percent / 100)
    if children and annual_pay <= table["exempt"][min(children, 12) - 1]:
        tax = Decimal("0.00")
    elif children and annual_pay <= table["limits"][min(children, 5) - 1]:
        tax -= cent(tax * Decimal(CHILD_PERCENT[min(children, 5) - 1]) / 100)
    return {
        "gross": amount,
        "contribution": contribution,
        "taxable": taxable,
        "rate_pct": percent,
        "withholding_tax": tax,
        "net": taxable - tax,
    }
