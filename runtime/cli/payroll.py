"""`balie payroll …`: pay facts, calculations and runs."""

import json as json_module
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from payroll import calculator, explainer
from payroll.calculation_request import RequestInvalid, read_documents
from payroll.engine import parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.wage_types import LANGUAGES
from payroll.errors import PayrollError
from payroll.facts import importing
from runtime.cli import pay_runs, payroll_facts
from runtime.cli.output import JSON_OPTION, fail, print_json, read_text, say, with_house
from runtime.wiring import House

app = typer.Typer(help="Payroll.", no_args_is_help=True)
facts_app = typer.Typer(help="Dated facts about people.", no_args_is_help=True)
app.add_typer(facts_app, name="facts")
app.add_typer(payroll_facts.imports_app, name="import")
app.add_typer(payroll_facts.repayment_app, name="repayment")
app.command("diff")(payroll_facts.diff)
app.command("take-back")(payroll_facts.take_back)
app.command("settle")(payroll_facts.settle)
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
    signed: Annotated[
        list[str], typer.Option(help="TABLE=DATE: an officer signs for figures of a table that are not verified.")
    ] = [],  # noqa: B006 -- typer copies it
    batch: Annotated[bool, typer.Option("--batch", help="Show progress.")] = False,
) -> None:
    """Calculate pay from what is given, without any database; one JSON object comes out for each that goes in."""
    text = _read_stdin() if file == "-" else read_text(Path(file))
    documents = read_documents(text)
    had_errors = False
    try:
        answers = calculator.results(documents, _signed(parameters.with_replacements(_tables(table)), signed))
        for each in tqdm(answers, total=len(documents), disable=not batch, unit="objects", file=sys.stderr):
            # UTF-8 whatever the locale, so that the same input gives the same bytes; a lone surrogate stays an escape.
            line = json_module.dumps(each, ensure_ascii=False) + "\n"
            sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace"))
            had_errors = had_errors or "error" in each
    except PayrollError as error:
        fail(str(error))
    sys.stdout.buffer.flush()
    if had_errors:
        raise typer.Exit(1)


@app.command()
def explain(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON as for `payroll calculate`; - is stdin.")],
    *,
    language: Annotated[str, typer.Option(help="One of " + ", ".join(LANGUAGES) + ".")] = "en",
    difference: Annotated[bool, typer.Option("--difference", help="Tell why the second of two slips differs.")] = False,
) -> None:
    """Tell in sentences what makes up a slip, or why two slips differ, without any database."""
    if language not in LANGUAGES:
        fail(f"--language {language}: it is one of {', '.join(LANGUAGES)}")
    documents = read_documents(_read_stdin() if file == "-" else read_text(Path(file)))
    try:
        if difference:
            told = [explainer.told_difference(documents, parameters.packaged(), language)]
        else:
            told = explainer.told_slips(documents, parameters.packaged(), language)
    except RequestInvalid as error:
        fail(f"{error.field}: {error}")
    except PayrollError as error:
        fail(str(error))
    sentences = "\n\n".join("\n".join(slip) for slip in told)
    sys.stdout.buffer.write((sentences + "\n").encode("utf-8"))
    sys.stdout.buffer.flush()


def _read_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(f"what comes in on stdin is no UTF-8 text: {error}")


def _tables(given: list[str]) -> dict[str, Path]:
    tables = {}
    for each in given:
        name, equals, path = each.partition("=")
        if not equals or not Path(path).is_file():
            fail(f"--table {each}: NAME=FILE is needed, and the file must exist")
        tables[name] = Path(path)
    return tables


def _signed(law: ParameterSet, given: list[str]) -> ParameterSet:
    for each in given:
        name, _, until = each.partition("=")
        try:
            law = law.signed(name, date.fromisoformat(until))
        except ValueError:
            fail(f"--signed {each}: TABLE=DATE is needed, such as withholding_tax=2026-12-31")
    return law
