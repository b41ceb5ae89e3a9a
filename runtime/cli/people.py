"""`balie people …`: who works at the desk and who writes to it."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.digital_keys import offer, token_codes
from casework.digital_keys.models import Way
from casework.digital_keys.notices import Change, tell
from casework.people import importing, store
from casework.people.models import THE_DESK, Organisation
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


@app.command()
def ways(
    organisation: Annotated[str, typer.Argument(help="The name of an organisation.")],
    off: Annotated[list[Way] | None, typer.Option("--off", help="A way to switch off; may be given again.")] = None,
) -> None:
    """Say which ways to sign in an organisation does not want; every other one is on."""
    if not with_house(lambda house: _switch_off(house, organisation, off or [])):
        fail(f"there is no organisation {organisation!r}; import its people first")
    say(f"{organisation}: {', '.join(sorted(off or [])) or 'nothing'} switched off")


async def _switch_off(house: House, organisation: str, ways: list[Way]) -> bool:
    async with house.database.transaction() as session:
        query = select(Organisation.id).where(Organisation.name == organisation)
        found = (await session.execute(query)).scalar_one_or_none()
        if found is not None:
            await offer.switch_off(session, found, ways)
    return found is not None


@app.command("codes")
def codes_(address: Annotated[str, typer.Argument(help="An address of a person whose identity was checked.")]) -> None:
    """Print a new list of sign-in codes for somebody: the first key, for whoever hands out the others."""
    codes = with_house(lambda house: _print_list(house, address))
    if codes is None:
        fail(f"nobody has the address {address}")
    for place, code in enumerate(codes or [], start=1):
        typer.echo(f"{place:2}  {code[:4]} {code[4:]}")


async def _print_list(house: House, address: str) -> list[str] | None:
    async with house.database.transaction() as session:
        return await _new_list(session, house, address)


async def _new_list(session: AsyncSession, house: House, address: str) -> list[str] | None:
    person, now = await store.person_by_address(session, address), house.clock.now()
    if person is None:
        return None
    await tell(session, person.id, Change.LIST_PRINTED, now, actor=THE_DESK)
    return await token_codes.print_list(session, house.sign_in.key, person.id, now)
