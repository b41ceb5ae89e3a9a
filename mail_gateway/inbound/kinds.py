"""Tells mail that people wrote from mail that programs sent, by what its headers and parts show.

A sign counts only if people's mail does not carry it. Subjects count at their beginning, without a reply or
forward prefix: a person who forwards a bounce is a person.
"""

import re

from mail_gateway.inbound import auto_reply_signs, bounce_signs, self_descriptions
from mail_gateway.inbound import automatic_words as words
from mail_gateway.inbound.signs import Signs, starts
from mail_gateway.models import Address, MailKind

# The header that carries the instance on everything the desk sends.
INSTANCE_HEADER = "x-balie-instance"

# RFC 5321 section 6.3 names 100 as a limit for loops; no honest path comes near half of it.
_HOPS = 50

_SAID_READ = re.compile(
    rf"{'|'.join(map(re.escape, words.RECEIPT_WORDS))}|\bwurde am [^\n]{{4,60}}(?:gelesen|gelöscht|angezeigt)\b"
)
# A receipt speaks of the message that was read; people who read something else say so too.
_OF_MESSAGE = re.compile(
    r"\b(?:your|the|this) (?:message|mail|e-?mail)|return receipt|\b(?:uw|je|het) (?:bericht|e-?mail|mail)"
    r"|\b(?:votre|le) (?:message|courriel|e-?mail)|\b(?:ihre|die|deine) (?:nachricht|e-?mail)|\b(?:su|el|tu) mensaje"
    r"|\b(?:il|suo) messaggio|\bmensagem\b|\bdin meddelelse|\bditt meddelande|\bmeldingen\b|\bviestisi\b|\bvaše zpráva"
)
_COMPLAINTS = ("complaint about message from ", "email feedback report for ip ")


def kind_of(
    headers: tuple[tuple[str, str], ...],
    sender: Address,
    *,
    report_type: str,
    part_types: frozenset[str],
    text: str,
    own_words: str,
    from_nobody: bool = False,
) -> MailKind:
    """Return who or what wrote a mail.

    `report_type` is that of a `multipart/report` (RFC 6522), `part_types` are the declared types of parts.
    `own_words` is the text without what it quotes; `from_nobody` says that its mailbox file knows no sender.
    """
    signs = Signs(headers, sender, report_type, part_types, text, own_words, from_nobody=from_nobody)
    for kind, applies in _KINDS:
        if applies(signs):
            return kind
    return MailKind.PERSON


def _is_loop(signs: Signs) -> bool:
    return INSTANCE_HEADER in signs.first or signs.hops > _HOPS


def _is_report(signs: Signs) -> bool:
    if signs.report_type or "message/disposition-notification" in signs.part_types:
        return True
    if starts(signs.subject, words.REPORT_SUBJECTS) or signs.has_any(words.FEEDBACK_HEADERS) or signs.event:
        return True
    returns_mail = "message/rfc822" in signs.part_types and not signs.own_words
    if returns_mail and signs.subject.startswith(_COMPLAINTS):
        return True
    if not starts(signs.subject, words.RECEIPT_SUBJECTS):
        return False
    return bool(signs.auto_submitted) or signs.null_return_path or _says_read(signs.opening)


def _says_read(opening: str) -> bool:
    said = _SAID_READ.search(opening)
    # The subject that a receipt repeats stands before these words.
    is_persons = said is not None and self_descriptions.is_in_own_name(opening[said.end() :])
    return said is not None and not is_persons and _OF_MESSAGE.search(opening) is not None


def _is_bulk(signs: Signs) -> bool:
    if signs.is_post and not signs.sender_local.startswith(words.NO_REPLIES):
        return False
    return (
        signs.has_any(words.LIST_HEADERS)
        or signs.precedence in words.BULK_PRECEDENCES
        or signs.sender_local.startswith(words.NO_REPLIES)
    )


_KINDS = (
    (MailKind.LOOP, _is_loop),
    (MailKind.BOUNCE, bounce_signs.is_bounce),
    (MailKind.REPORT, _is_report),
    (MailKind.AUTO_REPLY, auto_reply_signs.is_auto_reply),
    (MailKind.BULK, _is_bulk),
)
