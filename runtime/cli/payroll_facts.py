"""`balie payroll facts | import | diff | take-back | settle | repayment …`: what reaches pay and changes there."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.messages.models import Channel
from casework.people.importing import RowProblem
from casework.people.models import Actor
from payroll.effects import counterfacts, difference
from payroll.effects.difference import CaseDifference
from payroll.engine.errors import ColumnsInvalid
from payroll.engine.money import format_cents
from payroll.engine.periods import PayMonth
from payroll.facts import door, importing
from payroll.facts.importing import FactsReport
from payroll.repayments import service as repayments
from runtime.cli.officers import BY_OPTION, officer
from runtime.cli.output import JSON_OPTION, fail, print_json, print_rows, read_text, say, with_house
from runtime.wiring import House, payroll_law

T = TypeVar("T")
Which = TypeVar("Which", str, int)
Said = ParamSpec("Said")
DIFF_COLUMNS = ("period", "wage_type", "without", "with", "difference")
PLAN_COLUMNS = ("plan", "person_id", "period", "owed", "state", "objection_until")
facts_app = typer.Typer(help="Dated facts about people.", no_args_is_help=True)
imports_app = typer.Typer(help="Bring approved entries of other systems into pay, each once.", no_args_is_help=True)
repayment_app = typer.Typer(help="Settle what somebody was paid too much.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A CSV file with a heading.")]
Json = Annotated[bool, JSON_OPTION]
Number = Annotated[str, typer.Argument(metavar="HRB…", help="The number of the ticket.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the log.")]
By = Annotated[str, BY_OPTION]
Plan = Annotated[int, typer.Argument(metavar="PLAN", help="The number of the plan.")]
Enter = Callable[[AsyncSession, Clock], Awaitable[FactsReport]]


@facts_app.callback()
def facts() -> None:
    """Dated facts about people."""


@facts_app.command("import")
def import_facts(
    file: Annotated[Path, typer.Argument(help="A CSV file; columns: " + ", ".join(importing.COLUMNS))],
    *,
    json: Json = False,
) -> None:
    """Import pay and households from a CSV file; importing twice changes nothing."""
    rows, unreadable = importing.read_facts(read_text(file))
    author = "balie payroll facts import"
    _bring_in(file, unreadable, lambda session, clock: importing.import_facts(session, clock, rows, author), json=json)


@imports_app.callback()
def imports() -> None:
    """Bring approved entries of other systems into pay, each once."""


@imports_app.command("expenses")
def import_expenses(file: File, *, json: Json = False) -> None:
    """Import approved expenses; columns: reference, employee_number, on, about, amount, treatment, reason, cancels."""
    _import("expenses", file, json=json)


@imports_app.command("absences")
def import_absences(file: File, *, json: Json = False) -> None:
    """Import absences; columns: reference, employee_number, first_on, last_on, absence, pay, reason, cancels."""
    _import("absences", file, json=json)


@imports_app.command("allowances")
def import_allowances(file: File, *, json: Json = False) -> None:
    """Import monthly allowances; columns as for absences, with allowance, amount and treatment in the place of pay."""
    _import("allowances", file, json=json)


@imports_app.command("scales")
def import_scales(file: File, *, json: Json = False) -> None:
    """Import places on scales.

    Columns: reference, employee_number, first_on, last_on, scale, step or seniority_from, fraction (percent), statute,
    reason, cancels.
    """
    _import("scales", file, json=json)


@imports_app.command("counts")
def import_counts(file: File, *, json: Json = False) -> None:
    """Import what is counted in a month; columns: reference, employee_number, on, counted, number, reason, cancels."""
    _import("counts", file, json=json)


@imports_app.command("addresses")
def import_addresses(file: File, *, json: Json = False) -> None:
    """Import where people live, for their tax sheets.

    Columns: reference, employee_number, first_on, last_on, street, building, postcode, town, country (BE), reason,
    cancels.
    """
    _import("addresses", file, json=json)


def _import(what: str, file: Path, *, json: bool) -> None:
    doorway = door.DOORWAYS[what]
    entries, unreadable = doorway.read(read_text(file))
    author = f"balie payroll import {what}"
    _bring_in(file, unreadable, lambda session, clock: door.enter(session, clock, doorway, entries, author), json=json)


class _NothingKept(Exception):
    """Takes back an import that has refused rows."""

    def __init__(self, done: FactsReport) -> None:
        super().__init__()
        self.done = done


def _bring_in(file: Path, unreadable: Sequence[RowProblem], enter: Enter, *, json: bool) -> None:
    """Bring in a file whose every row is good, or else nothing of it, and print what was done."""
    done = FactsReport(0, 0, ())
    if not unreadable:
        try:
            done = with_house(lambda house: _enter_all(house, enter))
        except _NothingKept as taken_back:
            done = FactsReport(0, 0, taken_back.done.problems)
    refused = [{"line": problem.line, "reason": problem.reason} for problem in (*unreadable, *done.problems)]
    if json:
        print_json({"added": done.added, "unchanged": done.unchanged, "refused": refused})
    else:
        for line in refused:
            typer.echo(f"{file}:{line['line']}: {line['reason']}", err=True)
        say(f"{done.added} added, {done.unchanged} unchanged, {len(refused)} refused")
    if refused:
        fail("nothing was imported; correct these rows and import the file again")


async def _enter_all(house: House, enter: Enter) -> FactsReport:
    async with house.database.transaction() as session:
        done = await enter(session, house.clock)
        if done.problems:
            raise _NothingKept(done)
        return done


def diff(number: Number, *, json: Json = False) -> None:
    """Print the lines of pay that a ticket changes, month by month: the same today and in three years."""
    found = with_house(lambda house: _diff(house, number))
    for period in found.now_differs:
        typer.echo(f"{period}: the program of today calculates something else; this is what was taken over", err=True)
    if json:
        print_json(found.as_json())
        return
    say(f"{found.case}\t{found.state}\t{found.known_from or ''}")
    print_rows([{"period": month["period"]} | line for month in found.months for line in month["lines"]], DIFF_COLUMNS)


async def _diff(house: House, number: str) -> CaseDifference:
    async with house.database.reading() as session:
        law = payroll_law(house)
        return await difference.of_case(session, house.clock, house.desk.catalogue, law, number)


def take_back(number: Number, *, by: By, reason: Reason) -> None:
    """Book counter-facts against what a ticket brought into pay; the next run corrects each month."""
    say(f"{_step(by, counterfacts.take_back, number, reason)} facts taken back")


def settle(number: Number, *, by: By, reason: Reason) -> None:
    """Say that an officer entered what no rule works out for a ticket; its problem goes."""
    _step(by, counterfacts.settle, number, reason)
    say(f"{number} is settled")


@repayment_app.callback()
def repayment() -> None:
    """Settle what somebody was paid too much."""


@repayment_app.command("list")
def list_repayments(*, json: Json = False) -> None:
    """List the repayment plans that wait for a decision."""
    plans = with_house(_plans)
    if json:
        print_json(plans)
    else:
        print_rows(plans, PLAN_COLUMNS)


async def _plans(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        standing = await repayments.standing(session)
        return [
            {
                "plan": plan.id,
                "person_id": plan.person_id,
                "period": plan.period,
                "owed": format_cents(plan.owed),
                "state": plan.state,
                "objection_until": plan.objection_until.isoformat() if plan.objection_until else "",
            }
            for plan in standing
        ]


@repayment_app.command("told")
def told_of_repayment(
    plan: Plan, *, by: By, on: Annotated[str, typer.Option(help="The day of the letter, as 2026-11-03.")]
) -> None:
    """Write down that the employee was told by letter; the thirty days in which they can object begin."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        fail(f"{on!r} is not a date; write it as 2026-11-03")
    _step(by, repayments.told, plan, day)
    say(f"plan {plan}: the employee was told on {day}")


