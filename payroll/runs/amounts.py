"""What somebody's month comes to as it is kept: cents by the name of a wage type, a tax as what was withheld."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from payroll.engine.explain import LineColumn
from payroll.engine.money import Cents

Amounts: TypeAlias = Mapping[str, Cents]


def by_person(lines: Sequence[LineColumn]) -> list[Amounts]:
    """Return each person's amounts as the slip names them, without zeros."""
    names = [line.wage_type.name.lower() for line in lines]
    columns = [(-line.amount if line.wage_type.is_deduction else line.amount).tolist() for line in lines]
    return [
        {name: amount for name, amount in zip(names, amounts, strict=True) if amount}
        for amounts in zip(*columns, strict=True)
    ]
