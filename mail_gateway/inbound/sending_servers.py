"""Asks whether a domain lets a server send its mail: SPF (RFC 7208), by a library that waits, so in a thread."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import spf

from mail_gateway.errors import NamesUnanswered
from mail_gateway.inbound.name_servers import LONGEST_TEXT, NameServers

log = logging.getLogger(__name__)

PASSED, AWAY, BROKEN = "pass", "temperror", "permerror"


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """What the questions of one check are asked through, and until when."""

    servers: NameServers
    loop: asyncio.AbstractEventLoop
    deadline: float


_inquiry: ContextVar[_Inquiry] = ContextVar("inquiry")


async def check_sending_server(servers: NameServers, *, client: str, mail_from: str, helo: str, seconds: float) -> str:
    """Return the SPF result for a server that sends in the name of `mail_from`: `pass`, `fail`, `none` and so on.

    `temperror` says that DNS did not answer, or not in time.
    """
    inquiry = _Inquiry(servers, asyncio.get_running_loop(), time.monotonic() + seconds)
    with _asking(inquiry):
        return await asyncio.to_thread(_check, client, mail_from, helo, seconds)


@contextmanager
def _asking(inquiry: _Inquiry) -> Iterator[None]:
    token = _inquiry.set(inquiry)
    try:
        yield
    finally:
        _inquiry.reset(token)


def _check(client: str, mail_from: str, helo: str, seconds: float) -> str:
    try:
        result, _, _ = spf.query(i=client, s=mail_from, h=helo, timeout=seconds, querytime=seconds).check()
    except Exception:
        log.exception("the record of a sender broke the SPF library")  # a record must not cost the mail
        return BROKEN
    return str(result)


def _look_up(name: str, kind: str, _strict: object = True, _seconds: float = 0.0) -> list[tuple[tuple[str, str], Any]]:  # noqa: FBT002 -- the library's order
    """Answer the library's questions through the inquiry of the thread that asks."""
    inquiry = _inquiry.get()
    if inquiry.loop.is_closed() or time.monotonic() > inquiry.deadline:
        raise spf.TempError("the time is over")
    asked = asyncio.run_coroutine_threadsafe(inquiry.servers.records(name, kind), inquiry.loop)
    try:
        records = asked.result(max(0.0, inquiry.deadline - time.monotonic()))
    except (NamesUnanswered, TimeoutError) as error:
        asked.cancel()
        raise spf.TempError(str(error)) from error
    return [((name, kind), value) for record in records if (value := _as_the_library_reads(record, kind)) is not None]


def _as_the_library_reads(record: Any, kind: str) -> Any:
    match kind:
        case "A" | "AAAA":
            return record.address
        case "MX":
            return (record.preference, record.exchange)
        case "PTR":
            return record.target.to_text(omit_final_dot=True)
        case "TXT" if sum(map(len, record.strings)) <= LONGEST_TEXT:
            return record.strings
        case _:
            return None


# The library's only way to be given another DNS is this global; the context of each check says which one.
spf.DNSLookup = _look_up
