"""`balie serve`, `balie migrate` and `balie demo`."""

import asyncio
import signal
from dataclasses import replace
from datetime import date
from typing import Annotated

import typer

from casework.errors import CaseworkError
from casework.search import indexing
from mail_gateway.errors import CertificateUnusable, KeyUnusable
from runtime import event_loop, memory, schema, wiring
from runtime.cli.output import DATABASE_IS_AWAY, database_is_away, fail, say
from runtime.demo import seed
from runtime.settings import Settings, SettingsError, read_settings
from runtime.wiring import House

app = typer.Typer()

DEMO_TODAY = date(2026, 9, 15)


@app.command()
def migrate() -> None:
    """Bring the database to the schema that this version needs."""
    try:
        asyncio.run(_migrate(read_settings()))
    except SettingsError as error:
        fail(str(error))
    except DATABASE_IS_AWAY as error:
        fail(database_is_away(error))


async def _migrate(settings: Settings) -> None:
    house = wiring.build(settings)
    try:
        before = await schema.revision(house.database)
        await schema.upgrade(house.database)
        await indexing.rebuild(house.database, only_missing=True)
        say(f"the database is at {schema.head()}" + (" already" if before == schema.head() else ""))
    finally:
        await house.database.close()


@app.command()
def serve(
    *, demo: Annotated[bool, typer.Option("--demo", help="Begin with demo people, on the day of the demo.")] = False
) -> None:
    """Serve the desk until it is told to stop."""
    try:
        settings = read_settings()
        if demo and settings.demo_today is None:
            settings = replace(settings, demo_today=DEMO_TODAY)
        if not demo:
            seed.require_demo_data(settings)
        event_loop.run(_serve(settings, demo=demo))
    except (SettingsError, CertificateUnusable, KeyUnusable) as error:
        fail(str(error))
    except DATABASE_IS_AWAY as error:
        fail(database_is_away(error))
    except OSError as error:
        fail(f"{error}; see that BALIE_HTTP_PORT and BALIE_SMTP_PORT are free and BALIE_DATA_DIR can be written")


async def _serve(settings: Settings, *, demo: bool) -> None:
    from runtime import service  # noqa: PLC0415 -- slow import: the other commands need none of the servers

    memory.give_back_large_blocks()
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    house = wiring.build(settings)
    try:
        await schema.upgrade(house.database)
        if demo:
            await seed.seed(house)
        async with service.running(house) as at:
            _announce(house, at.http_port, at.smtp_port, demo=demo)
            await stop.wait()
    finally:
        await house.database.close()


def _announce(house: House, http_port: int, smtp_port: int, *, demo: bool) -> None:
    settings = house.settings
    say(f"Portal        {settings.public_url}  (listening on {settings.http_host}:{http_port})")
    say(f"Mail server   {settings.smtp_host}:{smtp_port}, the desk is {settings.desk_address}")
    if settings.development_mailbox:
        say(f"Mails it sends  {settings.public_url}/development/mailbox")
    if demo:
        say(seed.packaged("welcome.txt").format(smtp_port=smtp_port, public_url=settings.public_url))


@app.command()
def demo() -> None:
    """Play the whole path over real sockets on throw-away data, and print what arrived."""
    from runtime.demo import story  # noqa: PLC0415 -- slow import: the other commands need none of the servers

    try:
        event_loop.run(story.play(say))
    except CaseworkError as error:
        fail(str(error))
