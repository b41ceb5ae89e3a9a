"""Says in one sentence each how the administration reads the disputed points of the law."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import NamedTuple

from casework.portal.shell.wording import sentence
from payroll.engine.readings import (
    DEFAULT,
    AllowanceTaper,
    AnnualReference,
    Centenindex,
    Exemption,
    Readings,
    SmallOwnIncome,
)
from payroll.pages.speech import Speech

SAID: Mapping[StrEnum, str] = {
    SmallOwnIncome.AS_WITHOUT_INCOME: sentence(
        "For the special social security contribution, a small income of a spouse counts as none."
    ),
    SmallOwnIncome.AS_WITH_INCOME: sentence(
        "For the special social security contribution, a small income of a spouse counts as an income."
    ),
    Exemption.WHOLE: sentence(
        "Whose annual pay is within the limit for the children owes no tax on an exceptional payment."
    ),
    Exemption.UP_TO_LIMIT: sentence(
        "Whose annual pay is within the limit for the children owes no tax on the part of an exceptional payment that"
        " fills the gap to the limit."
    ),
    AnnualReference.GROSS: sentence("The tax on an exceptional payment follows twelve times the gross pay of a month."),
    AnnualReference.TAXABLE: sentence(
        "The tax on an exceptional payment follows twelve times the taxable pay of a month."
    ),
    Centenindex.FULL_TIME_MONTH: sentence("Where the law caps an indexation, the cap holds for a full-time month."),
    Centenindex.UNCAPPED: sentence("Where the law caps an indexation, pay is indexed in full all the same."),
    AllowanceTaper.BANDS: sentence("The household and residence allowance falls by bands."),
    AllowanceTaper.TAPERED: sentence("The household and residence allowance falls gradually."),
}


class Told(NamedTuple):
    """How one point is read, in words, and whether that is the usual way."""

    text: str
    is_usual: bool


def told(readings: Readings, speech: Speech) -> list[Told]:
    """Return how each disputed point is read."""
    usual = asdict(DEFAULT)
    return [Told(speech.translate(SAID[choice]), choice == usual[name]) for name, choice in asdict(readings).items()]
