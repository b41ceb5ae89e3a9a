"""Decides, before anything else looks at a mail, whether the desk acts on it.

Automatic mail never opens, answers, reopens or reassigns anything. The rules are one ordered tuple: the first
that applies decides, and its name is what a handler reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mail_gateway.inbound import automatic_words, bounce_words, kinds
from mail_gateway.models import UNREAD_DEFECTS, Defect, Envelope, MailKind, ParsedMail


class Action(StrEnum):
    """What happens with a mail after screening; each of the three keeps it visible."""

    ACCEPT = "accept"
    IGNORE = "ignore"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of screening: accepted, ignored (kept, not acted on) or held for a person to decide."""

    action: Action
    reason: str = ""

    @classmethod
    def accept(cls) -> "Verdict":
        """Let the mail through."""
        return cls(Action.ACCEPT)

    @classmethod
    def ignore(cls, reason: str) -> "Verdict":
        """Keep the mail and do nothing."""
        return cls(Action.IGNORE, reason)

    @classmethod
    def hold(cls, reason: str) -> "Verdict":
        """Keep the mail until a person has looked at it."""
        return cls(Action.HOLD, reason)


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """Who the desk is: its addresses in lower case, and the identifier that its mails carry."""

    addresses: frozenset[str]
    instance_id: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason not to act on a mail."""

    name: str
    applies: Callable[[ParsedMail, Envelope, OwnIdentity], bool]
    verdict: Callable[[str], Verdict]


def screen(mail: ParsedMail, envelope: Envelope, own: OwnIdentity) -> Verdict:
    """Return the verdict of the first rule that applies, or accept."""
    for rule in RULES:
        if rule.applies(mail, envelope, own):
            return rule.verdict(rule.name)
    return Verdict.accept()


def _is_own_mail(mail: ParsedMail, envelope: Envelope, own: OwnIdentity) -> bool:
    marks = {value.strip() for value in (*mail.header_values(kinds.INSTANCE_HEADER), *mail.header_values("x-loop"))}
    if own.instance_id in marks or not own.addresses.isdisjoint(mark.lower() for mark in marks):
        return True
    claimed = {
        mail.from_.address.lower(),
        envelope.mail_from.lower(),
        mail.header("sender").strip("<> ").lower(),
    }
    return not own.addresses.isdisjoint(claimed)


def _goes_in_circles(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return mail.kind is MailKind.LOOP


def _has_several_senders(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return mail.from_count > 1 or Defect.SEVERAL_SENDERS in mail.defects


def _is_bounce(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return mail.kind is MailKind.BOUNCE


def _is_report(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return mail.kind is MailKind.REPORT


def _has_null_sender(_mail: ParsedMail, envelope: Envelope, _own: OwnIdentity) -> bool:
    return envelope.mail_from.strip("<> ") == ""


def _is_from_daemon(_mail: ParsedMail, envelope: Envelope, _own: OwnIdentity) -> bool:
    return envelope.mail_from.lower().startswith(bounce_words.DAEMONS)


def _is_auto_reply(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return mail.kind is MailKind.AUTO_REPLY


def _is_calendar_answer(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return any(invite.method in _CALENDAR_ANSWERS for invite in mail.calendar)


def _is_bulk(mail: ParsedMail, _envelope: Envelope, own: OwnIdentity) -> bool:
    """Tell bulk mail and posts to lists; a list that is the desk's own address carries the mail of its requesters."""
    by_list = any(mail.header(name) for name in (*automatic_words.LIST_HEADERS, *automatic_words.POST_HEADERS))
    by_list = by_list or mail.header("precedence").lower() in automatic_words.BULK_PRECEDENCES
    if mail.kind is not MailKind.BULK and not by_list:
        return False
    post = mail.header("list-post").lower()
    return not any(f"<mailto:{address}>" in post for address in own.addresses)


def _has_no_sender(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return "@" not in mail.from_.address


def _is_over_bounds(mail: ParsedMail, _envelope: Envelope, _own: OwnIdentity) -> bool:
    return not UNREAD_DEFECTS.isdisjoint(mail.defects)


# RFC 5546: what calendar programs send back about a meeting.
_CALENDAR_ANSWERS = frozenset({"CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH", "REPLY"})

RULES: tuple[Rule, ...] = (
    Rule("own mail came back", _is_own_mail, Verdict.ignore),
    Rule("mail goes in circles", _goes_in_circles, Verdict.ignore),
    Rule("several senders", _has_several_senders, Verdict.hold),
    Rule("delivery report", _is_bounce, Verdict.ignore),
    Rule("report of a mail program", _is_report, Verdict.ignore),
    Rule("null envelope sender", _has_null_sender, Verdict.ignore),
    Rule("sent by a mail daemon", _is_from_daemon, Verdict.ignore),
    Rule("automatic reply", _is_auto_reply, Verdict.ignore),
    Rule("answer of a calendar", _is_calendar_answer, Verdict.ignore),
    Rule("bulk or list mail", _is_bulk, Verdict.ignore),
    Rule("no sender", _has_no_sender, Verdict.hold),
    Rule("could not be read in full", _is_over_bounds, Verdict.hold),
)
