"""`balie payroll …`: runs from the order to the files, and what they hand over."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from casework.clock import Clock
from casework.db import Database
from casework.messages.models import Channel
from casework.people.importing import RowProblem
from casework.people.models import Actor, Organisation
from payroll import paying
from payroll.declarations import outputs, periods
from payroll.employers import importing as employers
from payroll.engine.periods import PayMonth
from payroll.errors import PayrollError
from payroll.runs import report, store
from payroll.runs.service import Order, begin_anew, carry_out
from runtime import pay_parts
from runtime.cli.officers import BY_OPTION, officer
from runtime.cli.output import JSON_OPTION, fail, moment, print_json, print_rows, read_text, say, with_house
from runtime.wiring import House, payroll_law, payroll_settings

app = typer.Typer()

RESULT_COLUMNS = ("employee_number", "gross", "withholding_tax", "net")
DIFFERENCE_COLUMNS = ("employee_number", "period", "wage_type", "amount", "case")
RUN_COLUMNS = ("id", "period", "number", "state", "known_at", "approved_at", "paid_at", "closed_at")
OUTPUT_COLUMNS = ("id", "kind", "filename", "sha256")
RUN_ARGUMENT = typer.Argument(metavar="RUN", help="The id of a run, as `balie payroll runs` prints it.")

Step = Callable[[Database, Clock, int, Actor, str], Awaitable[None]]


@app.command()
def run(
    *,
    period: Annotated[str, typer.Option(help="The month, as 2026-09.")],
    organisation: Annotated[str, typer.Option(help="Only the people of this organisation and its parts.")] = "",
    by: Annotated[str, BY_OPTION] = "",
    json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Run a month: the first run stores each result, each later one books differences only."""
    done = with_house(lambda house: _run(house, PayMonth.parse(period), organisation, by))
    if json:
        print_json(done)
        return
    print_rows(done["results"], RESULT_COLUMNS)
    differences = [
        {"employee_number": result["employee_number"]} | difference
        for result in done["results"]
        for difference in result["differences"]
    ]
    if differences:
        say("")
        print_rows(differences, DIFFERENCE_COLUMNS)
    for problem in done["problems"]:
        typer.echo(f"problem: {problem['employee'] or ''} {problem['message']}", err=True)


async def _run(house: House, month: PayMonth, organisation: str, by: str) -> dict[str, Any]:
    organisation_id = await _organisation(house, organisation) if organisation else None
    ordered_by = await officer(house, by) if by else None
    order = Order(month, organisation_id, ordered_by.person_id if ordered_by else None)
    run_id = await carry_out(house.database, house.clock, payroll_law(house), payroll_settings(house), order)
    async with house.database.reading() as session:
        return (await report.of_run(session, run_id)).as_json()


