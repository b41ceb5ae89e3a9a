"""People come in from a CSV file: bad rows are refused with their line, twice is the same as once."""

from datetime import UTC, datetime

import pytest
from factories import HEADING, PEOPLE

from casework.db import Database
from casework.people import importing, store
from casework.people.models import Role

NOW = datetime(2026, 9, 1, tzinfo=UTC)
GOOD = "E1,,An,Peeters,an@health.example,nl,FOD Gezondheid,contractual,employee,,,"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("E1,,,Peeters,an@health.example,nl,FOD,contractual,employee,,,", "first_name must be filled in"),
        (GOOD.replace(",nl,", ",it,"), "language 'it' is not one of nl fr de en"),
        (GOOD.replace("contractual", "volunteer"), "statute 'volunteer' is not one of statutory contractual"),
        (
            GOOD.replace(",employee,", ",boss,"),
            "role 'boss' is not one of employee handler local_hr legal payroll admin",
        ),
        (GOOD.replace("an@health.example", "an at health"), "'an at health' is not an e-mail address"),
        (GOOD.replace("E1,,", "E1,85.07.30-033.29,"), "national_number has a wrong check digit, length or date"),
        (GOOD + "extra,", "more values than columns; quote a value that holds a comma"),
    ],
)
def test_bad_row_is_refused_with_its_line_and_reason(row: str, reason: str) -> None:
    rows, problems = importing.read_people(f"{HEADING}\n{GOOD.replace('E1', 'E2').replace('an@', 'bo@')}\n{row}\n")

    assert [kept.employee_number for kept in rows] == ["E2"]
    assert problems == [importing.RowProblem(3, reason)]


def test_wrong_iban_is_refused() -> None:
    _, [problem] = importing.read_people(f"{HEADING}\n{GOOD}BE00123412341234\n")

    assert (problem.line, problem.reason.startswith("iban cannot be used")) == (2, True)


def test_heading_without_a_required_column_is_refused() -> None:
    _, [problem] = importing.read_people("employee_number,first_name\nE1,An\n")

    assert problem.line == 1
    assert problem.reason.startswith("the heading lacks last_name, emails")


def test_address_on_two_rows_is_refused_on_the_second() -> None:
    _, problems = importing.read_people(f"{HEADING}\n{GOOD}\n{GOOD.replace('E1', 'E2')}\n")

    assert problems == [importing.RowProblem(3, "address an@health.example stands on line 2 too")]


async def test_import_twice_changes_nothing(database: Database) -> None:
    rows, _ = importing.read_people(PEOPLE)
    async with database.transaction() as session:
        first = await importing.import_people(session, rows, NOW)
    async with database.transaction() as session:
        second = await importing.import_people(session, rows, NOW)

    assert (first.created, first.updated, first.unchanged) == (6, 0, 0)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 6)


async def test_imported_person_has_verified_addresses_roles_and_a_manager(database: Database) -> None:
    text = f"{HEADING}\n{GOOD.replace('an@health.example', 'An@Health.example; an@home.example')[:-2]},E9,\n"
    text += "E9,,Bo,Baas,bo@health.example,fr,FOD Gezondheid,statutory,employee;handler,Team A,,BE68539007547034\n"
    rows, problems = importing.read_people(text)
    async with database.transaction() as session:
        await importing.import_people(session, rows, NOW)

    async with database.reading() as session:
        an = await store.person_by_address(session, "AN@home.example")
        bo = await store.person_by_address(session, "bo@health.example")
        assert an is not None
        assert bo is not None
        roles = await store.roles(session, bo.id)
        primary = await store.primary_address(session, an.id)
        team = [handler.name for handler in await store.handlers(session, "Team A")]
    assert (problems, an.manager_id, primary) == ([], bo.id, "an@health.example")
    assert (roles, team, bo.iban) == ({Role.EMPLOYEE, Role.HANDLER}, ["Bo Baas"], "BE68539007547034")


async def test_address_of_another_person_and_unknown_manager_are_refused(database: Database) -> None:
    async with database.transaction() as session:
        await importing.import_people(session, importing.read_people(PEOPLE)[0], NOW)
        rows, _ = importing.read_people(
            f"{HEADING}\n{GOOD.replace('an@health.example', 'an@home.example')}\n"
            "E7,,Bo,Baas,bo@health.example,fr,FOD,statutory,employee,,E404,\n"
        )
        report = await importing.import_people(session, rows, NOW)

    assert [(problem.line, problem.reason) for problem in report.problems] == [
        (2, "address an@home.example belongs to another person"),
        (3, "manager E404 is in neither the file nor the desk"),
    ]
