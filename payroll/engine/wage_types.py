"""Wage types: the numbered lines of a slip, with their names in the four languages of the desk.

1xxx is pay, 2xxx contributions, 3xxx tax, 4xxx untaxed sums and deductions: these add up to the net. 9xxx
only informs. Of pay, 10xx bears contributions whatever the statute, 11xx and 12xx for contractual staff only; 15xx
to 18xx are paid apart from the month.
"""

from enum import StrEnum
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

LANGUAGES = ("nl", "fr", "de", "en")


_TAKEN_OFF = ("2", "3", "41")
_LESSENS_THAT = ("21", "311")


class WageType(StrEnum):
    """The code of a line."""

    GROSS = "1000"
    PENSION_BEARING_SUPPLEMENTS = "1010"
    HOUSEHOLD_RESIDENCE_ALLOWANCE = "1100"
    TAXABLE_ALLOWANCES = "1200"
    LANGUAGE_ALLOWANCE = "1210"
    FOUR_DAY_WEEK_PREMIUM = "1220"
    HOLIDAY_PAY = "1500"
    EXCEPTIONAL_PAYMENT = "1600"
    END_OF_YEAR_ALLOWANCE = "1700"
    ARREARS_OF_EARLIER_YEAR = "1800"
    CONTRIBUTION = "2000"
    PENSION_CONTRIBUTION = "2010"
    HEALTH_CONTRIBUTION = "2020"
    WORK_BONUS_A = "2100"
    WORK_BONUS_B = "2110"
    SPECIAL_CONTRIBUTION = "2200"
    SPECIAL_CONTRIBUTION_QUARTER = "2210"
    EXCEPTIONAL_CONTRIBUTION = "2300"
    END_OF_YEAR_CONTRIBUTION = "2310"
    WITHHOLDING_TAX = "3000"
    EXCEPTIONAL_WITHHOLDING_TAX = "3100"
    EXCEPTIONAL_CHILD_REDUCTION = "3110"
    UNTAXED_ALLOWANCES = "4000"
    TELEWORK_ALLOWANCE = "4010"
    BICYCLE_ALLOWANCE = "4020"
    NET_DEDUCTIONS = "4100"
    MEAL_VOUCHERS = "4110"
    BENEFITS_IN_KIND = "9000"
    TAXABLE = "9100"
    FULL_TIME_PAY = "9200"
    NET = "9900"

    @property
    def is_deduction(self) -> bool:
        """Whether the line is taken off: contributions, taxes and deductions, but not what lessens those."""
        return self.value.startswith(_TAKEN_OFF) and not self.value.startswith(_LESSENS_THAT)

    @property
    def informs_only(self) -> bool:
        """Whether the line stays out of the sum that makes the net."""
        return self.value.startswith("9")

    def label(self, language: str) -> str:
        """Return the name of the line in nl, fr, de or en."""
        return _labels()[self.name.lower()][language]


@cache
def _labels() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return {str(name): dict(names) for name, names in YAML(typ="safe", pure=True).load(text).items()}
