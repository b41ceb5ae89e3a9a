"""What each kind of fact holds: whole cents, whole numbers and the words of the law, never a float."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from payroll.engine.household import CivilStatus, Household, SpouseIncome
from payroll.engine.money import Cents
from payroll.engine.rules.contributions import Statute
from payroll.facts.timeline import Values


@dataclass(frozen=True)
class Pay:
    """The pay of a full-time month in cents, the part of full time as an exact fraction, and the statute.

    The statute stands here, and not only with the person, so that a month that is calculated again keeps its own.
    """

    gross_month: Cents
    fraction_numerator: int
    fraction_denominator: int
    statute: Statute

    @classmethod
    def of(cls, values: Values) -> "Pay":
        """Read what a fact of kind pay holds."""
        return cls(**{**values, "statute": Statute(values["statute"])})

    @property
    def values(self) -> dict[str, Any]:
        """What a fact of kind pay keeps."""
        return asdict(self)


@dataclass(frozen=True)
class Placed:
    """A place on a pay scale in the stead of an amount: the step, or the day from which pecuniary seniority counts.

    What a full-time month of it comes to stands in the scales of the operator, and in no fact.
    """

    scale: str
    step: str | None
    seniority_from: date | None
    fraction_numerator: int
    fraction_denominator: int
    statute: Statute

    @classmethod
    def of(cls, values: Values) -> "Placed | None":
        """Read what a fact of kind scale holds; None where nobody said the statute, or neither step nor seniority."""
        step, since, statute = (values.get(name) for name in ("step", "seniority_from", "statute"))
        if statute is None or (step is None and since is None):
            return None
        part = Fraction(str(values.get("fraction") or 1))
        day = date.fromisoformat(str(since)) if since is not None else None
        return cls(str(values["scale"]), step, day, part.numerator, part.denominator, Statute(statute))

    def years_on(self, day: date) -> int:
        """Return the whole years of pecuniary seniority on a day; none where the step is stated."""
        since = self.seniority_from
        if since is None:
            return 0
        return max(day.year - since.year - ((day.month, day.day) < (since.month, since.day)), 0)


def household(values: Values) -> Household | None:
    """Read what is known of a household, or None as long as nobody said all that it takes."""
    stated = {name: value for name, value in values.items() if value is not None}
    if not {"civil_status", "children", "other_dependants"} <= stated.keys():
        return None
    return Household(
        **{
            **stated,
            "civil_status": CivilStatus(stated["civil_status"]),
            "spouse_income": SpouseIncome(stated.get("spouse_income", SpouseIncome.NONE)),
        }
    )


def household_values(household: Mapping[str, str | int]) -> dict[str, Any]:
    """Return what a fact of kind household keeps: who has no spouse has no income of a spouse."""
    couple = Household(civil_status=CivilStatus(str(household["civil_status"]))).couple
    return {**household, "spouse_income": household["spouse_income"] if couple else SpouseIncome.NONE.value}
