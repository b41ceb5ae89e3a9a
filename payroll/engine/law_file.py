"""Reads one law file and refuses whatever a payroll officer could overlook, with the file and the line.

A law file is one legal notion: its name, title and legal reference, the unit of each value, and dated periods
that follow each other without gap or overlap, each with its source, status and values. Every scalar is a
quoted string: a float or a date that YAML makes by itself is an error.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from payroll.engine.errors import AmountInvalid, LawFileInvalid, RateInvalid
from payroll.engine.law_values import Leaf, Node, Row
from payroll.engine.money import Rate, parse_cents, parse_month

UNVERIFIED = "unverified"
STATUSES = ("sourced", "derived", UNVERIFIED)
UNITS: Mapping[str, Callable[[str], Rate | int]] = {
    "eur": parse_cents,
    "eur_per_month": parse_cents,
    "eur_per_year": parse_cents,
    "coefficient": Rate.of_coefficient,
    "percent": Rate.of_percent,
    "fraction": Rate.of_fraction,
    "month": parse_month,
}
_HEAD = ("table", "title", "reference", "units", "periods")
_PERIOD = ("from", "to", "verified_until", "source", "status", "values")


@dataclass(frozen=True)
class Period:
    """The values of a table from one date to another, both included; unverified figures have no verified date."""

    valid_from: date
    valid_to: date | None
    verified_until: date | None
    source: str
    status: str
    values: Mapping[str, Node]
    line: int


@dataclass(frozen=True)
class Table:
    """One legal notion: its dated periods, oldest first; `digest` is the SHA-256 of the file, in hexadecimal."""

    name: str
    title: str
    reference: str
    path: Path
    periods: Sequence[Period]
    digest: str


def read_law_file(path: Path) -> Table:
    """Read and check one law file; raises LawFileInvalid with the line of the first fault."""
    return _Reader(path).read()


def load_yaml(path: Path) -> Any:
    """Return what a YAML file holds, with its lines; raises LawFileInvalid for what is no YAML or names a key twice."""
    try:
        return YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark is not None else 0
        raise LawFileInvalid(path, line + 1, str(error.problem)) from error
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise LawFileInvalid(path, 1, f"cannot be read: {error}") from error


class _Reader:
    """Walks one file; every fault becomes a LawFileInvalid with its line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Table:
        head = self._mapping(load_yaml(self.path), 0)
        self._check_keys(head, _HEAD)
        units = self._units(head)
        periods = [self._period(node, units) for node in self._sequence(head, "periods")]
        self._check_succession(head, periods)
        self._check_units_used(head, periods, units)
        return Table(
            self._text(head, "table"),
            self._text(head, "title"),
            self._text(head, "reference"),
            self.path,
            periods,
            hashlib.sha256(self.path.read_bytes()).hexdigest(),
        )

    def _fail(self, line: int, reason: str) -> NoReturn:
        raise LawFileInvalid(self.path, line + 1, reason)

    def _mapping(self, node: Any, line: int) -> CommentedMap:
        if not isinstance(node, CommentedMap) or not node:
            self._fail(line, "expected a mapping of names to values")
        return node

    def _sequence(self, parent: CommentedMap, key: str) -> list[tuple[Any, int]]:
        node = parent[key]
        if not isinstance(node, CommentedSeq) or not node:
            self._fail(parent.lc.key(key)[0], f"{key} must be a list with at least one entry")
        return [(item, node.lc.item(index)[0]) for index, item in enumerate(node)]

    def _check_keys(self, node: CommentedMap, allowed: tuple[str, ...]) -> None:
        for key in node:
            if key not in allowed:
                self._fail(node.lc.key(key)[0], f"unknown key {key!r}; known are {', '.join(allowed)}")
        for key in allowed:
            if key not in node:
                self._fail(node.lc.line, f"{key} is missing")

    def _text(self, node: CommentedMap, key: str) -> str:
        value = node[key]
        if not isinstance(value, str) or not value.strip():
            self._fail(node.lc.key(key)[0], f"{key} must be a quoted text, not {value!r}")
        return str(value)

    def _date(self, node: CommentedMap, key: str) -> date:
        text = self._text(node, key)
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._fail(node.lc.key(key)[0], f"{key} must be a date such as '2026-01-01', not {text!r}")

    def _units(self, head: CommentedMap) -> dict[str, str]:
        units = self._mapping(head["units"], head.lc.key("units")[0])
        for name in units:
            if self._text(units, name) not in UNITS:
                self._fail(units.lc.key(name)[0], f"unknown unit {units[name]!r}; known are {', '.join(UNITS)}")
        return {str(name): str(unit) for name, unit in units.items()}

    def _period(self, entry: tuple[Any, int], units: Mapping[str, str]) -> Period:
        node = self._mapping(*entry)
        self._check_keys(node, _PERIOD)
        status = self._text(node, "status")
        if status not in STATUSES:
            self._fail(node.lc.key("status")[0], f"status must be one of {', '.join(STATUSES)}, not {status!r}")
        valid_from = self._date(node, "from")
        valid_to = None if node["to"] is None else self._date(node, "to")
        verified_until = self._verified_until(node, status, valid_from)
        if valid_to is not None and valid_to < valid_from:
            self._fail(node.lc.key("to")[0], f"to {valid_to} lies before from {valid_from}")
        values = self._mapping(node["values"], node.lc.key("values")[0])
        nodes = {str(name): self._node(values, name, units) for name in values}
        return Period(valid_from, valid_to, verified_until, self._text(node, "source"), status, nodes, entry[1] + 1)

    def _verified_until(self, node: CommentedMap, status: str, valid_from: date) -> date | None:
        line = node.lc.key("verified_until")[0]
        if (status == UNVERIFIED) != (node["verified_until"] is None):
            self._fail(line, "verified_until is null for unverified figures, and a date for all others")
        if node["verified_until"] is None:
            return None
        verified_until = self._date(node, "verified_until")
        if verified_until < valid_from:
            self._fail(line, f"verified_until lies before from {valid_from}")
        return verified_until

    def _node(self, values: CommentedMap, name: str, units: Mapping[str, str]) -> Node:
        value = values[name]
        line = values.lc.key(name)[0]
        if not isinstance(value, CommentedSeq):
            return self._leaf(value, line, name, units)
        items = self._sequence(values, name)
        if isinstance(items[0][0], CommentedMap):
            return self._rows(items, name, units)
        return [self._leaf(item, item_line, name, units) for item, item_line in items]

    def _rows(self, items: list[tuple[Any, int]], name: str, units: Mapping[str, str]) -> list[Row]:
        rows = []
        for item, line in items:
            cells = self._mapping(item, line)
            rows.append(
                Row(
                    {
                        str(cell): self._leaf(value, cells.lc.key(cell)[0], f"{name}.{cell}", units)
                        for cell, value in cells.items()
                        if not (cell == "upto" and value is None)
                    }
                )
            )
        self._check_ascending(rows, items)
        return rows

    def _check_ascending(self, rows: list[Row], items: list[tuple[Any, int]]) -> None:
        bounds = [row.cents_or("upto", -1) for row in rows]
        for index, bound in enumerate(bounds):
            last = index == len(bounds) - 1
            if last != (bound == -1):
                self._fail(items[index][1], "the last row, and only the last, has upto: null")
            if index and not last and bound <= bounds[index - 1]:
                self._fail(items[index][1], "the upper bounds must ascend")

    def _leaf(self, value: Any, line: int, name: str, units: Mapping[str, str]) -> Leaf:
        if name not in units:
            self._fail(line, f"{name} has no unit; add it under units")
        if not isinstance(value, str):
            self._fail(line, f"{name} must be a quoted string, not {value!r}")
        try:
            return Leaf(UNITS[units[name]](value), self.path, line + 1)
        except (AmountInvalid, RateInvalid) as error:
            raise LawFileInvalid(self.path, line + 1, f"{name}: {error}") from error

    def _check_succession(self, head: CommentedMap, periods: list[Period]) -> None:
        lines = [line for _, line in self._sequence(head, "periods")]
        for earlier, later, line in zip(periods, periods[1:], lines[1:], strict=False):
            if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
                self._fail(line, f"the period from {later.valid_from} overlaps the one from {earlier.valid_from}")
            if later.valid_from != earlier.valid_to + timedelta(days=1):
                self._fail(line, f"nothing is said between {earlier.valid_to} and {later.valid_from}")

    def _check_units_used(self, head: CommentedMap, periods: list[Period], units: Mapping[str, str]) -> None:
        used = {name for period in periods for name in _names(period.values)}
        for name in units:
            if name not in used:
                self._fail(head["units"].lc.key(name)[0], f"the unit of {name} is given, but no period has it")


def _names(values: Mapping[str, Node]) -> set[str]:
    names: set[str] = set()
    for name, node in values.items():
        rows = [item for item in node if isinstance(item, Row)] if not isinstance(node, Leaf) else []
        names.update(f"{name}.{cell}" for row in rows for cell in row.cells)
        if not rows:
            names.add(name)
    return names