@app.command()
def runs(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print the runs, oldest first, and where each one stands."""
    rows = with_house(_runs)
    print_json(rows) if json else print_rows(rows, RUN_COLUMNS)


async def _runs(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        return [
            {
                "id": one.id,
                "period": one.period,
                "number": one.number,
                "state": str(one.state),
                "known_at": moment(one.known_at),
                "approved_at": moment(one.approved_at),
                "paid_at": moment(one.paid_at),
                "closed_at": moment(one.closed_at),
            }
            for one in await store.all_runs(session)
        ]


@app.command("begin-anew")
def begin_anew_(run_id: Annotated[int, RUN_ARGUMENT], *, by: Annotated[str, BY_OPTION]) -> None:
    """Begin an unfinished run anew, with the law and the facts of today; what it calculated is thrown away."""

    async def work(house: House) -> None:
        law, settings, actor = payroll_law(house), payroll_settings(house), await officer(house, by)
        await begin_anew(house.database, house.clock, law, settings, run_id, actor, Channel.SYSTEM)

    with_house(work)
    say(f"run {run_id} began anew and is calculated")


@app.command()
def approve(run_id: Annotated[int, RUN_ARGUMENT], *, by: Annotated[str, BY_OPTION]) -> None:
    """Approve a run, as another officer than the one who ordered it."""
    _step(run_id, by, paying.approve)
    say(f"run {run_id} is approved")


@app.command()
def pay(run_id: Annotated[int, RUN_ARGUMENT], *, by: Annotated[str, BY_OPTION]) -> None:
    """Order the payments of an approved run, issue its payslips and make its files."""
    _step(run_id, by, paying.pay)
    say(f"run {run_id} is paid; its files are those of `balie payroll outputs {run_id}`")


@app.command()
def close(run_id: Annotated[int, RUN_ARGUMENT], *, by: Annotated[str, BY_OPTION]) -> None:
    """Close a paid run, after holding its outputs against the ledger."""
    _step(run_id, by, paying.close)
    say(f"run {run_id} is closed")


def _step(run_id: int, by: str, step: Step) -> None:
    async def work(house: House) -> None:
        await step(house.database, house.clock, run_id, await officer(house, by), Channel.SYSTEM)

    with_house(work)


@app.command("outputs")
def outputs_(run_id: Annotated[int, RUN_ARGUMENT], *, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print the files that a run made."""
    rows = with_house(lambda house: _outputs(house, run_id))
    print_json(rows) if json else print_rows(rows, OUTPUT_COLUMNS)


async def _outputs(house: House, run_id: int) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        return [
            {"id": one.id, "kind": one.kind, "filename": one.filename, "sha256": one.sha256}
            for one in await outputs.of_run(session, run_id)
        ]


@app.command()
def output(
    output_id: Annotated[int, typer.Argument(metavar="ID")],
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
) -> None:
    """Write a file that was made before: the same bytes each time."""

    async def work(house: House) -> bytes:
        async with house.database.reading() as session:
            return (await outputs.read(session, output_id))[1]

    file.write_bytes(with_house(work))
    say(f"{file} is written")


@app.command()
def reconcile(run_id: Annotated[int, RUN_ARGUMENT]) -> None:
    """Hold the payments and payslips of a run against its ledger; a difference is named and ends with code 1."""
    with_house(lambda house: paying.reconcile(house.database, run_id))
    say(f"run {run_id} agrees with its ledger")


@app.command()
def quarter(
    year: Annotated[int, typer.Argument(min=2000, max=2999)], number: Annotated[int, typer.Argument(min=1, max=4)]
) -> None:
    """Make the rows of a quarter for social security from the runs that were paid."""
    made = with_house(lambda house: periods.make_quarter(house.database, house.clock, year, number))
    say(f"{made.filename} {made.sha256}")


@app.command("tax-sheets")
def tax_sheets(year: Annotated[int, typer.Argument(min=2000, max=2999)]) -> None:
    """Make the tax sheets 281.10 of an income year from the runs that were paid."""
    made = with_house(lambda house: periods.make_year(house.database, house.clock, year))
    say(f"{made.filename} {made.sha256}")


@app.command("employers")
def import_employers(
    file: Annotated[Path, typer.Argument(help="A CSV file; columns: " + ", ".join(employers.COLUMNS))],
) -> None:
    """Import who pays the people of which organisation, from which account, and with which cut-off."""
    kept, refused = with_house(lambda house: _employers(house, read_text(file)))
    for line in refused:
        typer.echo(f"{file}:{line.line}: {line.reason}", err=True)
    if refused:
        fail("nothing was imported; correct these rows and import the file again")
    say(f"{kept} employers")


async def _employers(house: House, text: str) -> tuple[int, list[RowProblem]]:
    async with house.database.transaction() as session:
        kept, problems = await employers.import_employers(session, text)
        if problems:
            await session.rollback()
    return kept, problems


@app.command()
def work(*, until_idle: Annotated[bool, typer.Option(help="End when no part waits.")] = False) -> None:
    """Work off parts of runs beside the services, which do so too, on PostgreSQL; one for each processor left over."""

    async def working(house: House) -> None:
        if house.database.is_sqlite:
            raise PayrollError("workers need PostgreSQL; on SQLite the process that runs a month does every part")
        await pay_parts.work(house.database, house.clock, payroll_law(house), until_idle=until_idle)

    with_house(working)


async def _organisation(house: House, name: str) -> int:
    async with house.database.reading() as session:
        query = select(Organisation.id).where(Organisation.name == name)
        found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        raise PayrollError(f"there is no organisation {name!r}")
    return found
