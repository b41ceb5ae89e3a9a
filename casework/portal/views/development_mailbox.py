"""Shows the mails that would have left, while no relay is named; to this machine alone."""

import asyncio
import ipaddress
import mailbox
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from casework.errors import NotFound
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page

MAILDIR = web.AppKey("development_maildir", Path)
MOST_SHOWN = 200
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


@dataclass(frozen=True)
class StoredMail:
    """One mail of the folder, as far as it is shown."""

    key: str
    sender: str
    recipient: str
    subject: str
    date: str
    text: str


def _require_this_machine(request: web.Request) -> None:
    """Raise `NotFound` unless the request comes from this machine, under its own name and through no proxy.

    A page of another site can make its name lead here (DNS rebinding); the browser then still sends that name.
    """
    is_proxied = any(name in request.headers for name in PROXY_HEADERS)
    if is_proxied or not _is_loopback(request.remote or "") or not _is_own_name(request):
        raise NotFound


def _is_own_name(request: web.Request) -> bool:
    try:
        name = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return False
    own = urlsplit(shell(request).desk.settings.public_url).hostname
    return name in {"localhost", own} or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _read_all(folder: Path) -> list[StoredMail]:
    """Read the newest mails of a Maildir, newest first; a folder that does not exist yet is empty."""
    if not (folder / "new").is_dir():
        return []
    box = mailbox.Maildir(folder, create=False)
    keys = sorted(box.keys(), key=lambda key: (folder / box._lookup(key)).stat().st_mtime_ns, reverse=True)  # type: ignore[attr-defined]  # noqa: SLF001 -- the only way to a mail's file
    return [_stored(key, box.get_bytes(key)) for key in keys[:MOST_SHOWN]]


def _stored(key: str, raw: bytes) -> StoredMail:
    mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)
    part = mail.get_body(preferencelist=("plain",))
    return StoredMail(
        key,
        sender=str(mail.get("From", "")),
        recipient=str(mail.get("To", "")),
        subject=str(mail.get("Subject", "")),
        date=str(mail.get("Date", "")),
        text=part.get_content() if part is not None else "",
    )


async def list_mails(request: web.Request) -> web.StreamResponse:
    """Show the latest mails."""
    _require_this_machine(request)
    mails = await asyncio.to_thread(_read_all, request.app[MAILDIR])
    return render_page(request, "portal/development_mailbox.html", mails=mails)


async def show_mail(request: web.Request) -> web.StreamResponse:
    """Show one mail."""
    _require_this_machine(request)
    mails = await asyncio.to_thread(_read_all, request.app[MAILDIR])
    mail = next((mail for mail in mails if mail.key == request.match_info["key"]), None)
    if mail is None:
        raise NotFound
    return render_page(request, "portal/development_mail.html", mail=mail)


ROUTES = (
    web.get("/development/mailbox", list_mails),
    web.get("/development/mailbox/{key}", show_mail),
)
