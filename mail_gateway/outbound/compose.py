"""Writes a mail of the outbox as the bytes that travel, once, so that every try sends the same mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.outbox.letters import one_line
from casework.outbox.models import MailKind, OutboxMail
from casework.people import store as people
from mail_gateway import store
from mail_gateway.inbound.kinds import INSTANCE_HEADER
from mail_gateway.outbound.reply_address import Reference, Signer
from mail_gateway.outbound.signing import DkimKey, sign
from mail_gateway.settings import MailSettings

WITHOUT_RETURN = frozenset({MailKind.REGISTER, MailKind.UNPROVEN})
"""Answers to mails that anybody may have written leave with a null sender, so that nothing bounces (RFC 3834, 3.3)."""
NEWEST_REFERENCES = 9
LONGEST_WORD = 500  # half of what a line may hold (RFC 5322, 2.1.1), as quoting may double it
HEADER_BLOCK = 4096  # some relays refuse more
USABLE_ID = re.compile(r"[!-;=?-~]{1,248}")
ADDRESS = re.compile(r"[^\s<>,;:\"()\\]{1,64}@[^\s<>,;:\"()\\@]{1,255}")


@dataclass(frozen=True)
class Document:
    """A document that leaves with a mail."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Composed:
    """A mail as it travels."""

    message_id: str
    raw: bytes


def reference_of(mail: OutboxMail) -> Reference:
    """Return what the signed names of a mail speak of."""
    return Reference(mail.case_id or 0, mail.person_id or 0, mail.id)


def envelope_sender(mail: OutboxMail, signer: Signer) -> str:
    """Return the address that a bounce of this mail goes to: its own, so that the bounce finds it; empty is null."""
    return "" if mail.kind in WITHOUT_RETURN else signer.reply_address(reference_of(mail))


def is_address(address: str) -> bool:
    """Return whether a mail can be sent to an address, and the address can stand in a header."""
    return ADDRESS.fullmatch(address) is not None


async def compose(
    session: AsyncSession,
    mail: OutboxMail,
    settings: MailSettings,
    signer: Signer,
    now: datetime,
    dkim_key: DkimKey | None = None,
    files: Sequence[Document] = (),
) -> Composed:
    """Write a mail as text and HTML with its documents, in the thread of this person on this case; sign it with a key.

    Raises `ValueError` for an address that no mail can be sent to.
    """
    name = "" if mail.person_id is None else (await people.person(session, mail.person_id)).name
    message_id = signer.message_id(reference_of(mail))
    headers = {
        "From": _mailbox(settings.desk_name, settings.desk_address),
        "To": _mailbox(name, mail.to_address),
        "Subject": _words(mail.subject, "Subject"),
        "Date": format_datetime(now),
        "Message-ID": f"<{message_id}>",
        "Auto-Submitted": "auto-replied" if mail.in_reply_to else "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, OOF, AutoReply",
        INSTANCE_HEADER.title(): settings.instance_id,
    }
    if mail.case_id is not None:
        headers["Reply-To"] = _mailbox(settings.desk_name, signer.reply_address(reference_of(mail)))
    body = _body(mail, files)
    room = HEADER_BLOCK - len(_block(headers)) - body.index(b"\r\n\r\n") - (dkim_key.room if dkim_key else 0)
    headers |= thread_headers(mail.in_reply_to, await _thread(session, mail), room)
    raw = _block(headers) + body
    return Composed(message_id, raw if dkim_key is None else sign(raw, dkim_key, now))


def _block(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def _words(text: str, header: str) -> str:
    """Return free text as a header may hold it: on one line, then encoded and folded (RFC 2047)."""
    line = one_line(text)
    return Header(line, "us-ascii" if _is_plain(line) else "utf-8", header_name=header).encode(linesep="\r\n")


def _is_plain(line: str) -> bool:
    """Tell whether text can stand in a header as it is; a word that fills a line by itself cannot be folded."""
    return line.isascii() and "=?" not in line and max(map(len, line.split(" "))) <= LONGEST_WORD


def _mailbox(name: str, address: str) -> str:
    """Return a name with an address; an address beyond ASCII is written as it is (RFC 6532)."""
    if not is_address(address):
        raise ValueError("this is not an address that a mail can be sent to")
    name = one_line(name)
    if not name:
        return address
    if _is_plain(name) and len(name) <= LONGEST_WORD:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{_words(name, 'Reply-To')} <{address}>"


def _body(mail: OutboxMail, files: Sequence[Document]) -> bytes:
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for file in files:
        maintype, _, subtype = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.filename)
    return message.as_bytes()


async def _thread(session: AsyncSession, mail: OutboxMail) -> list[str]:
    """Return the Message-IDs of what the desk and this person wrote to each other on this case, oldest first."""
    if mail.case_id is None or mail.person_id is None:
        return []
    query = select(OutboxMail.created_at, OutboxMail.message_id).where(
        OutboxMail.case_id == mail.case_id, OutboxMail.person_id == mail.person_id, OutboxMail.id < mail.id,
        OutboxMail.message_id.is_not(None),
    )  # fmt: skip
    ours = [(at, message_id) for at, message_id in await session.execute(query.order_by(OutboxMail.id)) if message_id]
    theirs = await store.mails_of_person(session, mail.case_id, mail.person_id)
    return [message_id for _, message_id in sorted(ours + theirs, key=lambda entry: entry[0])]


def thread_headers(in_reply_to: str | None, thread: Sequence[str], room: int) -> dict[str, str]:
    """Return In-Reply-To and References (RFC 5322, 3.6.4): the first mail of the thread and the newest nine.

    The mail that is answered stands last. Older ones are left out where `room` bytes do not hold them; ids that
    could break a header are left out always.
    """
    answered = (in_reply_to or "").strip("<>")
    usable = [one for one in dict.fromkeys(thread) if one != answered] + [answered]
    known = [one for one in usable if USABLE_ID.fullmatch(one)]
    if not known:
        return {}
    for newest in range(min(NEWEST_REFERENCES, len(known)), 0, -1):
        chosen = dict.fromkeys([known[0], *known[-newest:]])
        headers = {"In-Reply-To": f"<{known[-1]}>", "References": "\r\n ".join(f"<{one}>" for one in chosen)}
        if len(_block(headers)) <= room:
            return headers
    return {"In-Reply-To": f"<{known[-1]}>"}
