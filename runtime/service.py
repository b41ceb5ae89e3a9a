"""Runs every part of the desk on one loop, and stops them in the order in which nothing is lost."""

import asyncio
import fcntl
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import IO

import structlog
from aiohttp import web

from bot.settings import AssistantSettings
from casework.audit.checkpoints import CheckpointKeeper
from casework.outbox import service as outbox
from casework.portal.app import create_app
from casework.portal.runner import PortalRunner
from casework.webhooks.sender import WebhookSender
from casework.webhooks.worker import WebhookWorker
from mail_gateway import store as received
from mail_gateway.inbound.authentication import Border
from mail_gateway.inbound.filing import Mailroom
from mail_gateway.inbound.intake import Intake
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.inbound.mailbox import Mailbox
from mail_gateway.inbound.parsing_pool import ParsingPool
from mail_gateway.inbound.screening import OwnIdentity
from mail_gateway.inbound.server import MailServer
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.outbound.sender import sender_for
from mail_gateway.outbound.worker import OutboundWorker
from mail_gateway.pages import section as mail_pages
from payroll.pages import section as payroll_pages
from payroll.pages.law import LAW
from runtime import chat, outside_channels, pay_parts, wiring
from runtime.chat import Chat, RasaAccess
from runtime.schedule import Schedule
from runtime.sign_in_ways import read_offer
from runtime.wiring import House, dkim_key, mail_settings, sender_checker

log = structlog.get_logger()

STOP_SECONDS = 8.0


@dataclass(frozen=True)
class Running:
    """A desk that is being served: where it listens."""

    http_port: int
    smtp_port: int


def owner_name() -> str:
    """Return a name that no other process has: what a lease is held under."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(house: House) -> AsyncGenerator[Running]:
    """Serve the desk while the block lasts; on leaving, what is under way is finished or left for the next start."""
    async with AsyncExitStack() as stack:
        await _release_leases_if_alone(house, stack)
        settings = mail_settings(house)
        signer = Signer(settings.secret_key, settings.desk_address)
        keeper = MailKeeper(house.database, house.clock)
        owner = owner_name()
        large_mail = asyncio.Lock()
        parser = await stack.enter_async_context(ParsingPool())
        own = OwnIdentity(settings.own_addresses, settings.instance_id)
        border = Border(settings.authserv_id, settings.authserv_peers)
        room = Mailroom(house.desk, own, signer, border, sender_checker(settings))
        intake = Intake(house.database, room, settings, parser.parse, owner=owner, large_mail=large_mail)
        sender = OutboundWorker(
            house.database, house.desk, settings, signer, sender_for(settings), owner=owner, dkim_key=dkim_key(settings)
        )
        sealing = CheckpointKeeper(house.database, house.clock, house.settings.data_dir, house.desk.settings.secret_key)
        webhooks = WebhookWorker(
            house.database, house.desk, WebhookSender(house.settings.webhook_networks), owner=owner
        )
        talks = _chat(house)
        works = {
            "intake": intake.run,
            "outbox": sender.run,
            "checkpoints": sealing.run,
            "webhooks": webhooks.run,
            **talks.works,
        }
        if settings.mailbox is not None:
            works["mailbox"] = Mailbox(house.database, house.clock, keeper, settings, settings.mailbox).run
        if not house.database.is_sqlite:
            works["parts of pay runs"] = partial(
                pay_parts.work_until, house.database, house.clock, wiring.payroll_law(house)
            )
        await stack.enter_async_context(_workers(works))
        server = MailServer(keeper, settings, signer, large_mail)
        await server.start()
        stack.push_async_callback(keeper.close)
        stack.push_async_callback(server.stop)
        http_port = await _start_web(house, stack, talks)
        schedule = Schedule(house)
        schedule.start()
        stack.push_async_callback(schedule.stop)
        yield Running(http_port=http_port, smtp_port=server.port)


def _chat(house: House) -> Chat:
    settings = AssistantSettings(cache_folder=house.settings.data_dir / "assistant")
    longest_wait = timedelta(minutes=house.settings.chat_wait_minutes)
    rasa = RasaAccess(house.settings.rasa_url, house.settings.rasa_token) if house.settings.rasa_url else None
    origins = house.settings.chat_embed_origins.split()
    return chat.build(
        house.database,
        house.desk,
        settings,
        longest_wait=longest_wait,
        rasa=rasa,
        embed_origins=origins,
        outside=outside_channels.access(house.settings),
        law=wiring.payroll_law(house),
    )


async def _start_web(house: House, stack: AsyncExitStack, talks: Chat) -> int:
    """Serve the pages; the assistant gets ready while the first ones are already served."""
    getting_ready = asyncio.create_task(talks.assistant.start())
    stack.callback(getting_ready.cancel)
    app = create_app(
        database=house.database,
        desk=house.desk,
        rules=house.sign_in,
        sections=[mail_pages.SECTION, payroll_pages.SECTION, talks.section],
        development_maildir=house.settings.development_mailbox,
        offer=read_offer(house.settings),
        settings_in_force=wiring.settings_in_force(house.settings),
        former=wiring.read_former_addresses(house.settings.former_addresses),
    )
    app[LAW] = wiring.payroll_law(house)
    runner = PortalRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    stack.callback(talks.section.close)  # before the cleanup, which would wait for every open tab
    await web.TCPSite(runner, house.settings.http_host, house.settings.http_port).start()
    return int(runner.addresses[0][1])


@asynccontextmanager
async def _workers(works: Mapping[str, Callable[[asyncio.Event], Awaitable[None]]]) -> AsyncGenerator[None]:
    """Run workers beside each other until the block ends; then let them finish, but not for ever."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_again(name, work, stop)) for name, work in works.items()]
    try:
        yield
    finally:
        stop.set()
        _, hanging = await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again(name: str, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run a worker, and begin again when it breaks: a worker that is gone would be silence."""
    while not stop.is_set():
        try:
            await work(stop)
        except Exception:
            log.exception("worker_broke", worker=name)
            await asyncio.sleep(1)


async def _release_leases_if_alone(house: House, stack: AsyncExitStack) -> None:
    """Take work back at once that a killed process held: possible where no other process can be at work."""
    if not house.database.is_sqlite:
        return
    lock = _lock(house)
    if lock is None:
        log.warning("another_process_serves_this_data", folder=str(house.settings.data_dir))
        return
    stack.callback(lock.close)
    async with house.database.transaction() as session:
        await outbox.release_leases(session)
        await received.release_leases(session)


def _lock(house: House) -> IO[str] | None:
    """Return the lock of the data folder, or `None` when another process has it; it goes with the process."""
    file = (house.settings.data_dir / "serve.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
