"""`balie case …`: what the desk holds."""

import json as json_module
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.cases import store as cases
from casework.cases.models import Case
from casework.messages import store as messages
from casework.messages.models import EventKind
from casework.messages.store import TimelineEntry
from casework.people import store as people
from runtime.cli.output import JSON_OPTION, moment, print_json, print_rows, say, with_house
from runtime.wiring import House

app = typer.Typer(help="Cases.", no_args_is_help=True)

COLUMNS = ("number", "status", "form", "subject", "requester", "handler", "channel", "opened_at")


@app.callback()
def case() -> None:
    """Cases."""


@app.command("list")
def list_(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print every case, closed ones too, oldest first."""
    rows = with_house(_cases)
    print_json(rows) if json else print_rows(rows, COLUMNS)


async def _cases(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        return await _described(session, await cases.all_cases(session))


async def _described(session: AsyncSession, found: Sequence[Case]) -> list[dict[str, Any]]:
    who = {case.requester_id for case in found} | {case.handler_id for case in found if case.handler_id}
    addresses = await people.primary_addresses(session, who)
    return [
        {
            "number": case.number,
            "status": case.status.value,
            "form": case.form_key,
            "subject": case.subject,
            "requester": addresses.get(case.requester_id),
            "handler": addresses.get(case.handler_id) if case.handler_id else None,
            "channel": case.channel,
            "opened_at": moment(case.opened_at),
        }
        for case in found
    ]


@app.command()
def show(number: str, *, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print one case with its fields, files and timeline."""
    case_ = with_house(lambda house: _case(house, number))
    if json:
        print_json(case_)
        return
    for column in (*COLUMNS, "fields", "linked"):
        say(f"{column}: {case_[column]}")
    print_rows(case_["timeline"], ("at", "kind", "actor", "channel", "text"))
    print_rows(case_["attachments"], ("filename", "declared_type", "content_type", "size", "sha256"))


async def _case(house: House, number: str) -> dict[str, Any]:
    async with house.database.reading() as session:
        case_ = await cases.by_number(session, number)
        [row] = await _described(session, [case_])
        files = await attachments.of_case(session, case_.id, with_internal=True)
        timeline = await messages.timeline(session, case_.id, with_notes=True)
        return row | {
            "fields": case_.fields,
            "attachments": [
                {
                    "filename": file.filename,
                    "declared_type": file.declared_type,
                    "content_type": file.content_type,
                    "size": file.size,
                    "sha256": file.sha256,
                }
                for file in files
            ],
            "timeline": [
                {
                    "at": moment(entry.at),
                    "kind": entry.kind.value,
                    "actor": entry.actor,
                    "channel": entry.channel,
                    "text": _text(entry),
                }
                for entry in timeline
            ],
            "linked": [one.number for one in await cases.linked(session, case_.id)],
        }


def _text(entry: TimelineEntry) -> str:
    """Return the words of an entry, or what its data says."""
    if entry.text:
        return entry.text
    if entry.kind is EventKind.PAY_EFFECT:
        months = [f"{month['period']} {month['wage_type']} {month['amount']}" for month in entry.data["months"]]
        return "; ".join(months) or "nothing changes"
    if entry.kind is EventKind.PROBLEM:
        return "; ".join(str(problem["message"]) for problem in entry.data["problems"])
    return " ".join(f"{key}={_plain(value)}" for key, value in entry.data.items())


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json_module.dumps(value, ensure_ascii=False)
