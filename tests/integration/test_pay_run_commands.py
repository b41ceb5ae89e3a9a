"""`balie payroll`: a month from the order to the files, typed by officers."""

import csv
import io
from pathlib import Path

import pytest
from factories import PEOPLE
from pay_office import AN, EMPLOYERS, HEADING, IBANS, LUC
from typer.testing import CliRunner

from runtime.cli.main import commands


@pytest.fixture
def balie(tmp_path, monkeypatch):
    """Return a function that types a command on a desk with people, their facts and an employer."""
    monkeypatch.setenv("BALIE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(commands(), list(words))
        return done.exit_code, done.output

    two_officers = PEOPLE.replace("contractual,employee;handler,", "contractual,employee;handler;payroll,")
    facts = f"{HEADING}\n{AN}\n{LUC}"
    files = {"people.csv": _with_ibans(two_officers), "facts.csv": facts, "employers.csv": EMPLOYERS}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run("migrate")[0] == 0
    assert run("people", "import", "people.csv")[0] == 0
    assert run("payroll", "facts", "import", "facts.csv") == (0, "2 added, 0 unchanged, 0 refused\n")
    return run


def _with_ibans(people: str) -> str:
    rows = list(csv.DictReader(io.StringIO(people)))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(row | {"iban": IBANS.get(row["employee_number"], "")} for row in rows)
    return out.getvalue()


def test_a_month_goes_from_the_order_to_its_files(balie, tmp_path: Path) -> None:
    assert balie("payroll", "employers", "employers.csv") == (0, "2 employers\n")
    assert balie("payroll", "run", "--period", "2026-09")[0] == 0
    status, said = balie("payroll", "begin-anew", "1", "--by", "ada.bakker@balie.example")
    assert (status, "run 1 of 2026-09 is calculated, so it cannot become open" in said) == (1, True)
    nobodys = balie("payroll", "begin-anew", "9", "--by", "ada.bakker@balie.example")
    assert nobodys == (1, "balie: there is no run 9\n")
    assert balie("payroll", "approve", "1", "--by", "ada.bakker@balie.example") == (0, "run 1 is approved\n")
    status, said = balie("payroll", "pay", "1", "--by", "ada.bakker@balie.example")
    assert (status, "another officer than the one who approved it" in said) == (1, True)
    assert balie("payroll", "pay", "1", "--by", "omar.diallo@balie.example")[0] == 0
    assert balie("payroll", "reconcile", "1") == (0, "run 1 agrees with its ledger\n")
    assert balie("payroll", "close", "1", "--by", "ada.bakker@balie.example") == (0, "run 1 is closed\n")

    status, listed = balie("payroll", "runs")
    assert (status, listed.splitlines()[1].split("\t")[:4]) == (0, ["1", "2026-09", "1", "closed"])
    rows = [line.split("\t") for line in balie("payroll", "outputs", "1")[1].splitlines()[1:]]
    assert [row[2] for row in rows] == ["BALIE-2026-09-1-1.xml", "journal-2026-09-1.csv", "withholding-2026-09-1.csv"]
    assert balie("payroll", "output", rows[0][0], "pay.xml") == (0, "pay.xml is written\n")
    assert (tmp_path / "pay.xml").read_text().count("<CdtTrfTxInf>") == 2
    assert balie("payroll", "quarter", "2026", "3")[1].startswith("quarter-2026-Q3-1.jsonl ")
    assert balie("payroll", "tax-sheets", "2026")[0] == 0


REFUSED = {
    ("approve", "1", "--by", "ada.bakker@balie.example"): "A run with problems cannot be approved or paid",
    ("approve", "1", "--by", "an.peeters@health.example"): "is not the address of a payroll officer",
    ("approve", "7", "--by", "ada.bakker@balie.example"): "there is no run 7",
    ("pay", "1", "--by", "ada.bakker@balie.example"): "cannot become paid",
    ("run", "--period", "2026-13"): "is not a month",
    ("run", "--period", "2026-09", "--organisation", "FOD Zon"): "there is no organisation 'FOD Zon'",
    ("output", "9", "x"): "There is no such thing",
    ("work",): "workers need PostgreSQL",
}


def test_what_cannot_be_done_is_a_clear_line(balie) -> None:
    assert balie("payroll", "run", "--period", "2026-09")[0] == 0  # without an employer, nobody can be paid
    answers = {words: balie("payroll", *words) for words in REFUSED}
    assert {words: status for words, (status, _) in answers.items()} == dict.fromkeys(REFUSED, 1)
    assert [words for words, said in REFUSED.items() if said not in answers[words][1]] == []


def test_whoever_ordered_a_run_does_not_approve_it(balie) -> None:
    assert balie("payroll", "employers", "employers.csv")[0] == 0
    officer = ("--by", "ada.bakker@balie.example")
    assert balie("payroll", "run", "--period", "2026-09", *officer)[0] == 0
    status, said = balie("payroll", "approve", "1", *officer)
    assert (status, "approved by another person" in said) == (1, True)


def test_employers_with_a_bad_row_are_not_imported(balie, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(EMPLOYERS.replace("BE71 0961 2345 6769", "BE71 0961 2345 6760"), encoding="utf-8")
    status, said = balie("payroll", "employers", "bad.csv")
    assert (status, "bad.csv:3: 'BE71 0961 2345 6760' is not an IBAN" in said) == (1, True)
    assert balie("payroll", "employers", "employers.csv") == (0, "2 employers\n")


def test_an_address_comes_in_once_and_a_letter_needs_a_day_and_a_plan(balie, tmp_path: Path) -> None:
    (tmp_path / "addresses.csv").write_text(
        "reference,employee_number,first_on,last_on,street,building,postcode,town,country,reason,cancels\n"
        "A-1,E100,2026-01-01,,Wetstraat,16,1000,Brussel,,moved,\n",
        encoding="utf-8",
    )
    (tmp_path / "wrong.csv").write_text(
        "reference,employee_number,first_on,last_on,street,building,postcode,town,country,reason,cancels\n"
        "A-2,E100,2026-01-01,,Wetstraat,,1000,Brussel,Belgium,moved,\n",
        encoding="utf-8",
    )
    told = ("payroll", "repayment", "told", "1", "--by", "ada.bakker@balie.example", "--on")

    assert balie("payroll", "import", "addresses", "addresses.csv") == (0, "1 added, 0 unchanged, 0 refused\n")
    assert balie("payroll", "import", "addresses", "addresses.csv") == (0, "0 added, 1 unchanged, 0 refused\n")
    assert "wrong.csv:2: building must be filled in" in balie("payroll", "import", "addresses", "wrong.csv")[1]
    assert balie(*told, "soon") == (1, "balie: 'soon' is not a date; write it as 2026-11-03\n")
    status, said = balie(*told, "2026-11-03")
    assert (status, "There is no such plan that still waits for a decision." in said) == (1, True)
