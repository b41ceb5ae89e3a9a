"""The fiscal work bonus: a share of the social work bonus comes off the withholding tax."""

from payroll.engine.money import CentsColumn, share
from payroll.engine.parameters import InForce
from payroll.engine.rules.work_bonus import WorkBonus

TABLE = "fiscal_work_bonus"


def fiscal_work_bonus(bonus: WorkBonus, law: InForce) -> CentsColumn:
    """Return the theoretical reduction of a month: 33.14 % of part A and 52.54 % of part B, each half up.

    Formule-clé no 20; the tax itself does not go below zero.
    """
    return share(bonus.part_a, law.rate("part_a")) + share(bonus.part_b, law.rate("part_b"))
