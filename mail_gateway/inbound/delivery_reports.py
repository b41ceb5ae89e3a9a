"""Reads what a mail server says about a mail that it could not deliver (RFC 3464), and older words for the same.

Pure. A report is a claim of a stranger: what it says is kept as words, and which mail it is about is decided by
signed names alone.
"""

import re
from collections.abc import Callable
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
STATUS = re.compile(r"(?<![\w.])([245])\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")  # RFC 3463, 2
REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[] )-])")  # RFC 5321, 4.2
STILL_TRIES = re.compile(
    r"warning message only|need to re-?send|temporary failure report|(?:has been|is|was|been) delayed|\"deliverydelay\""
    r"|still (?:being retried|trying)|will (?:be (?:re)?(?:tried|attempted)|continue to|keep trying|retry)"
    r"|not yet (?:been )?delivered"
    r"|vertraagd|nog niet (?:bezorgd|afgeleverd)|opnieuw (?:geprobeerd|te bezorgen)|probeert het nog"
    r"|blij(?:ft|ven) [^.\n]{0,40}\bproberen"
    r"|retardée?|besoin de (?:le |la )?renvoyer|nouvelles? tentatives?|réessaiera|continuer(?:a|ons) (?:à |d')essayer"
    r"|verzögert|noch nicht zugestellt|erneut (?:versucht|zuzustellen)|versucht es (?:noch|weiter)"
    r"|weiterhin versucht",
    re.IGNORECASE,
)
"""What is said of a mail that is still under way, where no field says so."""
GAVE_UP = re.compile(
    r"(?<!fails )(?<!not a )permanent|giv(?:en|ing) up|gave up|not be re-?tried|not going to try again"
    r"|queue too long|(?<![\w.])[45]\.4\.7(?!\d)"  # RFC 3463, 3.5: its time is over
    r"|niet (?:meer )?opnieuw geprobeerd|plus de nouvelles? tentatives?|nicht (?:mehr )?erneut versucht",
    re.IGNORECASE,
)
ORIGINAL_BELOW = re.compile(
    r"^[^\w\n]*(?:(?:(?:original|returned) message|[^\n]{0,40}\ba copy of)"
    r"(?=[^\n]{0,200}\n[\s>|]{0,40}(?:[a-z-]{2,30}:|\Z))"  # a header, or nothing: else the reason stands below
    r"|(?:received|return-path):)",
    re.IGNORECASE | re.MULTILINE,
)
FINDING = re.compile(
    r"^[ \t]*<?[^\s<>@]{1,64}@[^\s<>@:]{1,255}+>?+[ \t:.]*+(?:\r?\n[ \t]++)?[^\s:.][^\n]*", re.MULTILINE
)
"""What programs say of an address that begins its line, behind it or on the indented line below."""
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
    said = _without_original(text)
    return DeliveryReport(_severity(fields, said), _reason(fields, said), _message_ids(mail, text))


def _severity(fields: dict[str, str], said: str) -> Severity | None:
    """Return how final a failure is, by the fields first; None for a mail that may still arrive."""
    if action := _action(fields):
        if action in PASSING_ACTIONS:
            return None
    elif STILL_TRIES.search(said) and not GAVE_UP.search(said) and _class(said) != "5":
        return None
    code = _class(fields.get("status", "")) or _class(fields.get("diagnostic-code", "")) or _class(said)
    is_final = code == "5" if code else bool(GAVE_UP.search(said))
    return Severity.HARD if is_final else Severity.SOFT


def _without_original(text: str) -> str:
    """Return what a server says above the mail that it gives back; nothing but that mail is read as said."""
    original = ORIGINAL_BELOW.search(text)
    said = text[: original.start()] if original else text
    return said if said.strip() else text


def says_undelivered(mail: ParsedMail) -> bool:
    """Return whether the words of a mail that is not marked as a report say that something was not delivered."""
    opening = f"{mail.subject}\n{mail.text[:READ_CHARS]}"
    return bool(_class(opening)) or _has_evidence(opening)


def _recipient_fields(mail: ParsedMail) -> dict[str, str]:
    """Return the fields on the recipient that failed, or else on the first one; names in lower case."""
    blocks = [
        _fields(block)
        for file in mail.attachments
        if file.declared_type in REPORTS
        for block in BLANK_LINE.split(_start(file))
    ]
    recipients = [fields for fields in blocks if "action" in fields or "status" in fields]
    failed = (fields for fields in recipients if _action(fields) == "failed")
    return next(failed, next(iter(recipients), {}))


def _action(fields: dict[str, str]) -> str:
    """Return what became of a mail, without the comment behind it: `relayed (to a mailer that reports nothing)`."""
    return fields.get("action", "").lower().partition("(")[0].strip()


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in FOLD.sub(" ", block).splitlines() if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _start(file: ParsedAttachment) -> str:
    return file.content[:READ_BYTES].decode("utf-8", "replace")


def _class(words: str) -> str:
    """Return the class of the first status in a text, or else of its first reply code: 4 passes, 5 stays."""
    found = STATUS.search(words) or REPLY_CODE.search(words)
    return "" if found is None or found[1] == "2" else found[1]


def _reason(fields: dict[str, str], said: str) -> str:
    """Return what the server gave as its reason: its diagnosis, or its status with the line that tells most."""
    diagnosis = fields.get("diagnostic-code", "")
    reason = diagnosis.partition(";")[2].strip() or diagnosis or f"{fields.get('status', '')} {_telling_line(said)}"
    return " ".join(reason.split())[:LONGEST_REASON]


def _telling_line(said: str) -> str:
    """Return the first line that holds a code, or else a finding, or else words of mail servers, or else letters."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not any(map(_class, lines)) and (finding := FINDING.search(said)):
        return finding[0]
    signs: tuple[Callable[[str], object], ...] = (_class, _has_evidence, _begins_with_word)
    return next((line for shows in signs for line in lines if shows(line)), next(iter(lines), ""))


def _has_evidence(line: str) -> bool:
    lower = line.lower()
    return any(words in lower for words in bounce_words.BOUNCE_EVIDENCE)


def _begins_with_word(line: str) -> bool:
    return line[0].isalpha() and len(line.split()) > 1


def _message_ids(mail: ParsedMail, text: str) -> tuple[str, ...]:
    """Return the Message-IDs of the mails that are returned with the report, and of those that it says it answers."""
    returned = [_start(file) for file in mail.attachments if file.declared_type in ORIGINALS]
    found = [match for words in (*returned, text) for match in MESSAGE_ID.findall(words)[:1]]
    answered = [mail.in_reply_to or "", *mail.references[-1:]]
    return tuple(dict.fromkeys(filter(None, [*found, *answered])))
