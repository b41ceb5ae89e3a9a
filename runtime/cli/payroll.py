"""`balie payroll …`: pay facts, calculations and runs."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from payroll import calculator
from payroll.calculation_request import RequestInvalid
from payroll.errors import PayrollError
from runtime.cli.output import fail

app = typer.Typer(help="Payroll.", no_args_is_help=True)


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
    batch: Annotated[bool, typer.Option("--batch", help="Show progress.")] = False,
) -> None:
    """Calculate pay from what is given, without any database; one JSON object comes out for each that goes in."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read as UTF-8 text: {error}")
    with tqdm(disable=not batch, unit="objects", file=sys.stderr) as bar:
        try:
            output = calculator.calculate_documents(text, _tables(table), progress=bar.update)
        except (PayrollError, RequestInvalid) as error:
            fail(str(error))
    for each in output.objects:
        sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n")
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
