"""Turns the raw bytes of a mail into what the desk works with."""

import email
import email.policy
from email.utils import parseaddr

from mail_gateway.models import Address, MailKind, ParsedMail


def parse_mail(raw: bytes) -> ParsedMail:
    """Read a mail; whatever the bytes are, the answer is a ParsedMail whose `defects` say what was wrong."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    headers = tuple((name.lower(), " ".join(str(value).split())) for name, value in message.items())
    first = dict(reversed(headers))
    text = "" if message.is_multipart() else raw.partition(b"\n\n")[2].decode("utf-8", "replace")
    return ParsedMail(
        message_id=first.get("message-id"),
        in_reply_to=first.get("in-reply-to"),
        references=tuple(first.get("references", "").split()),
        from_=Address(*parseaddr(first.get("from", ""))),
        from_count=sum(name == "from" for name, _ in headers),
        to=(Address(*parseaddr(first.get("to", ""))),),
        cc=(),
        reply_to=(),
        subject=first.get("subject", ""),
        date=None,
        text=text,
        html="",
        reply_end=len(text),
        answers="in-reply-to" in first,
        language=None,
        kind=MailKind.PERSON,
        attachments=(),
        calendar=(),
        defects=(),
        headers=headers,
    )
