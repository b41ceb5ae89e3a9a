"""`balie people …`: who works at the desk and who writes to it."""

from pathlib import Path
from typing import Annotated

import typer

from casework.people import importing
from runtime.cli.output import JSON_OPTION, fail, print_json, read_text, say, with_house
from runtime.wiring import House

app = typer.Typer(help="People, their roles and addresses.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """People, their roles and addresses."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file; columns: " + ", ".join(importing.COLUMNS))],
    *,
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Import the good rows although others are bad.")
    ] = False,
    json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Import people from a CSV file; importing twice changes nothing."""
    text = read_text(file)
    report = with_house(lambda house: _import(house, text, keep_good=keep_good))
    lines = [{"line": problem.line, "reason": problem.reason} for problem in report.problems]
    if json:
        counts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
        print_json(counts | {"refused": lines})
    else:
        for line in lines:
            typer.echo(f"{file}:{line['line']}: {line['reason']}", err=True)
        say(f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, {len(lines)} refused")
    if lines and not keep_good:
        fail("nothing was imported; correct these rows, or keep the good ones with --keep-good")
    if lines:
        raise typer.Exit(1)


class _NothingKept(Exception):
    """Takes back an import that has refused rows."""

    def __init__(self, report: importing.ImportReport) -> None:
        super().__init__()
        self.report = report


def _require_good(report: importing.ImportReport, *, keep_good: bool) -> None:
    if report.problems and not keep_good:
        raise _NothingKept(report)


async def _import(house: House, text: str, *, keep_good: bool) -> importing.ImportReport:
    rows, unreadable = importing.read_people(text)
    try:
        async with house.database.transaction() as session:
            report = await importing.import_people(session, rows, house.clock.now())
            problems = tuple(sorted((*unreadable, *report.problems), key=lambda problem: problem.line))
            report = importing.ImportReport(report.created, report.updated, report.unchanged, problems)
            _require_good(report, keep_good=keep_good)
            return report
    except _NothingKept as taken_back:
        return importing.ImportReport(0, 0, 0, taken_back.report.problems)
