"""A second payroll, in plain Decimal and one person at a time, written from the published facts.

It shares no code and no figure with the engine, so that the two can only agree by both being right.
"""

from decimal import ROUND_HALF_UP
from decimal import Decimal as D

CENT = D("0.01")


def cent(amount):
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


TAX = {
    2024: {
        "costs_max": D(5750),
        "steps": [
            (D(15830), D("26.75"), D(0), D(0)),
            (D(27940), D("42.80"), D("4234.53"), D(15830)),
            (D(48350), D("48.15"), D("9417.61"), D(27940)),
            (None, D("53.50"), D("19245.03"), D(48350)),
        ],
        "exempt": D("2830.15"),
        "quotient": D(13060),
        "children": [0, 588, 1572, 4164, 7212, 10512, 13812, 17148, 20808],
        "more": 3660,
        "one": 588,
        "small_own": 1650,
        "small_pension": 3288,
    },
    2025: {
        "costs_max": D(5930),
        "steps": [
            (D(16310), D("26.75"), D(0), D(0)),
            (D(28790), D("42.80"), D("4362.93"), D(16310)),
            (D(49820), D("48.15"), D("9704.37"), D(28790)),
            (None, D("53.50"), D("19830.32"), D(49820)),
        ],
        "exempt": D("2915.75"),
        "quotient": D(13460),
        "children": [0, 612, 1608, 4296, 7428, 10836, 14232, 17676, 21444],
        "more": 3780,
        "one": 612,
        "small_own": 1698,
        "small_pension": 3390,
    },
    2026: {
        "costs_max": D(6070),
        "steps": [
            (D(16710), D("26.75"), D(0), D(0)),
            (D(29500), D("42.80"), D("4469.93"), D(16710)),
            (D(51050), D("48.15"), D("9944.05"), D(29500)),
            (None, D("53.50"), D("20320.38"), D(51050)),
        ],
        "exempt": D("2987.98"),
        "quotient": D(13790),
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
    total = D(table["children"][min(children, 8)] + max(children - 8, 0) * table["more"])
    total += table["one"] * household.get("other_dependants", 0)
    total += table.get("in_care", 0) * household.get("dependants_66_plus_in_care", 0)
    if household.get("single_parent") and not is_couple(household):
        total += table["one"]
    if household.get("disabled_worker"):
        total += table["one"]
    if household.get("disabled_spouse") and is_couple(household):
        total += table["one"]
    if spouse(household) in ("small_own", "small_pension"):
        total += table[spouse(household)]
    return total


def annual(year, taxable, household):
    yearly = 12 * taxable
    net = yearly - min(cent(yearly * D("0.30")), TAX[year]["costs_max"])
    exempt = TAX[year]["exempt"]
    if spouse(household) == "none":
        imputed = min(cent(net * D("0.30")), TAX[year]["quotient"])
        return yearly, net, max(D(0), scale(year, imputed) + scale(year, net - imputed) - 2 * exempt)
    return yearly, net, max(D(0), scale(year, net) - exempt)


def special(base, household):
    if not is_couple(household):
        if base <= D("1945.38"):
            return D(0)
        if base <= D("2190.18"):
            return cent(D("0.0422") * (base - D("1945.38")))
        if base <= D("3737.00"):
            return D("10.33") + cent(D("0.0110") * (base - D("2190.18")))
        if base <= D("4100.00"):
            return D("27.35") + cent(D("0.0338") * (base - D("3737.00")))
        if base <= D("6038.82"):
            return D("39.61") + cent(D("0.0110") * (base - D("4100.00")))
        return D("60.94")
    above = max(D(0), base - D("2190.18"))
    if spouse(household) == "own":
        if base < D("1095.10"):
            return D(0)
        if base < D("1945.38"):
            return D("5.15")
        if base <= D("2190.18"):
            return max(D("5.15"), cent(D("0.0590") * (base - D("1945.38"))))
        return min(D("51.64"), D("14.44") + cent(D("0.0110") * above))
    if base < D("1945.38"):
        return D(0)
    if base <= D("2190.18"):
        return cent(D("0.0590") * (base - D("1945.38")))
    return min(D("60.94"), D("14.44") + cent(D("0.0110") * above))


def bonus_part(reference, greatest, floor, ceiling, slope):
    if reference <= D(floor):
        return D(greatest)
    if reference <= D(ceiling):
        return max(D(0), cent(D(greatest) - D(slope) * (reference - D(floor))))
    return D(0)


def bonus(day, pay, contribution, days):
    row = next(row for row in BONUS if row[0] <= day)
    reference, fraction = pay, D(1)
    if days and days[0] < days[1]:
        reference = cent(cent(pay / days[0]) * days[1]) if days[0] else D(0)
        fraction = cent(D(days[0]) / D(days[1]))
    part_a = cent(bonus_part(reference, *row[1:5]) * fraction)
    part_b = cent(bonus_part(reference, *row[5:9]) * fraction)
    part_a = min(part_a, contribution)
    return part_a, min(part_b, contribution - part_a)


def month(
    day, statute, gross, household, *, allowance=0, taxable_allowances=0, in_kind=0, untaxed=0, deductions=0, days=None
):
    year = int(day[:4])
    extra = D(allowance) + D(taxable_allowances)
    part_a = part_b = D(0)
    if statute == "contractual":
        base = gross + extra
        contribution = cent(base * D("0.1307"))
        part_a, part_b = bonus(day, base, contribution, days)
    else:
        base = gross
        contribution = cent(gross * D("0.075")) + cent(gross * D("0.0355"))
    cash = gross + extra - contribution + part_a + part_b
    taxable = cash + D(in_kind)
    yearly, net_yearly, base_tax = annual(year, taxable, household)
    family = reductions(year, household)
    fiscal = cent(part_a * D("0.3314")) + cent(part_b * D("0.5254"))
    tax = max(D(0), cent(max(D(0), base_tax - family) / 12) - fiscal)
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
        "net": cash - tax - extra_contribution + D(untaxed) - D(deductions),
    }


def exceptional(day, kind, amount, annual_pay, household, contribution=None):
    table = EXCEPTIONAL[int(day[:4])]
    contribution = cent(amount * D("0.1307")) if contribution is None else contribution
    row = sum(annual_pay > bound for bound in table["bounds"])
    percent = D(PERCENT[kind][row])
    children = household.get("children", 0) + household.get("disabled_children", 0)
    keep = D(1)
    if children and annual_pay <= table["exempt"][min(children, 12) - 1]:
        keep = D(0)
    elif children and annual_pay <= table["limits"][min(children, 5) - 1]:
        keep = 1 - D(CHILD_PERCENT[min(children, 5) - 1]) / 100
    taxable = amount - contribution
    tax = cent(taxable * percent / 100 * keep)
    return {
        "gross": amount,
        "contribution": contribution,
        "taxable": taxable,
        "rate_pct": percent,
        "withholding_tax": tax,
        "net": taxable - tax,
    }
