"""How commands speak: data as JSON or as lines, errors on stderr with what to do, exit codes 0, 1 and 2."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from casework.errors import CaseworkError
from payroll.errors import PayrollError
from runtime import schema, wiring
from runtime.settings import SettingsError, read_settings
from runtime.wiring import House

T = TypeVar("T")
DATABASE_IS_AWAY = (OperationalError, InterfaceError)
JSON_OPTION = typer.Option("--json", help="Print JSON.")


def moment(at: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def print_json(value: object) -> None:
    """Print a value as JSON, letters as letters."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print rows for people: one line each, values apart by tabs."""
    sys.stdout.write("\t".join(columns) + "\n")
    for row in rows:
        sys.stdout.write("\t".join("" if row[column] is None else str(row[column]) for column in columns) + "\n")


def say(text: str) -> None:
    """Print a line for people, at once: a service that writes to a pipe would keep it for hours."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fail(message: str) -> NoReturn:
    """Say what went wrong and what to do, and end with exit code 1."""
    sys.stderr.write(f"balie: {message}\n")
    raise typer.Exit(1)


def database_is_away(error: OperationalError | InterfaceError) -> str:
    """Say that the database cannot be used, and what to look at."""
    return f"the database cannot be used; see that BALIE_DATABASE_URL is right and the server runs: {error.orig}"


def with_house(work: Callable[[House], Coroutine[Any, Any, T]]) -> T:
    """Run a command's work in a house whose database is ready; an expected failure is a clear line and exit code 1."""

    async def run() -> T:
        house = wiring.build(read_settings())
        try:
            await schema.require_current(house.database)
            return await work(house)
        finally:
            await house.database.close()

    try:
        return asyncio.run(run())
    except (SettingsError, schema.SchemaBehind, CaseworkError, PayrollError) as error:
        fail(str(error))
    except DATABASE_IS_AWAY as error:
        fail(database_is_away(error))
    except OSError as error:
        fail(f"the data folder cannot be used; see BALIE_DATA_DIR: {error}")


def read_text(file: Path) -> str:
    """Return the text of a file that was named on the command line, or say why it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read as UTF-8 text: {error}")
