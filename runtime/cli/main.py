"""The command `balie`."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from runtime import logs

GROUPS = {
    "people": "people", "organisations": "organisations", "case": "cases", "outbox": "outbox", "mail": "mail",
    "search": "search", "audit": "audit", "api": "api", "payroll": "payroll", "bot": "bot",
}  # fmt: skip
UNGROUPED = "service"


def commands(words: Sequence[str] = ()) -> typer.Typer:
    """Return the commands; when the words that were typed name a group, those of the group alone.

    Each group stands in a module of its own, and to load them all takes twice as long as the one that is wanted.
    """
    app = typer.Typer(
        name="balie",
        help="The HR and payroll desk that people simply write to.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    wanted = [name for name in GROUPS if list(words[:1]) == [name]]
    if not wanted:
        app.add_typer(_typer(UNGROUPED))
    for name in wanted or GROUPS:
        app.add_typer(_typer(GROUPS[name]), name=name)
    return app


def _typer(module: str) -> typer.Typer:
    found: typer.Typer = import_module(f"runtime.cli.{module}").app
    return found


def run() -> None:
    """Run the command that was typed; what it logs is one line on stderr, without the figures of a failed step."""
    logs.set_up()
    commands(sys.argv[1:])()
