"""`balie outbox …`: what was told to whom, whether it left, and a held mail let go."""

from typing import Annotated, Any

import typer

from casework.audit import service as audit
from casework.messages.models import Channel
from casework.outbox import service as outbox
from casework.outbox.models import OutboxMail, OutboxState
from casework.people.models import Actor
from runtime.cli.output import JSON_OPTION, print_json, print_rows, say, with_house
from runtime.wiring import House

app = typer.Typer(help="Mails that go out.", no_args_is_help=True)

COLUMNS = ("id", "kind", "to", "subject", "state", "attempts", "reason")


@app.callback()
def outbox_() -> None:
    """Mails that go out."""


@app.command("list")
def list_(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print every mail that was ever queued, sent ones too, oldest first."""
    rows = with_house(_mails)
    print_json(rows) if json else print_rows(rows, COLUMNS)


def _state(mail: OutboxMail) -> str:
    """Return where a mail stands; one that left and came back has failed, and its reason says how."""
    return OutboxState.FAILED.value if mail.state == OutboxState.BOUNCED else mail.state


async def _mails(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        return [
            {
                "id": mail.id,
                "kind": mail.kind,
                "to": mail.to_address,
                "subject": mail.subject,
                "state": _state(mail),
                "attempts": mail.attempts,
                "reason": mail.reason or (mail.last_reply if mail.state != OutboxState.SENT else None),
            }
            for mail in await outbox.all_mails(session)
        ]


@app.command("release")
def release(mail_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Have a held or failed mail leave after all, with a whole week of tries."""
    with_house(lambda house: _release(house, mail_id))
    say(f"mail {mail_id} will be sent")


async def _release(house: House, mail_id: int) -> None:
    async with house.database.transaction() as session:
        await outbox.release(session, mail_id, now=house.clock.now())
        audit.record(
            session,
            at=house.clock.now(),
            action="release_outgoing_mail",
            actor=Actor(None, "balie outbox release"),
            channel=Channel.SYSTEM,
            details={"mail": mail_id},
        )
