"""The points where serious sources read the law differently, each as a switch with a default."""

from dataclasses import dataclass
from enum import StrEnum


class SmallOwnIncome(StrEnum):
    """Which table of the special contribution holds for a spouse with a small income of their own.

    The income is under the threshold of the tax reduction, yet it is an income; the instructions do not settle
    it.
    """

    AS_WITHOUT_INCOME = "as_without_income"
    AS_WITH_INCOME = "as_with_income"


class Exemption(StrEnum):
    """What a reference pay at or under the limit for the children exempts of an exceptional payment.

    WHOLE: the payment altogether. UP_TO_LIMIT: the part that fills the gap between the reference pay and the
    limit.
    """

    WHOLE = "whole"
    UP_TO_LIMIT = "up_to_limit"


class AnnualReference(StrEnum):
    """What is taken twelve times as "normal annual gross pay": the gross pay, or the taxable pay."""

    GROSS = "gross"
    TAXABLE = "taxable"


@dataclass(frozen=True)
class Readings:
    """The readings that one calculation uses; the defaults follow the official text to the letter."""

    small_own_income: SmallOwnIncome = SmallOwnIncome.AS_WITHOUT_INCOME
    exemption: Exemption = Exemption.WHOLE
    annual_reference: AnnualReference = AnnualReference.GROSS