@repayment_app.command("object")
def object_to_repayment(plan: Plan, *, by: By, reason: Reason) -> None:
    """Write down that the employee objects, within thirty days; nothing is recovered until somebody decides."""
    _step(by, repayments.object_to, plan, reason)
    say(f"plan {plan}: the employee objects")


@repayment_app.command("waive")
def waive_repayment(plan: Plan, *, by: By, reason: Reason) -> None:
    """Let a debt go."""
    _step(by, repayments.waive, plan, reason)
    say(f"plan {plan} is let go")


@repayment_app.command("agree")
def agree_on_repayment(
    plan: Plan,
    *,
    by: By,
    instalments: Annotated[int, typer.Option(help="In how many months.")],
    since: Annotated[str, typer.Option(help="The first month, as 2026-11.")],
) -> None:
    """Recover a debt by a deduction in each of some months, once the objection term has passed."""
    try:
        month = PayMonth.parse(since)
    except ColumnsInvalid as error:
        fail(str(error))
    _step(by, repayments.agree, plan, instalments, month)
    say(f"plan {plan} is recovered in {instalments} months")


def _step(
    by: str,
    step: Callable[Concatenate[AsyncSession, Clock, Which, Actor, str, Said], Coroutine[Any, Any, T]],
    which: Which,
    *said: Said.args,
    **named: Said.kwargs,
) -> T:
    """Take one step with a ticket or a plan, in the name of an officer."""

    async def work(house: House) -> T:
        actor = await officer(house, by)
        async with house.database.transaction() as session:
            return await step(session, house.clock, which, actor, Channel.SYSTEM, *said, **named)

    return with_house(work)
