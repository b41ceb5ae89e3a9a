"""`balie payroll …`: pay facts, calculations and runs."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from payroll import calculator
from payroll.calculation_request import RequestInvalid
from payroll.errors import PayrollError
from payroll.facts import importing
from runtime.cli import pay_runs
from runtime.cli.output import JSON_OPTION, fail, print_json, read_text, say, with_house
from runtime.wiring import House

app = typer.Typer(help="Payroll.", no_args_is_help=True)
facts_app = typer.Typer(help="Dated facts about people.", no_args_is_help=True)
app.add_typer(facts_app, name="facts")
app.add_typer(pay_runs.app)

AUTHOR = "balie payroll facts import"


@app.callback()
def payroll() -> None:
    """Payroll."""


@facts_app.callback()
def facts() -> None:
    """Dated facts about people."""


@facts_app.command("import")
def import_facts(
    file: Annotated[Path, typer.Argument(help="A CSV file; columns: " + ", ".join(importing.COLUMNS))],
    *,
    json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Import pay and households from a CSV file; importing twice changes nothing."""
    rows, unreadable = importing.read_facts(read_text(file))
    done = with_house(lambda house: _import(house, rows)) if not unreadable else importing.FactsReport(0, 0, ())
    refused = [{"line": problem.line, "reason": problem.reason} for problem in (*unreadable, *done.problems)]
    if json:
        print_json({"added": done.added, "unchanged": done.unchanged, "refused": refused})
    else:
        for line in refused:
            typer.echo(f"{file}:{line['line']}: {line['reason']}", err=True)
        say(f"{done.added} added, {done.unchanged} unchanged, {len(refused)} refused")
    if refused:
        fail("nothing was imported; correct these rows and import the file again")


class _NothingKept(Exception):
    """Takes back an import that has refused rows."""

    def __init__(self, done: importing.FactsReport) -> None:
        super().__init__()
        self.done = done


async def _import(house: House, rows: list[importing.FactRow]) -> importing.FactsReport:
    try:
        async with house.database.transaction() as session:
            done = await importing.import_facts(session, house.clock, rows, AUTHOR)
            _require_good(done)
            return done
    except _NothingKept as taken_back:
        return importing.FactsReport(0, 0, taken_back.done.problems)


def _require_good(done: importing.FactsReport) -> None:
    if done.problems:
        raise _NothingKept(done)


@app.command()
def calculate(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSON: one object, an array or JSON Lines; - is stdin.")
    ],
    *,
    table: Annotated[list[str], typer.Option(help="NAME=FILE replaces a law table by a YAML file.")] = [],  # noqa: B006 -- typer copies it
    batch: Annotated[bool, typer.Option("--batch", help="Show progress.")] = False,
) -> None:
    """Calculate pay from what is given, without any database; one JSON object comes out for each that goes in."""
    text = sys.stdin.read() if file == "-" else read_text(Path(file))
    with tqdm(disable=not batch, unit="objects", file=sys.stderr) as bar:
        try:
            output = calculator.calculate_documents(text, _tables(table), progress=bar.update)
        except (PayrollError, RequestInvalid) as error:
            fail(str(error))
    for each in output.objects:
        sys.stdout.write(json_module.dumps(each, ensure_ascii=False) + "\n")
    if output.had_errors:
        raise typer.Exit(1)


def _tables(given: list[str]) -> dict[str, Path]:
    tables = {}
    for each in given:
        name, equals, path = each.partition("=")
        if not equals or not Path(path).is_file():
            fail(f"--table {each}: NAME=FILE is needed, and the file must exist")
        tables[name] = Path(path)
    return tables
