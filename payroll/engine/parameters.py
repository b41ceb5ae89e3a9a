"""Law by date: the published figures in force on a pay date, or a refusal that names the table and the date."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import NoReturn

from payroll.engine.errors import LawFileInvalid, ParameterMissing, PastVerified
from payroll.engine.law_file import Period, Table, read_law_file
from payroll.engine.law_values import Leaf, Node, Row
from payroll.engine.money import Cents, Rate
from payroll.engine.readings import DEFAULT, Readings
from payroll.engine.scale_file import NONE, Scales, read_scale_file

LAW = Path(__file__).parent / "law"
SIGNED = " signed"


@dataclass(frozen=True)
class InForce:
    """The period of one table that holds on a date; a value it lacks raises ParameterMissing on demand."""

    table: Table
    period: Period
    on: date
    by_override: bool

    @property
    def reference(self) -> str:
        """The legal reference, with the name and the date of the table; it says when an officer signed for it."""
        signed = ", signed for by an officer" if self.by_override else ""
        return f"{self.table.reference} ({self.table.name} {self.period.valid_from.isoformat()}{signed})"

    @property
    def version(self) -> str:
        """The date from which the figures are valid, and whether an officer signed for them: what a result keeps."""
        return self.period.valid_from.isoformat() + (SIGNED if self.by_override else "")

    def has(self, name: str) -> bool:
        """Say whether the period holds this value."""
        return name in self.period.values

    def cents(self, name: str) -> Cents:
        """Return an amount in cents."""
        return self._leaf(name).of_kind(int, name)

    def rate(self, name: str) -> Rate:
        """Return a rate."""
        return self._leaf(name).of_kind(Rate, name)

    def cents_list(self, name: str) -> list[Cents]:
        """Return a list of amounts in cents."""
        return [leaf.of_kind(int, name) for leaf in self._leaves(name)]

    def rate_list(self, name: str) -> list[Rate]:
        """Return a list of rates."""
        return [leaf.of_kind(Rate, name) for leaf in self._leaves(name)]

    def rows(self, name: str) -> Sequence[Row]:
        """Return the rows of a table by bracket."""
        node = self._node(name)
        rows = [item for item in node if isinstance(item, Row)] if not isinstance(node, Leaf) else []
        return rows or self._wrong_shape(name, "a list of rows")

    def _leaf(self, name: str) -> Leaf:
        node = self._node(name)
        return node if isinstance(node, Leaf) else self._wrong_shape(name, "one value")

    def _leaves(self, name: str) -> Sequence[Leaf]:
        node = self._node(name)
        leaves = [item for item in node if isinstance(item, Leaf)] if not isinstance(node, Leaf) else []
        return leaves or self._wrong_shape(name, "a list of values")

    def _node(self, name: str) -> Node:
        if name not in self.period.values:
            raise ParameterMissing(self.table.name, self.on, name)
        return self.period.values[name]

    def _wrong_shape(self, name: str, wanted: str) -> NoReturn:
        raise LawFileInvalid(self.table.path, self.period.line, f"{name} must be {wanted}")


@dataclass(frozen=True)
class ParameterSet:
    """All law of one calculation; two sets with the same fingerprint hold the same figures, signatures and readings.

    `signed_until` holds, per table, the date until which a payroll officer signed for figures past their
    verified date; a result that rests on such a signature says so. `scales` are the pay scales of the operator,
    `readings` how disputed points are read.
    """

    tables: Mapping[str, Table]
    fingerprint: str
    signed_until: Mapping[str, date] = field(default_factory=dict)
    scales: Scales = NONE
    readings: Readings = DEFAULT

    def in_force(self, name: str, on: date) -> InForce:
        """Return the period of one table on a date; raises as `all_in_force` does."""
        return self.all_in_force((name,), on)[name]

    def all_in_force(self, names: Iterable[str], on: date) -> dict[str, InForce]:
        """Return the period of each table on a date.

        Raises ParameterMissing when a table has no period for the date, PastVerified with every table whose figures
        were not verified for the date and for which nobody signed.
        """
        found = {name: self._at(name, on) for name in names}
        unsigned = {
            name: law.period.verified_until
            for name, law in found.items()
            if law.by_override and on > self.signed_until.get(name, date.min)
        }
        if unsigned:
            raise PastVerified(unsigned, on)
        return found

    def _at(self, name: str, on: date) -> InForce:
        table = self.tables[name]
        for period in table.periods:
            if period.valid_from <= on and (period.valid_to is None or on <= period.valid_to):
                verified = period.verified_until is not None and on <= period.verified_until
                return InForce(table, period, on, by_override=not verified)
        raise ParameterMissing(name, on)

    def signed(self, name: str, until: date) -> "ParameterSet":
        """Return the set with an officer's signature for one table until a date, included.

        Raises ParameterMissing for a name that is no table.
        """
        if name not in self.tables:
            raise ParameterMissing(name, until)
        fingerprint = hashlib.sha256(f"{self.fingerprint} signed {name} {until}".encode()).hexdigest()
        return replace(self, fingerprint=fingerprint, signed_until={**self.signed_until, name: until})

    def read_by(self, readings: Readings) -> "ParameterSet":
        """Return the set read in this way: another way is another law, the way in which it is read already is not."""
        if readings == self.readings:
            return self
        fingerprint = hashlib.sha256(f"{self.fingerprint} read {sorted(asdict(readings).items())}".encode()).hexdigest()
        return replace(self, fingerprint=fingerprint, readings=readings)


@cache
def packaged() -> ParameterSet:
    """Return the law that ships with the engine; raises LawFileInvalid when a file breaks the rules."""
    return _gather({path.stem: path for path in sorted(LAW.glob("*.yaml"))})


def with_replacements(replacements: Mapping[str, Path]) -> ParameterSet:
    """Return the packaged law with some tables read from other files, by table name.

    Raises LawFileInvalid for a name that is no table, a file of another table, or a faulty file.
    """
    paths = {path.stem: path for path in sorted(LAW.glob("*.yaml"))}
    for name, path in replacements.items():
        if name not in paths:
            raise LawFileInvalid(path, 1, f"there is no table {name!r}; the tables are {', '.join(paths)}")
    return _gather({**paths, **replacements}) if replacements else packaged()


def with_scales(law: ParameterSet, path: Path) -> ParameterSet:
    """Return the law with the pay scales of a file. Raises LawFileInvalid for a faulty one."""
    scales = read_scale_file(path)
    fingerprint = hashlib.sha256(law.fingerprint.encode() + path.read_bytes()).hexdigest()
    return replace(law, fingerprint=fingerprint, scales=scales)


def _gather(paths: Mapping[str, Path]) -> ParameterSet:
    tables = {name: read_law_file(path) for name, path in paths.items()}
    digest = hashlib.sha256()
    for name, table in tables.items():
        if table.name != name:
            raise LawFileInvalid(table.path, 1, f"the table is named {table.name!r}, expected {name!r}")
        digest.update(name.encode() + b"\0" + table.path.read_bytes() + b"\0")
    return ParameterSet(tables, digest.hexdigest())
