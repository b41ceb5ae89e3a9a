"""Writes a conversation out as it goes on a case: who said what and when, one line each."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot import store
from bot.actions import words
from bot.store import ChatMessage, Speaker
from casework.portal.shell import formats

LONGEST = 400  # messages; what came before stays in the chat


async def since(session: AsyncSession, conversation_id: str, after: int, person: str, language: str) -> tuple[str, int]:
    """Return what was said after a message, and the number of the last of it; `person` is what they are called."""
    newest = await store.last_sequence(session, conversation_id)
    said = await store.messages_after(session, conversation_id, max(after, newest - LONGEST), LONGEST)
    return "\n".join(_line(one, person, language) for one in said if one.text), newest


def _line(said: ChatMessage, person: str, language: str) -> str:
    speakers = {Speaker.PERSON: person, Speaker.HANDLER: str(said.parts.get("name", ""))}
    speaker = speakers.get(Speaker(said.speaker)) or words.text("transcript_assistant", language)
    return f"{formats.short_moment(said.said_at)} {speaker}: {said.text}"
