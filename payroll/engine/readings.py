"""The points where serious sources read the law differently, each as a switch with a default."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
    """What of a usual whole month is taken twelve times as "normal annual gross pay".

    GROSS: the pay and its allowances. TAXABLE: the same, less the contributions and with the work bonus.
    """

    GROSS = "gross"
    TAXABLE = "taxable"


class Centenindex(StrEnum):
    """On what the cap of an indexation is measured, of which only the first 4000 euro of a month count.

    FULL_TIME_MONTH: the full-time month of the scale, of which part time then takes its share. UNCAPPED: nothing, as
    before June 2026.
    """

    FULL_TIME_MONTH = "full_time_month"
    UNCAPPED = "uncapped"


class AllowanceTaper(StrEnum):
    """Whether the household and residence allowance falls by bands alone, or gradually between them.

    The gradual rows are unverified: TAPERED stops with the name of their table unless an officer signed for it.
    """

    BANDS = "bands"
    TAPERED = "tapered"


@dataclass(frozen=True)
class Readings:
    """How one calculation reads the law; the defaults follow the official text to the letter."""

    small_own_income: SmallOwnIncome = SmallOwnIncome.AS_WITHOUT_INCOME
    exemption: Exemption = Exemption.WHOLE
    annual_reference: AnnualReference = AnnualReference.GROSS
    centenindex: Centenindex = Centenindex.FULL_TIME_MONTH
    allowance_taper: AllowanceTaper = AllowanceTaper.BANDS


DEFAULT = Readings()
CHOICES: Mapping[str, type[StrEnum]] = {name: type(choice) for name, choice in asdict(DEFAULT).items()}
"""What each reading can be, by its name."""
