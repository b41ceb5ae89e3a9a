"""Carries out a handler's reply: the commands on its first lines, then the words below them.

Mail, chat and workspace all come here, so a reply does the same wherever it was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import IncomingFile
from casework.cases import commands, handling, problems, store
from casework.cases.commands import CommandError, CommandFault, CommandName, ParsedReply
from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.deputies import service as deputies
from casework.desk import Desk
from casework.errors import AlreadyHandled, InvalidInput, TransitionNotAllowed
from casework.messages.models import MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor


@dataclass(frozen=True)
class ReplyOutcome:
    """What became of a reply: with problems, nothing was done."""

    problems: tuple[str, ...] = ()


async def apply_reply(
    session: AsyncSession, desk: Desk, case: Case, handler: Actor, words: Words, files: Sequence[IncomingFile] = ()
) -> ReplyOutcome:
    """Do everything that a handler's reply says, or nothing; then its problems come back in the handler's language.

    A reply on a case that goes on within another is one on that other, unless it is somebody else's.
    Raises `NotPermitted` or `NotFound` for somebody who may not handle the case.
    """
    require(handler, Action.HANDLE, case)
    surviving = await store.surviving(session, case)
    if surviving.requester_id != case.requester_id:
        return ReplyOutcome((problems.merged(surviving.number, handler.language),))
    case = surviving
    require(handler, Action.HANDLE, case)
    if case.handler_id is not None:
        name = (await people.person(session, case.handler_id)).name
        handler = await deputies.acting(session, desk, handler, case.handler_id, name)
    own = words.text if words.folded_from is None else words.text[: words.folded_from]
    reply = commands.parse_commands(own)
    if reply.errors:
        return ReplyOutcome(tuple(commands.explain(error, handler.language) for error in reply.errors))
    if reply.has(CommandName.FOR):
        return ReplyOutcome((commands.explain(CommandError(CommandFault.FOR_ON_A_CASE), handler.language),))
    try:
        async with session.begin_nested():
            await _carry_out(session, desk, case, handler, reply, _without_commands(words, own, reply), files)
    except (AlreadyHandled, InvalidInput, TransitionNotAllowed) as error:
        await session.refresh(case)
        return ReplyOutcome(problems.sentences(error, handler.language))
    return ReplyOutcome()


def _without_commands(words: Words, own: str, reply: ParsedReply) -> Words:
    """Return the words below the commands, with what was quoted still folded below them."""
    if words.folded_from is None:
        return replace(words, text=reply.text)
    quoted = words.text[len(own) :].strip("\n")
    return replace(words, text=f"{reply.text}\n\n{quoted}", folded_from=len(reply.text))


async def _carry_out(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    handler: Actor,
    reply: ParsedReply,
    words: Words,
    files: Sequence[IncomingFile],
) -> None:
    for command in reply.commands:
        if command.name is CommandName.MINE:
            await handling.claim(session, desk, case, handler, words.channel)
        elif command.name is CommandName.FORM:
            await handling.classify(session, desk, case, handler, command.form, command.answers, words.channel)
    if not reply.text.strip() and not files:
        return
    if reply.has(CommandName.NOTE):
        await handling.write_note(session, desk, case, handler, words, files=files)
        return
    kind = MessageKind.QUESTION if reply.has(CommandName.INFO) else MessageKind.ANSWER
    await handling.write_to_requester(session, desk, case, handler, words, kind=kind, files=files)
