"""What somebody's month comes to as it is kept: cents by the name of a wage type, a tax as what was withheld."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from payroll.engine.explain import LineColumn
from payroll.engine.money import Cents

Amounts: TypeAlias = Mapping[str, Cents]
TAXES = ("withholding_tax", "exceptional_withholding_tax")
CHILD_REDUCTION = "exceptional_child_reduction"
"""What children take off the tax on an exceptional payment, which stands beside that tax as a line of its own."""


def tax_of(amounts: Amounts) -> Cents:
    """Return the withholding tax among some amounts, whatever it was withheld from."""
    return sum(amounts.get(name, 0) for name in TAXES) - amounts.get(CHILD_REDUCTION, 0)


def by_person(lines: Sequence[LineColumn]) -> list[Amounts]:
    """Return each person's amounts as the slip names them, without zeros."""
    names = [line.wage_type.name.lower() for line in lines]
    columns = [(-line.amount if line.wage_type.is_deduction else line.amount).tolist() for line in lines]
    return [
        {name: amount for name, amount in zip(names, amounts, strict=True) if amount}
        for amounts in zip(*columns, strict=True)
    ]
