"""Law files are read strictly: every fault names the file and the line."""

from datetime import date
from pathlib import Path

import pytest

from payroll.engine.errors import LawFileInvalid
from payroll.engine.law_file import read_law_file
from payroll.engine.parameters import LAW

GOOD = """table: "levy"
title: "A levy"
reference: "Law of the levy"
units:
  rate: "percent"
  steps.upto: "eur_per_year"
  steps.base: "eur_per_year"
periods:
  - from: "2025-01-01"
    to: "2025-12-31"
    verified_until: "2025-12-31"
    source: "Published in 2025"
    status: "sourced"
    values:
      rate: "10"
      steps:
        - {upto: "100", base: "1"}
        - {upto: null, base: "2"}
  - from: "2026-01-01"
    to: null
    verified_until: null
    source: "Published in 2026"
    status: "unverified"
    values:
      rate: "11.5"
"""


@pytest.fixture
def law_file(tmp_path):
    def write(text):
        path = tmp_path / "levy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_good_file_is_read_with_its_periods(law_file):
    table = read_law_file(law_file(GOOD))

    assert [(period.valid_from, period.valid_to, period.status) for period in table.periods] == [
        (date(2025, 1, 1), date(2025, 12, 31), "sourced"),
        (date(2026, 1, 1), None, "unverified"),
    ]


@pytest.mark.parametrize("path", sorted(LAW.glob("*.yaml")), ids=lambda path: path.stem)
def test_packaged_file_follows_the_rules_and_bears_the_name_of_its_table(path):
    assert read_law_file(path).name == path.stem


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        (
            'rate: "10"',
            'rate: "10"\n      rate: "12"',
            16,
            'found duplicate key "rate" with value "12" (original value: "10")',
        ),
        ('rate: "10"', "rate: 10.5", 15, "rate must be a quoted string, not 10.5"),
        ('rate: "10"', "rate: 10", 15, "rate must be a quoted string, not 10"),
        ('rate: "10"', "rate: null", 15, "rate must be a quoted string, not None"),
        ('base: "1"', "base: 1.0", 17, "steps.base must be a quoted string, not 1.0"),
        ('    source: "Published in 2025"\n', "", 9, "source is missing"),
        ('source: "Published in 2025"', 'source: ""', 12, "source must be a quoted text, not ''"),
        (
            'status: "sourced"',
            'status: "guessed"',
            13,
            "status must be one of sourced, derived, unverified, not 'guessed'",
        ),
        ('  rate: "percent"\n', "", 14, "rate has no unit; add it under units"),
        (
            'rate: "percent"',
            'rate: "promille"',
            5,
            (
                "unknown unit 'promille'; known are eur, eur_per_month, eur_per_year, coefficient, percent, fraction, "
                "month"
            ),
        ),
        (
            '  rate: "percent"',
            '  rate: "percent"\n  gone: "percent"',
            6,
            "the unit of gone is given, but no period has it",
        ),
        ('from: "2026-01-01"', 'from: "2025-12-31"', 19, "the period from 2025-12-31 overlaps the one from 2025-01-01"),
        ('from: "2026-01-01"', 'from: "2026-01-02"', 19, "nothing is said between 2025-12-31 and 2026-01-02"),
        ('    to: "2025-12-31"', "    to: null", 19, "the period from 2026-01-01 overlaps the one from 2025-01-01"),
        ('    to: "2025-12-31"', '    to: "2024-12-31"', 10, "to 2024-12-31 lies before from 2025-01-01"),
        ('until: "2025-12-31"', 'until: "2024-12-31"', 11, "verified_until lies before from 2025-01-01"),
        (
            'until: "2025-12-31"',
            "until: null",
            11,
            "verified_until is null for unverified figures, and a date for all others",
        ),
        (
            "verified_until: null",
            'verified_until: "2026-06-30"',
            21,
            "verified_until is null for unverified figures, and a date for all others",
        ),
        ('from: "2025-01-01"', "from: 2025-01-01", 9, "from must be a quoted text, not datetime.date(2025, 1, 1)"),
        ('from: "2025-01-01"', 'from: "2025-02-30"', 9, "from must be a date such as '2026-01-01', not '2025-02-30'"),
        ("upto: null", 'upto: "200"', 18, "the last row, and only the last, has upto: null"),
        ('upto: "100"', "upto: null", 17, "the last row, and only the last, has upto: null"),
        (
            '        - {upto: "100", base: "1"}',
            '        - {upto: "100", base: "1"}\n        - {upto: "100", base: "1"}',
            18,
            "the upper bounds must ascend",
        ),
        (
            'title: "A levy"',
            'title: "A levy"\nauthor: "me"',
            3,
            "unknown key 'author'; known are table, title, reference, units, periods",
        ),
        ("        - {upto: null", "        - 5\n        - {upto: null", 18, "expected a mapping of names to values"),
        ('      rate: "11.5"\n', "      {}\n", 24, "expected a mapping of names to values"),
    ],
)
def test_fault_is_refused_with_its_line(law_file, old, new, line, reason):
    path = law_file(GOOD.replace(old, new, 1))

    with pytest.raises(LawFileInvalid) as refusal:
        read_law_file(path)

    assert (refusal.value.path, refusal.value.line, refusal.value.reason) == (path, line, reason)


def test_value_out_of_its_unit_names_the_line(law_file):
    with pytest.raises(LawFileInvalid) as refusal:
        read_law_file(law_file(GOOD.replace('"11.5"', '"115"')))

    assert (refusal.value.line, refusal.value.reason.split(":")[0]) == (25, "rate")


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "a: [", "\t- x"])
def test_file_that_is_no_table_is_refused(law_file, text):
    with pytest.raises(LawFileInvalid):
        read_law_file(law_file(text))


def test_empty_periods_are_refused(law_file):
    with pytest.raises(LawFileInvalid) as refusal:
        read_law_file(law_file(GOOD[: GOOD.index("periods:")] + "periods: []\n"))

    assert (refusal.value.line, refusal.value.reason) == (8, "periods must be a list with at least one entry")


def test_absent_file_is_refused_with_its_path():
    with pytest.raises(LawFileInvalid) as refusal:
        read_law_file(Path("absent.yaml"))

    assert str(refusal.value).startswith("absent.yaml:1: cannot be read:")


def test_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "levy.yaml"
    path.write_bytes(GOOD.replace("A levy", "caf\u00e9").encode("latin-1"))

    with pytest.raises(LawFileInvalid):
        read_law_file(path)
