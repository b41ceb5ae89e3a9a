"""Turns the raw bytes of a mail into what the desk works with."""

import codecs
import re
from datetime import datetime

from mail_gateway.inbound import (
    attachments,
    authentication,
    bodies,
    invites,
    kinds,
    language,
    limits,
    reply_text,
    signatures,
    subjects,
    texts,
)
from mail_gateway.inbound.mime import addresses, charsets, dates, headers
from mail_gateway.inbound.mime.headers import HeaderBlock
from mail_gateway.inbound.mime.tree import Part, read_tree
from mail_gateway.models import Address, CalendarInvite, Defect, ParsedMail

_IDENTIFIER = re.compile(r"<([^<>\s]{1,990})>")
_DATES_READ = 5
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_WITHOUT_LINE_FEED = 512  # bytes: old Macs wrote none, what comes over SMTP has one among its first
# What shows that a mail begins below empty lines, and not a text: one of these among its fields.
_FIRST_FIELDS = frozenset({"received", "return-path", "from", "date", "message-id", "delivered-to"})
# The envelope line of a mailbox file that names nobody; programs that save mail write MAILER-DAEMON there above any.
_FROM_NOBODY = re.compile(rb">?From <>[ \t]")


def parse_mail(raw: bytes) -> ParsedMail:
    """Read a mail; whatever the bytes are, the answer is a ParsedMail whose `defects` say what was wrong.

    Pure: no clock, no network, no files. Message identifiers come without their angle brackets, which are not
    part of them (RFC 5322, 3.6.4). The bounds are those of `limits`; the caller keeps the raw bytes.
    """
    raw = _repaired(raw)
    root, defects = read_tree(raw)
    sorted_parts = bodies.sort_parts(root, defects)
    read = texts.read_texts(sorted_parts, defects)
    files = attachments.read_attachments(sorted_parts.files, read.sent_html, defects)
    header = root.header
    charset = root.parameters.get("charset") or next(map(_charset, sorted_parts.text), None)
    subject = headers.decoded(header.first("subject"), charset)
    named = tuple((name, _one_line(name, value, charset)) for name, value in header.fields)
    sender = _sender(header, charset, defects)
    references = _references(header)
    forwarded = subjects.is_forward_subject(subject)
    reply_start = reply_text.own_start(read.text, quoted=read.quoted, forwarded=forwarded)
    reply_end = reply_text.fold(read.text, quoted=read.quoted, forwarded=forwarded)
    in_reply_to = next(iter(_identifiers(header.first("in-reply-to"))), None)
    return ParsedMail(
        message_id=_message_id(header),
        in_reply_to=in_reply_to,
        references=references,
        from_=sender,
        from_count=sum(name == "from" for name, _ in header.fields),
        to=_addresses(header, "to", charset, defects),
        cc=_addresses(header, "cc", charset, defects),
        reply_to=_addresses(header, "reply-to", charset, defects),
        subject=subject,
        date=_date(header, defects),
        text=read.text,
        html=read.shown,
        reply_start=reply_start,
        reply_end=reply_end,
        answers=not forwarded and bool(in_reply_to or references or subjects.is_reply_subject(subject)),
        language=language.language_of(read.text[:reply_end]) or language.language_of(subject),
        kind=kinds.kind_of(
            named,
            sender,
            report_type=_report_type(root),
            part_types=_types(sorted_parts),
            text=read.text,
            own_words=reply_text.own_words(read.text, reply_start, reply_end, quoted=read.quoted),
            from_nobody=_FROM_NOBODY.match(raw) is not None,
        ),
        attachments=files,
        calendar=_invites([*sorted_parts.files, *sorted_parts.text]),
        defects=tuple(sorted(defects)),
        headers=named,
        signatures=signatures.read_signatures(raw, header),
    )


def _repaired(raw: bytes) -> bytes:
    """Undo what programs do to a mail that they save: a mark of its charset, other line ends, empty lines above it."""
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw = raw.decode("utf-16", "replace").encode()
    if _has_lines_of_old_macs(raw):
        raw = _LONE_RETURN.sub(b"\n", raw)
    elif raw.startswith(b"\r\r\n", raw.find(b"\r")) and raw.count(b"\r\r\n") == raw.count(b"\n"):
        raw = raw.replace(b"\r\r\n", b"\r\n")
    if raw[:1].isspace():
        below = raw.lstrip()
        return below if any(name in _FIRST_FIELDS for name, _ in headers.read_block(below, 0).fields) else raw
    return raw


