"""`balie organisations …`: which organisation stands below which, and when each of them works."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars import importing
from casework.calendars.importing import LineProblem
from runtime.cli.output import fail, read_text, say, with_house
from runtime.wiring import House

app = typer.Typer(help="Organisations: their tree, closed days and working hours.", no_args_is_help=True)

Importer = Callable[[AsyncSession, str], Awaitable[list[LineProblem]]]
FILE = "A CSV file; columns: "


@app.command()
def tree(file: Annotated[Path, typer.Argument(help=FILE + ",".join(importing.TREE))]) -> None:
    """Put organisations below each other; an empty parent stands on its own."""
    _bring_in(file, importing.import_tree)


@app.command("closed-days")
def closed_days(file: Annotated[Path, typer.Argument(help=FILE + ",".join(importing.CLOSED_DAYS))]) -> None:
    """Add days on which an organisation is closed beside the legal holidays, such as bridge days."""
    _bring_in(file, importing.import_closed_days)


@app.command()
def hours(file: Annotated[Path, typer.Argument(help=FILE + ",".join(importing.HOURS))]) -> None:
    """Set working hours; weekdays are digits, Monday is 1."""
    _bring_in(file, importing.import_hours)


class _NothingKept(Exception):
    """Takes back an import that has refused rows."""

    def __init__(self, problems: list[LineProblem]) -> None:
        super().__init__()
        self.problems = problems


def _bring_in(file: Path, bring: Importer) -> None:
    text = read_text(file)
    problems = with_house(lambda house: _import(house, text, bring))
    for problem in problems:
        typer.echo(f"{file}:{problem.line}: {problem.reason}", err=True)
    if problems:
        fail("nothing was imported; correct these rows")
    say("imported")


async def _import(house: House, text: str, bring: Importer) -> list[LineProblem]:
    try:
        async with house.database.transaction() as session:
            _require_good(await bring(session, text))
    except _NothingKept as taken_back:
        return taken_back.problems
    return []


def _require_good(problems: list[LineProblem]) -> None:
    if problems:
        raise _NothingKept(problems)
