"""The values of one period of a law table, handed out by kind: a wrong kind names the file and the line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from payroll.engine.errors import LawFileInvalid
from payroll.engine.money import Cents, Rate

Kind = TypeVar("Kind", Rate, int)


@dataclass(frozen=True)
class Leaf:
    """One published figure: whole cents, a count or a rate, with the line it stands on."""

    value: Rate | int
    path: Path
    line: int

    def of_kind(self, kind: type[Kind], name: str) -> Kind:
        """Return the figure when it is of this kind; raises LawFileInvalid when its unit makes it another."""
        if not isinstance(self.value, kind):
            wanted = "a rate" if kind is Rate else "an amount or a count"
            raise LawFileInvalid(self.path, self.line, f"{name} must be {wanted}; correct its unit")
        return self.value


@dataclass(frozen=True)
class Row:
    """One row of a table by bracket."""

    cells: Mapping[str, Leaf]

    def cents_or(self, name: str, default: Cents) -> Cents:
        """Return the amount of a cell, or the default where the cell is left out or null."""
        return self.cells[name].of_kind(int, name) if name in self.cells else default

    def rate_or_zero(self, name: str) -> Rate:
        """Return the rate of a cell, zero where the cell is left out."""
        return self.cells[name].of_kind(Rate, name) if name in self.cells else Rate(0)


Node: TypeAlias = Leaf | Sequence[Leaf] | Sequence[Row]
