"""In whose name a command of payroll is done: an officer, whom the log then names."""

import typer

from casework.people import store as people
from casework.people.models import Actor, Role
from payroll.errors import PayrollError
from runtime.wiring import House

BY_OPTION = typer.Option("--by", help="The e-mail address of the officer in whose name this is done.")


async def officer(house: House, address: str) -> Actor:
    """Return the officer who has this address. Raises `PayrollError` for anybody else's."""
    async with house.database.reading() as session:
        person = await people.person_by_address(session, address)
        actor = await people.actor(session, person.id) if person is not None else None
    if actor is None or not actor.has(Role.PAYROLL, Role.ADMIN):
        raise PayrollError(f"{address} is not the address of a payroll officer")
    return actor
