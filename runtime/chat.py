"""Puts the chat together: the assistant, the queue for a person, the rooms and their pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.actions.registry import all_actions
from bot.channels.chat_room import ChatRoom
from bot.channels.listeners import Listeners
from bot.channels.web_chat import ChatSection, web_chat_section
from bot.conversation import Assistant
from bot.handover.giving import Giver
from bot.handover.service import HandoverDesk
from bot.settings import AssistantSettings
from bot.store import DatabaseTrackerStore
from casework.db import Database
from casework.desk import Desk
from casework.portal.shell import sessions
from runtime import chat_files
from runtime.adapters import ChatCaseDesk, ChatFormCatalogue
from runtime.contact import DeskContact


@dataclass(frozen=True)
class Chat:
    """The parts of the chat that a service runs: the pages, the assistant that gets ready, and the worker."""

    section: ChatSection
    assistant: Assistant
    handover: HandoverDesk
    giver: Giver


def build(
    database: Database,
    desk: Desk,
    settings: AssistantSettings,
    *,
    longest_wait: timedelta = timedelta(minutes=15),
    now: Callable[[], float] | None = None,
) -> Chat:
    """Return the chat of a desk; `longest_wait` is when a conversation that nobody could begin becomes a case."""
    handover = HandoverDesk(database, desk.clock, DeskContact(desk), Listeners())
    actions = all_actions(ChatCaseDesk(database, desk), ChatFormCatalogue(desk), handover)
    store = DatabaseTrackerStore(database, desk.clock)
    assistant = Assistant(store, actions, settings, now=now or (lambda: desk.clock.now().timestamp()))
    room = ChatRoom(assistant, handover, desk.clock)
    section = web_chat_section(room, sessions.is_open, chat_files.take_in)
    return Chat(section, assistant, handover, Giver(handover, longest_wait))
