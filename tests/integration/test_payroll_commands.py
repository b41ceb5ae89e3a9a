"""What an officer types: entries of other systems come in, and what a ticket changes in pay is printed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from factories import PEOPLE
from typer.testing import CliRunner, Result

from payroll.facts import importing
from runtime.cli.main import commands

FACTS = f"{','.join(importing.COLUMNS)}\nE100,2026-01-01,,3000.00,1,single,none,0,0,hired\n"
EXPENSES = """reference,employee_number,on,about,amount,treatment,reason,cancels
EXP-1,E100,2026-09-10,taxi,25.50,,,
"""

BY = ("--by", "ada.bakker@balie.example")

Balie = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def balie(folder: Path) -> Balie:
    """Return a function that types a command on a desk with people who have pay."""
    runner = CliRunner(env={"BALIE_DATA_DIR": str(folder / "var")})

    def run(*words: str) -> Result:
        return runner.invoke(commands(), list(words))

    for name, text in (("people", PEOPLE), ("facts", FACTS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    assert run("migrate").exit_code == 0
    assert run("people", "import", str(folder / "people.csv")).exit_code == 0
    assert run("payroll", "facts", "import", str(folder / "facts.csv")).exit_code == 0
    return run


def test_expenses_are_imported_once_and_a_refused_row_keeps_nothing(balie: Balie, folder: Path) -> None:
    file = folder / "expenses.csv"
    file.write_text(EXPENSES)

    assert balie("payroll", "import", "expenses", str(file)).stdout == "1 added, 0 unchanged, 0 refused\n"
    again = balie("payroll", "import", "expenses", str(file), "--json")
    assert json.loads(again.stdout) == {"added": 0, "unchanged": 1, "refused": []}

    file.write_text(EXPENSES.replace("EXP-1", "EXP-2") + "EXP-3,E999,2026-09-10,taxi,1.00,,,\n")
    refused = balie("payroll", "import", "expenses", str(file))
    assert (refused.exit_code, refused.stdout) == (1, "0 added, 0 unchanged, 1 refused\n")
    assert f"{file}:3: employee_number 'E999' is nobody's; import people first" in refused.stderr
    file.write_text(EXPENSES.replace("EXP-1", "EXP-2"))
    assert balie("payroll", "import", "expenses", str(file)).stdout == "1 added, 0 unchanged, 0 refused\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payroll", "diff", "HRB0009999"), "balie: there is no case HRB0009999\n"),
        (("payroll", "take-back", "HRB0009999", *BY, "--reason", "wrong"), "balie: there is no case HRB0009999\n"),
        (("payroll", "settle", "HRB0009999", *BY, "--reason", "done"), "balie: there is no case HRB0009999\n"),
        (
            ("payroll", "repayment", "waive", "7", *BY, "--reason", "small"),
            "balie: There is no such plan that still waits for a decision.\n",
        ),
        (
            ("payroll", "repayment", "agree", "7", *BY, "--instalments", "2", "--since", "November"),
            "balie: 'November' is not a month: write it as 2026-09.\n",
        ),
    ],
)
def test_command_about_nothing_says_so(balie: Balie, words: tuple[str, ...], said: str) -> None:
    done = balie(*words)

    assert (done.exit_code, done.stderr) == (1, said)


@pytest.mark.parametrize("words", [("take-back", "HRB1"), ("settle", "HRB1"), ("repayment", "object", "7")])
def test_what_is_done_to_pay_is_done_by_an_officer(balie: Balie, words: tuple[str, ...]) -> None:
    nobody = balie("payroll", *words, "--reason", "done")
    an = balie("payroll", *words, "--reason", "done", "--by", "an.peeters@health.example")

    assert (nobody.exit_code, "--by" in nobody.stderr) == (2, True)
    assert (an.exit_code, an.stderr) == (
        1,
        "balie: an.peeters@health.example is not the address of a payroll officer\n",
    )


def test_repayment_plans_are_listed(balie: Balie) -> None:
    assert json.loads(balie("payroll", "repayment", "list", "--json").stdout) == []
    assert balie("payroll", "repayment", "list").stdout == "plan\tperson_id\tperiod\towed\tstate\tobjection_until\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("scales.csv", "scale,step\n", ":1: the columns must be scale, step, annual_at_100"),
        ("readings.yaml", "exemption: half\n", ":1: exemption is whole or up_to_limit, not 'half'"),
    ],
)
def test_law_folder_that_cannot_be_used_stops_every_command_with_file_and_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    law = tmp_path / "law"
    law.mkdir()
    (law / name).write_text(text, encoding="utf-8")
    runner = CliRunner(env={"BALIE_DATA_DIR": str(tmp_path / "var"), "BALIE_LAW_FOLDER": str(law)})

    refused = runner.invoke(commands(), ["payroll", "run", "--period", "2026-08"])

    assert refused.exit_code != 0
    assert "BALIE_LAW_FOLDER cannot be used" in refused.output
    assert name + said in refused.output
