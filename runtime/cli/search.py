"""`balie search …`: the index by which cases are found."""

from typing import Annotated

import typer

from casework.search import indexing
from runtime.cli.output import JSON_OPTION, print_json, say, with_house

app = typer.Typer(help="The index by which cases are found.", no_args_is_help=True)


@app.callback()
def search() -> None:
    """Look after the index by which cases are found."""


@app.command()
def rebuild(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Read the words of every case again; meanwhile some are not found."""
    count = with_house(lambda house: indexing.rebuild(house.database))
    if json:
        print_json({"cases": count})
    else:
        say(f"{count} cases can be found by their words")
