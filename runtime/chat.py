"""Puts the chat together: the assistant, the queue for a person, the rooms and their pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.actions.registry import all_actions
from bot.channels.chat_room import ChatRoom
from bot.channels.embedded_chat import EmbeddedChat
from bot.channels.listeners import Listeners
from bot.channels.rasa_server import RasaHttpEngine
from bot.channels.rasa_webhook import RasaWebhook
from bot.channels.web_chat import ChatSection, web_chat_section
from bot.conversation import Answering, Assistant
from bot.handover.giving import Giver
from bot.handover.service import HandoverDesk
from bot.settings import AssistantSettings
from bot.store import DatabaseTrackerStore
from casework.db import Database
from casework.desk import Desk
from casework.portal.shell import sessions
from payroll.engine.parameters import ParameterSet
from runtime import chat_files, outside_channels
from runtime.adapters import ChatCaseDesk
from runtime.chat_catalogue import ChatFormCatalogue
from runtime.chat_pay import ChatPayDesk
from runtime.contact import DeskContact
from runtime.outside_channels import OutsideAccess, Work


@dataclass(frozen=True)
class RasaAccess:
    """Where a Rasa server is, and the token that either side shows the other."""

    url: str
    token: str


@dataclass(frozen=True)
class Chat:
    """The parts of the chat that a service runs: the pages, the assistant that gets ready, and the workers."""

    section: ChatSection
    assistant: Answering
    handover: HandoverDesk
    giver: Giver
    works: Mapping[str, Work]


def build(
    database: Database,
    desk: Desk,
    settings: AssistantSettings,
    *,
    longest_wait: timedelta = timedelta(minutes=15),
    rasa: RasaAccess | None = None,
    embed_origins: Sequence[str] = (),
    outside: OutsideAccess = outside_channels.NOWHERE,
    law: ParameterSet | None = None,
) -> Chat:
    """Return the chat of a desk; `longest_wait` is when a conversation that nobody could begin becomes a case.

    With `rasa` a Rasa server holds the conversations and calls our actions; the embedded engine stands in for it.
    `embed_origins` are the sites that may show the chat in a frame, `outside` the services that people may write from;
    without a `law` pay is told by the one that ships.
    """
    handover = HandoverDesk(database, desk.clock, DeskContact(desk), Listeners())
    actions = all_actions(
        ChatCaseDesk(database, desk, chat_files.ChatUploads(desk)),
        ChatFormCatalogue(database, desk),
        people=handover,
        pay=ChatPayDesk(database, desk, law),
    )
    store = DatabaseTrackerStore(database, desk.clock)

    def now() -> float:
        return desk.clock.now().timestamp()

    embedded = Assistant(store, actions, settings, now=now)
    key = desk.settings.secret_key
    assistant = RasaHttpEngine(rasa.url, rasa.token, key, embedded, now) if rasa else embedded
    room = ChatRoom(assistant, handover, desk.clock)
    frame = EmbeddedChat(room, key, embed_origins)
    section = web_chat_section(room, sessions.is_open, chat_files.take_in, frame)
    section, works = outside_channels.opened(section, room, desk, outside)
    if rasa:
        section = replace(section, routes=[*section.routes, *RasaWebhook(actions, rasa.token, key, now).routes()])
    giver = Giver(handover, longest_wait)
    return Chat(section, assistant, handover, giver, {"chat queue": giver.run, **works})
