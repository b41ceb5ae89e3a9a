"""Tables by bracket: an amount picks the first row whose upper bound it does not exceed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from payroll.engine.law_values import Row
from payroll.engine.money import RATE_SCALE, CentsColumn, half_up_to_cent

UNBOUNDED = int(np.iinfo(np.int64).max)


def find_rows(upper_bounds: CentsColumn, amounts: CentsColumn) -> CentsColumn:
    """Return for each amount the number of its row; upper bounds are inclusive."""
    return np.searchsorted(upper_bounds, amounts, side="left").astype(np.int64)


@dataclass(frozen=True)
class Brackets:
    """Rows of base + rate x (amount - lower bound), kept between a least and a greatest result, in cents."""

    upper_bounds: CentsColumn
    bases: CentsColumn
    lower_bounds: CentsColumn
    rates: CentsColumn
    least: CentsColumn
    greatest: CentsColumn

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Build from the rows of a law file (upto, base, over, rate, min, max); only the last may lack upto."""
        return cls(
            upper_bounds=_column([row.cents_or("upto", UNBOUNDED) for row in rows]),
            bases=_column([row.cents_or("base", 0) for row in rows]),
            lower_bounds=_column([row.cents_or("over", 0) for row in rows]),
            rates=_column([row.rate_or_zero("rate").ten_thousandths for row in rows]),
            least=_column([row.cents_or("min", 0) for row in rows]),
            greatest=_column([row.cents_or("max", UNBOUNDED) for row in rows]),
        )

    def apply(self, amounts: CentsColumn) -> CentsColumn:
        """Return the result of each amount, the product half up to the cent before the base is added."""
        row = find_rows(self.upper_bounds, amounts)
        product = half_up_to_cent((amounts - self.lower_bounds[row]) * self.rates[row], RATE_SCALE)
        results: CentsColumn = np.clip(self.bases[row] + product, self.least[row], self.greatest[row])
        return results


def _column(values: list[int]) -> CentsColumn:
    return np.array(values, dtype=np.int64)
