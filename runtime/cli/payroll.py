"""`balie payroll calculate | explain`, without any database; the commands of facts and runs hang below it."""

import json as json_module
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from payroll import calculator, explainer
from payroll.calculation_request import RequestInvalid, read_documents
from payroll.engine import parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.readings import CHOICES, Readings
from payroll.engine.wage_types import LANGUAGES
from payroll.errors import PayrollError
from runtime.cli import pay_runs, payroll_facts
from runtime.cli.output import fail, read_text

SWITCHES = {name: CHOICES[name] for name in ("small_own_income", "exemption")}
app = typer.Typer(help="Payroll.", no_args_is_help=True)
app.add_typer(payroll_facts.facts_app, name="facts")
app.add_typer(payroll_facts.imports_app, name="import")
app.add_typer(payroll_facts.repayment_app, name="repayment")
app.command("diff")(payroll_facts.diff)
app.command("take-back")(payroll_facts.take_back)
app.command("settle")(payroll_facts.settle)
app.add_typer(pay_runs.app)


@app.callback()
def payroll() -> None:
    """Payroll."""


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
    reading: Annotated[list[str], typer.Option(help="SWITCH=VALUE: how a disputed point of law is read.")] = [],  # noqa: B006 -- typer copies it
    batch: Annotated[bool, typer.Option("--batch", help="Show progress.")] = False,
) -> None:
    """Calculate pay from what is given, without any database; one JSON object comes out for each that goes in."""
    text = _read_stdin() if file == "-" else read_text(Path(file))
    documents, readings = read_documents(text), _readings(reading)
    had_errors = False
    try:
        law = _signed(parameters.with_replacements(_tables(table)), signed).read_by(readings)
        answers = calculator.results(documents, law)
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


def _readings(given: list[str]) -> Readings:
    chosen: dict[str, Any] = {}
    for each in given:
        name, _, value = each.partition("=")
        if name not in SWITCHES or value not in list(SWITCHES[name]):
            choices = (f"{switch}={choice}" for switch, values in SWITCHES.items() for choice in values)
            fail(f"--reading {each}: one of {', '.join(choices)} is needed")
        chosen[name] = SWITCHES[name](value)
    return Readings(**chosen)
