"""`balie mail …`: every mail that was received, and what became of it."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from casework.audit import service as audit
from casework.messages.models import Channel
from casework.people.models import Actor
from mail_gateway import store
from mail_gateway.errors import KeyUnusable
from mail_gateway.inbound.description import bracketed, describe
from mail_gateway.inbound.parse import parse_mail
from runtime import wiring
from runtime.cli.output import JSON_OPTION, fail, moment, print_json, print_rows, say, with_house
from runtime.settings import SettingsError, read_settings
from runtime.wiring import House

app = typer.Typer(help="Received mail.", no_args_is_help=True)

LARGEST_ID = 2**31 - 1
COLUMNS = ("id", "message_id", "sha256", "received_at", "from", "state", "reason", "case")


@app.callback()
def mail() -> None:
    """Received mail."""


@app.command("list")
def list_(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print every received mail, oldest first; one that was sent again is the same one."""
    rows = with_house(_mails)
    print_json(rows) if json else print_rows(rows, COLUMNS)


async def _mails(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        return [
            {
                "id": listed.mail.id,
                "message_id": bracketed(listed.mail.message_id),
                "sha256": listed.mail.sha256,
                "received_at": moment(listed.mail.received_at),
                "from": listed.mail.from_address,
                "state": listed.mail.state,
                "reason": listed.mail.reason,
                "case": listed.case_number,
            }
            for listed in await store.list_mails(session)
        ]


@app.command()
def raw(mail_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID)]) -> None:
    """Print the bytes of a received mail as they arrived."""
    sys.stdout.buffer.write(with_house(lambda house: _raw(house, mail_id)))


async def _raw(house: House, mail_id: int) -> bytes:
    async with house.database.reading() as session:
        return await store.raw(session, mail_id)


@app.command()
def release(mail_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID)]) -> None:
    """Have a held or shunted mail worked on again, with your word for it."""
    with_house(lambda house: _release(house, mail_id))
    say(f"mail {mail_id} will be worked on again")


async def _release(house: House, mail_id: int) -> None:
    async with house.database.transaction() as session:
        await store.release(session, mail_id)
        audit.record(
            session,
            at=house.clock.now(),
            action="release_mail",
            actor=Actor(None, "balie mail release"),
            channel=Channel.SYSTEM,
            details={"mail": mail_id},
        )


@app.command()
def dkim() -> None:
    """Print the DNS record that lets others check the signatures on our mails."""
    try:
        key = wiring.dkim_key(wiring.mail_settings(wiring.build(read_settings())))
    except (SettingsError, KeyUnusable) as error:
        fail(str(error))
    if key is None:
        fail("our mails are not signed; set BALIE_DKIM_KEY and BALIE_DKIM_SELECTOR")
    # One string of a TXT record holds 255 bytes at most (RFC 1035, 3.3.14).
    strings = [key.record[start : start + 255] for start in range(0, len(key.record), 255)]
    say(f"{key.record_name}. IN TXT ( " + " ".join(f'"{string}"' for string in strings) + " )")


@app.command()
def parse(files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Mails as files; - is stdin.")]) -> None:
    """Print what is in a mail, one JSON object a line; no database, no network."""
    failed = False
    for file in files:
        try:
            content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            sys.stderr.write(f"balie: {file} cannot be read: {error}\n")
            failed = True
            continue
        sys.stdout.write(json_module.dumps(describe(parse_mail(content), file), ensure_ascii=False) + "\n")
    if failed:
        raise typer.Exit(1)
