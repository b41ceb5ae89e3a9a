"""`balie api …`: the tokens with which programs work at the desk."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from casework.api import tokens
from casework.api.models import Scope
from casework.messages.models import Channel
from casework.people.models import Actor, Role
from runtime.cli.output import JSON_OPTION, moment, print_json, print_rows, say, with_house
from runtime.wiring import House

app = typer.Typer(help="Tokens of programs.", no_args_is_help=True)

COLUMNS = ("id", "name", "as", "scopes", "made_by", "expires_at", "last_used_at", "revoked_at")


@app.callback()
def api() -> None:
    """Keep the tokens of programs."""


@app.command()
def token(
    name: str,
    scope: Annotated[list[Scope], typer.Option(help="What it may be used for; several are possible.")],
    person: Annotated[str, typer.Option(help="The address of the person it acts as.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="Or the roles of a service of its own.")] = None,
    days: Annotated[int, typer.Option(help="How long it works.", min=1, max=tokens.LONGEST_LIFE.days)] = 90,
) -> None:
    """Make a token and print it, this once."""
    say(with_house(lambda house: _make(house, name, scope, person, role or [], days)))


async def _make(house: House, name: str, scopes: list[Scope], address: str, roles: list[Role], days: int) -> str:
    async with house.database.transaction() as session:
        return await tokens.make(
            session,
            name=name,
            person=await tokens.person_with(session, address) if address else None,
            roles=roles,
            scopes=scopes,
            life=timedelta(days=days),
            maker=Actor(None, "balie api token"),
            channel=Channel.SYSTEM,
            now=house.clock.now(),
        )


@app.command("list")
def list_(*, json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Print every token that was made, without the token itself."""
    rows = with_house(_tokens)
    print_json(rows) if json else print_rows(rows, COLUMNS)


async def _tokens(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as session:
        return [
            {
                "id": held.id,
                "name": held.name,
                "as": person.name if person else ",".join(held.roles),
                "scopes": ",".join(held.scopes),
                "made_by": held.made_by,
                "expires_at": moment(held.expires_at),
                "last_used_at": moment(held.last_used_at),
                "revoked_at": moment(held.revoked_at),
            }
            for held, person in await tokens.all_tokens(session)
        ]


@app.command()
def revoke(token_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**31 - 1)]) -> None:
    """End a token for good."""
    with_house(lambda house: _revoke(house, token_id))
    say(f"token {token_id} no longer works")


async def _revoke(house: House, token_id: int) -> None:
    async with house.database.transaction() as session:
        by, now = Actor(None, "balie api revoke"), house.clock.now()
        await tokens.revoke(session, token_id, by=by, channel=Channel.SYSTEM, now=now)
