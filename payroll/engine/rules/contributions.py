"""Personal contributions by statute, because each statute has its own base and its own rates."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from payroll.engine.money import CentsColumn, share
from payroll.engine.parameters import InForce

TABLE = "contributions"


class Statute(StrEnum):
    """The two regimes of federal staff."""

    CONTRACTUAL = "contractual"
    STATUTORY = "statutory"


@dataclass(frozen=True)
class Contributions:
    """The base and the contributions on it, in cents; a statute that lacks one has zeros."""

    base: CentsColumn
    general: CentsColumn
    pension: CentsColumn
    health: CentsColumn

    @property
    def total(self) -> CentsColumn:
        """All personal contributions, before the work bonus."""
        return self.general + self.pension + self.health


def contribution_base(statute: Statute, gross: CentsColumn, allowances: CentsColumn) -> CentsColumn:
    """Return what contributions are due on.

    Contractual staff pay on gross and allowances (household or residence allowance and taxable allowances);
    statutory staff on the gross pay alone (KB/AR 28/11/1969 art. 30 par. 2).
    """
    return gross + allowances if statute is Statute.CONTRACTUAL else gross


def contributions(statute: Statute, base: CentsColumn, law: InForce) -> Contributions:
    """Return 13.07 % of the base for contractual staff; 7.5 % pension and 3.55 % health for statutory staff.

    Each is rounded half up to the cent (law 29/06/1981 art. 38).
    """
    nothing = np.zeros_like(base)
    if statute is Statute.CONTRACTUAL:
        return Contributions(base, share(base, law.rate("contractual")), nothing, nothing)
    pension = share(base, law.rate("statutory_pension"))
    return Contributions(base, nothing, pension, share(base, law.rate("statutory_health")))


def exceptional_contribution(amount: CentsColumn, law: InForce) -> CentsColumn:
    """Return the contribution on holiday pay and other exceptional payments, 13.07 % of the whole amount."""
    return share(amount, law.rate("exceptional_payment"))
