"""Reads what a mail server says about a mail that it could not deliver (RFC 3464), and older words for the same.

Pure. A report is a claim of a stranger: what it says is kept as words, and which mail it is about is decided by
signed names alone.
"""

import re
from dataclasses import dataclass

from casework.outbox.bounces import Severity
from mail_gateway.inbound import bounce_words
from mail_gateway.models import ParsedAttachment, ParsedMail

REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
ORIGINALS = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"}
)
PASSING_ACTIONS = frozenset({"delayed", "delivered", "relayed", "expanded"})
"""RFC 3464, 2.3.3: the mail may still arrive, or has."""
READ_BYTES = 64 * 1024
READ_CHARS = 64 * 1024
LONGEST_REASON = 300
FOLD = re.compile(r"\r?\n[ \t]+")
BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
STATUS = re.compile(r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")  # RFC 3463, 2
REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ -])")  # RFC 5321, 4.2
MESSAGE_ID = re.compile(r"^[ \t>]*message-id:[ \t]*(?:\r?\n[ \t]+)?<?([^<>\s]{3,400})>?", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a mail, in the words of the server that reports: None is a mail that may still arrive."""

    severity: Severity | None
    reason: str
    message_ids: tuple[str, ...]


def read_report(mail: ParsedMail) -> DeliveryReport:
    """Read a mail that reports on another; where it does not say how final a failure is, it counts as a soft one."""
    fields = _recipient_fields(mail)
    text = mail.text[:READ_CHARS]
    reason = _reason(fields, text)
    if fields.get("action", "").lower() in PASSING_ACTIONS:
        return DeliveryReport(None, reason, _message_ids(mail, text))
    code = _class(fields.get("status", "")) or _class(fields.get("diagnostic-code", "")) or _class(text)
    severity = Severity.HARD if code == "5" else Severity.SOFT
    return DeliveryReport(severity, reason, _message_ids(mail, text))


def says_undelivered(mail: ParsedMail) -> bool:
    """Return whether the words of a mail that is not marked as a report say that something was not delivered."""
    opening = f"{mail.subject}\n{mail.text[:READ_CHARS]}".lower()
    return bool(_class(opening)) or any(words in opening for words in bounce_words.BOUNCE_EVIDENCE)


def _recipient_fields(mail: ParsedMail) -> dict[str, str]:
    """Return the fields on the recipient that failed, or else on the first one; names in lower case."""
    blocks = [
        _fields(block)
        for file in mail.attachments
        if file.declared_type in REPORTS
        for block in BLANK_LINE.split(_start(file))
    ]
    recipients = [fields for fields in blocks if "action" in fields or "status" in fields]
    failed = (fields for fields in recipients if fields.get("action", "").lower() == "failed")
    return next(failed, next(iter(recipients), {}))


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in FOLD.sub(" ", block).splitlines() if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _start(file: ParsedAttachment) -> str:
    return file.content[:READ_BYTES].decode("utf-8", "replace")


def _class(words: str) -> str:
    """Return the class of the first status in a text, or else of its first reply code: 4 passes, 5 stays."""
    found = STATUS.search(words) or REPLY_CODE.search(words)
    return "" if found is None or found[1] == "2" else found[1]


def _reason(fields: dict[str, str], text: str) -> str:
    """Return what the server gave as its reason: its diagnosis, its status, or the first line that holds a code."""
    diagnosis = fields.get("diagnostic-code", "")
    said = diagnosis.partition(";")[2].strip() or diagnosis or fields.get("status", "")
    if not said:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        said = next((line for line in lines if _class(line)), next(iter(lines), ""))
    return " ".join(said.split())[:LONGEST_REASON]


def _message_ids(mail: ParsedMail, text: str) -> tuple[str, ...]:
    """Return the Message-IDs of the mails that are returned with the report, and of the one that it answers."""
    returned = [_start(file) for file in mail.attachments if file.declared_type in ORIGINALS]
    found = [match for words in (*returned, text) for match in MESSAGE_ID.findall(words)[:1]]
    return tuple(dict.fromkeys([*found, *([mail.in_reply_to] if mail.in_reply_to else [])]))
