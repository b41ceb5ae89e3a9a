"""The household of each person, as far as tax and the special contribution look at it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from payroll.engine.errors import ColumnsInvalid

CountColumn: TypeAlias = NDArray[np.int64]
FlagColumn: TypeAlias = NDArray[np.bool_]

MOST_DEPENDANTS = 99


class CivilStatus(StrEnum):
    """The civil statuses; married people and legal cohabitants are taxed as a couple."""

    SINGLE = "single"
    MARRIED = "married"
    LEGAL_COHABITANT = "legal_cohabitant"
    WIDOWED = "widowed"
    DIVORCED = "divorced"
    SEPARATED = "separated"


class SpouseIncome(StrEnum):
    """The income of the spouse; NONE includes a pension at or under the no-revenue threshold."""

    NONE = "none"
    OWN = "own"
    SMALL_OWN = "small_own"
    SMALL_PENSION = "small_pension"


@dataclass(frozen=True)
class Household:
    """One person's household; `children` includes the disabled children, who count twice."""

    civil_status: CivilStatus = CivilStatus.SINGLE
    spouse_income: SpouseIncome = SpouseIncome.NONE
    children: int = 0
    disabled_children: int = 0
    single_parent: bool = False
    other_dependants: int = 0
    dependants_66_plus_in_care: int = 0
    disabled_worker: bool = False
    disabled_spouse: bool = False

    @property
    def couple(self) -> bool:
        """Whether the person is married or a legal cohabitant."""
        return self.civil_status in (CivilStatus.MARRIED, CivilStatus.LEGAL_COHABITANT)

    @property
    def spouse_without_income(self) -> bool:
        """Whether there is a spouse who has no income of any kind: scale II."""
        return self.couple and self.spouse_income is SpouseIncome.NONE


@dataclass(frozen=True)
class HouseholdColumns:
    """The households of many people; the spouse's columns are false where there is no spouse."""

    couple: FlagColumn
    spouse_own: FlagColumn
    spouse_small_own: FlagColumn
    spouse_small_pension: FlagColumn
    children: CountColumn
    single_parent: FlagColumn
    other_dependants: CountColumn
    dependants_66_plus_in_care: CountColumn
    disabled_worker: FlagColumn
    disabled_spouse: FlagColumn

    def __post_init__(self) -> None:
        """Refuse columns of different lengths and counts out of bounds, with ColumnsInvalid."""
        columns = [getattr(self, column.name) for column in fields(self)]
        if len({column.shape for column in columns}) != 1:
            raise ColumnsInvalid("The household columns differ in length.")
        for counts in (self.children, self.other_dependants, self.dependants_66_plus_in_care):
            if counts.size and (counts.min() < 0 or counts.max() > 2 * MOST_DEPENDANTS):
                raise ColumnsInvalid(f"A household counts from 0 to {MOST_DEPENDANTS} dependants of a kind.")

    @classmethod
    def of(cls, households: Iterable[Household]) -> Self:
        """Build the columns: disabled children count twice, a spouse's facts count in a couple only.

        The single-parent reduction is for who lives without a spouse; that for a disabled spouse is for scale II
        alone (formule-clé annexes 4 and 5): a spouse with an income has it on that income.
        """
        people = list(households)
        return cls(
            couple=_flags(person.couple for person in people),
            spouse_own=_spouse_has(people, SpouseIncome.OWN),
            spouse_small_own=_spouse_has(people, SpouseIncome.SMALL_OWN),
            spouse_small_pension=_spouse_has(people, SpouseIncome.SMALL_PENSION),
            children=_counts(person.children + person.disabled_children for person in people),
            single_parent=_flags(person.single_parent and not person.couple for person in people),
            other_dependants=_counts(person.other_dependants for person in people),
            dependants_66_plus_in_care=_counts(person.dependants_66_plus_in_care for person in people),
            disabled_worker=_flags(person.disabled_worker for person in people),
            disabled_spouse=_flags(person.disabled_spouse and person.spouse_without_income for person in people),
        )

    @property
    def scale_two(self) -> FlagColumn:
        """Whether scale II applies: a couple of which the spouse has no income of any kind."""
        return self.couple & ~(self.spouse_own | self.spouse_small_own | self.spouse_small_pension)


def _flags(values: Iterable[bool]) -> FlagColumn:
    return np.array(list(values), dtype=np.bool_)


def _counts(values: Iterable[int]) -> CountColumn:
    return np.array(list(values), dtype=np.int64)


def _spouse_has(people: list[Household], income: SpouseIncome) -> FlagColumn:
    return _flags(person.couple and person.spouse_income is income for person in people)
