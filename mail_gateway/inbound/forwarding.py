"""Reads what a handler forwards to the desk for somebody else: `#for address` on top, the other's mail below."""

import re
from dataclasses import dataclass

from casework.cases import commands
from casework.cases.commands import CommandError, CommandFault, CommandName
from casework.people.models import Actor, Role
from mail_gateway.inbound import subjects
from mail_gateway.models import ParsedMail

# Where the forwarded mail begins: the rule that mail programs draw above it, or its first header in four languages.
_BEGINS = re.compile(r"^[ \t>*]*(?:[-_=]{4,}|(?:From|Van|De|Von)\*?[ \t]*:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Forward:
    """A mail passed on: for whom, what they wrote, and what the handler says about it, which is for handlers only."""

    address: str
    subject: str
    text: str
    remark: str
    errors: tuple[CommandError, ...] = ()


def read_forward(mail: ParsedMail, writer: Actor) -> Forward | None:
    """Return what a handler passes on; None for anybody else, and for a mail that does not ask for it."""
    if not writer.has(Role.HANDLER):
        return None
    reply = commands.parse_commands(mail.text)
    if any(map(_is_about_forwarding, reply.errors)):
        return Forward("", "", "", "", reply.errors)
    command = next((command for command in reply.commands if command.name is CommandName.FOR), None)
    if command is None:
        return None
    begins = _BEGINS.search(reply.text)
    cut = begins.start() if begins else 0
    return Forward(command.address, _subject(mail.subject), reply.text[cut:].strip(), reply.text[:cut].strip())


def _is_about_forwarding(error: CommandError) -> bool:
    return error.fault is CommandFault.FOR_WHOM or error.params.get("command") == CommandName.FOR


def _subject(subject: str) -> str:
    """Return the subject without the marks of a forward or an answer in front."""
    while subjects.is_forward_subject(subject) or subjects.is_reply_subject(subject):
        subject = subject.replace("\uff1a", ":").partition(":")[2].strip()
    return subject