def _has_lines_of_old_macs(raw: bytes) -> bool:
    """Tell whether lines end in a carriage return alone, perhaps with a line feed that a program put at the end."""
    end, line_feed = raw.find(b"\r"), raw.find(b"\n")
    return end >= 0 and (line_feed < 0 or (line_feed > end + 1 and line_feed >= min(len(raw) - 1, _WITHOUT_LINE_FEED)))


def _charset(part: Part) -> str | None:
    return part.parameters.get("charset")


def _one_line(name: str, value: bytes, charset: str | None) -> str:
    """Return a header to be read; encoded words in results could smuggle in a result that nobody found."""
    return headers.unfolded(value) if name == authentication.HEADER else headers.decoded(value, charset)


def _report_type(root: Part) -> str:
    """Return what a `multipart/report` reports on; a report that does not say is one of delivery."""
    if root.content_type != "multipart/report":
        return ""
    return root.parameters.get("report-type", "delivery-status").lower()


def _types(sorted_parts: bodies.Bodies) -> frozenset[str]:
    return frozenset(part.content_type for part in [*sorted_parts.text, *sorted_parts.files])


def _identifiers(value: bytes) -> list[str]:
    text = headers.decoded(value)  # some servers encode long ones as words, which RFC 2047, section 5 forbids
    found = _IDENTIFIER.findall(text)
    # Identifiers without brackets are common; a phrase is not one.
    return found or [word for word in text.split() if "@" in word and "<" not in word]


def _message_id(header: HeaderBlock) -> str | None:
    value = header.first("message-id")
    return next(iter(_identifiers(value)), None) or headers.decoded(value).strip("<>") or None


def _references(header: HeaderBlock) -> tuple[str, ...]:
    """Return the identifiers, oldest first; of a very long thread its start and its newest part."""
    told = b" ".join(value for name, value in header.fields if name == "references")
    found = list(dict.fromkeys(_identifiers(told)))
    if len(found) > limits.REFERENCES:
        found = found[:1] + found[1 - limits.REFERENCES :]
    return tuple(found)


def _sender(header: HeaderBlock, charset: str | None, defects: set[Defect]) -> Address:
    claims = [value for name, value in header.fields if name == "from"]
    senders = [sender for value in claims for sender in addresses.read_addresses(value, charset)]
    if not any("@" in sender.address for sender in senders):
        defects.add(Defect.NO_SENDER)
    if len(senders) > 1 or len(claims) > 1 or any(map(addresses.hides_another, claims)):
        defects.add(Defect.SEVERAL_SENDERS)
    if addresses.names_a_group(header.first("from")):
        defects.add(Defect.SENDER_IS_GROUP)
    return next(iter(senders), Address("", ""))


def _addresses(header: HeaderBlock, wanted: str, charset: str | None, defects: set[Defect]) -> tuple[Address, ...]:
    found: list[Address] = []
    for name, value in header.fields:
        if name == wanted and len(found) <= limits.ADDRESSES:
            found += addresses.read_addresses(value, charset)
    if len(found) > limits.ADDRESSES:
        defects.add(Defect.TOO_MANY_ADDRESSES)
    return tuple(found[: limits.ADDRESSES])


def _date(header: HeaderBlock, defects: set[Defect]) -> datetime | None:
    values = [headers.decoded(value) for name, value in header.fields if name == "date"]
    moment = next(filter(None, map(dates.read_date, values[:_DATES_READ])), None)
    if moment is None and any(values):
        defects.add(Defect.DATE_UNREADABLE)
    return moment


def _invites(parts: list[Part]) -> tuple[CalendarInvite, ...]:
    found: list[CalendarInvite] = []
    for part in parts:
        if part.content_type in {"text/calendar", "application/ics"} and len(found) < limits.INVITES:
            text, _ = charsets.decode(part.decoded_body()[0], part.parameters.get("charset"))
            found += [invite for invite in invites.read_invites(text) if invite not in found]
    return tuple(found[: limits.INVITES])
