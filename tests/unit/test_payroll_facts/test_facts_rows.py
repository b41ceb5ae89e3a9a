"""A facts file is read strictly: each bad row has its line and a reason that says what to do."""

from datetime import date

import pytest

from payroll.facts.importing import COLUMNS, FactRow, read_facts
from payroll.facts.timeline import FOREVER

HEADING = ",".join(COLUMNS)
GOOD = "E100,2026-01-01,,3000.00,1,single,none,0,0,hired"


def _file(*rows: str) -> str:
    return "\n".join((HEADING, *rows)) + "\n"


def test_read_facts_reads_cents_fractions_and_an_open_end() -> None:
    rows, problems = read_facts(
        _file("E100,2026-01-01,2026-06-30,3000.5,0.80,married,own,2,1,hired", GOOD.replace("E100", "E101"))
    )

    assert problems == []
    assert rows == [
        FactRow(
            2, "E100", date(2026, 1, 1), date(2026, 6, 30), 300050, (8, 10),
            {"civil_status": "married", "spouse_income": "own", "children": 2, "other_dependants": 1}, "hired",
        ),
        FactRow(
            3, "E101", date(2026, 1, 1), FOREVER, 300000, (1, 1),
            {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0}, "hired",
        ),
    ]  # fmt: skip


def test_read_facts_forgets_the_income_of_a_spouse_that_nobody_has() -> None:
    rows, _ = read_facts(_file(GOOD.replace("none", "own")))

    assert rows[0].household["spouse_income"] == "none"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("employee_number", "", "employee_number must be filled in"),
        ("valid_from", "01/09/2026", "valid_from '01/09/2026' is not a date; write it as 2026-09-01"),
        ("valid_from", "2026-02-30", "valid_from '2026-02-30' is not a date; write it as 2026-09-01"),
        ("valid_from", "20260901", "valid_from '20260901' is not a date; write it as 2026-09-01"),
        ("valid_to", "2025-12-31", "valid_to 2025-12-31 lies before valid_from 2026-01-01"),
        ("fraction", "80%", "fraction '80%' is not a decimal above 0 and up to 1, such as 1 or 0.8"),
        ("fraction", "0", "fraction '0' is not a decimal above 0 and up to 1, such as 1 or 0.8"),
        ("fraction", "1.2", "fraction '1.2' is not a decimal above 0 and up to 1, such as 1 or 0.8"),
        ("fraction", ".5", "fraction '.5' is not a decimal above 0 and up to 1, such as 1 or 0.8"),
        ("civil_status", "alone",
         "civil_status 'alone' is not one of single married legal_cohabitant widowed divorced separated"),
        ("spouse_income", "much", "spouse_income 'much' is not one of none own small_own small_pension"),
        ("children", "-1", "children '-1' is not a whole number from 0 to 99"),
        ("children", "1.5", "children '1.5' is not a whole number from 0 to 99"),
        ("other_dependants", "100", "other_dependants '100' is not a whole number from 0 to 99"),
    ],
)  # fmt: skip
def test_read_facts_refuses_a_cell_with_its_line_and_a_reason(column: str, value: str, reason: str) -> None:
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True))
    bad = ",".join({**cells, column: value}.values())

    rows, problems = read_facts(_file(GOOD.replace("E100", "E101"), bad))

    assert [row.employee_number for row in rows] == ["E101"]
    assert [(problem.line, problem.reason) for problem in problems] == [(3, reason)]


@pytest.mark.parametrize("amount", ["3.000,00", "-3000", "3000.001", "1e4", "99999999999"])
def test_read_facts_refuses_an_amount_that_is_not_whole_cents(amount: str) -> None:
    _, problems = read_facts(_file(GOOD.replace("3000.00", f'"{amount}"')))

    assert problems[0].line == 2
    assert problems[0].reason.startswith(f"gross_month: {amount!r} is not an amount")


def test_read_facts_asks_what_the_partner_of_a_couple_earns() -> None:
    _, problems = read_facts(_file(GOOD.replace("single,none", "married,")))

    assert problems[0].reason == "spouse_income must be filled in for married: none own small_own small_pension"


def test_read_facts_refuses_a_second_row_of_one_person_from_the_same_day() -> None:
    rows, problems = read_facts(_file(GOOD, GOOD.replace("3000", "3100")))

    assert [row.gross_month for row in rows] == [300000]
    assert [(one.line, one.reason) for one in problems] == [
        (3, "employee_number E100 has a row from 2026-01-01 on line 2 too")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the heading lacks employee_number, valid_from, civil_status"),
        (HEADING.replace("civil_status", "part"), "the heading lacks civil_status"),
        (f"{HEADING},bonus", "unknown column bonus"),
        (f"{HEADING},reason", "the heading repeats reason"),
    ],
)
def test_read_facts_refuses_a_heading_as_a_whole(text: str, reason: str) -> None:
    rows, problems = read_facts(text)

    assert rows == []
    assert [(one.line, one.reason) for one in problems] == [(1, f"{reason}; expected {HEADING}")]


def test_row_without_an_amount_states_the_household_of_somebody_whom_a_scale_pays() -> None:
    rows, problems = read_facts(_file("E100,2026-01-01,,,,single,,2,0,", "E101,2026-01-01,,3000.00,,single,,0,0,"))

    assert [(row.gross_month, row.household["children"]) for row in rows] == [(None, 2)]
    assert [problem.reason for problem in problems] == [
        "gross_month and fraction are filled in both, or neither for somebody whom a pay scale pays"
    ]


def test_read_facts_goes_on_after_a_row_that_is_not_csv() -> None:
    rows, problems = read_facts(_file('E100,"2026"-01,,1,1,single,,0,0,', "E101,2026-01-01", GOOD))

    assert [row.employee_number for row in rows] == ["E100"]
    assert [problem.line for problem in problems] == [2, 3]
