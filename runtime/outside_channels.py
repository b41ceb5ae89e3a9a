"""Opens the ways into the chat from other services that the settings name; without any there is none of their pages."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from bot.accounts.service import AccountLinks
from bot.channels.account_pages import AccountPages
from bot.channels.bot_framework import TeamsAccess
from bot.channels.channel import Channel
from bot.channels.chat_room import ChatRoom
from bot.channels.matrix import MatrixAccess, MatrixChannel
from bot.channels.outside_chat import OutsideChat
from bot.channels.outside_telling import OutsideTelling
from bot.channels.slack import SlackAccess, SlackChannel
from bot.channels.teams import TeamsChannel
from bot.channels.web_chat import ChatSection
from casework.desk import Desk
from casework.portal.shell.panels import Panel, Place
from runtime.account_desk import DeskAccounts
from runtime.settings import PREFIX, Settings, SettingsError


@dataclass(frozen=True)
class OutsideAccess:
    """What each service needs to be reached; None for one that nobody may write from."""

    teams: TeamsAccess | None = None
    slack: SlackAccess | None = None
    matrix: MatrixAccess | None = None


Work = Callable[[asyncio.Event], Awaitable[None]]
NOWHERE = OutsideAccess()


def access(settings: Settings) -> OutsideAccess:
    """Return what the settings name. Raises `SettingsError` where a package is missing."""
    for key, module, extra in (
        ("teams_app_id", "microsoft_agents", "teams"),
        ("slack_signing_secret", "slack_bolt", "slack"),
        ("matrix_homeserver", "nio", "matrix"),
    ):
        if getattr(settings, key) and find_spec(module) is None:
            raise SettingsError(f"{PREFIX}{key.upper()} needs a package that is not here: pip install balie[{extra}]")
    return OutsideAccess(
        TeamsAccess(settings.teams_app_id, settings.teams_app_secret, settings.teams_tenant)
        if settings.teams_app_id
        else None,
        SlackAccess(settings.slack_signing_secret, settings.slack_bot_token) if settings.slack_signing_secret else None,
        MatrixAccess(settings.matrix_homeserver, settings.matrix_user, settings.matrix_token)
        if settings.matrix_homeserver
        else None,
    )


def opened(
    section: ChatSection, room: ChatRoom, desk: Desk, allowed: OutsideAccess
) -> tuple[ChatSection, Mapping[str, Work]]:
    """Return the pages of the chat with those of the services that people may write from, and the workers of these."""
    links = AccountLinks(desk.settings.secret_key, DeskAccounts(desk))
    chat = OutsideChat(room, links, desk.settings.public_url)
    matrix = [MatrixChannel(allowed.matrix, chat, room.database)] if allowed.matrix else []
    channels = [*_called_channels(chat, allowed), *matrix]
    if not channels:
        return section, {}
    pages = AccountPages(room, links)
    routes = [*section.routes, *pages.routes(), *(route for channel in channels for route in channel.routes())]
    telling = OutsideTelling(room.handover, links, channels)
    works = {"chat elsewhere": telling.run, **{f"chat in {channel.name}": channel.run for channel in matrix}}
    return replace(section, routes=routes, panels=[*section.panels, Panel(Place.PROFILE, pages.panel)]), works


def _called_channels(chat: OutsideChat, allowed: OutsideAccess) -> Sequence[Channel]:
    """Return the services that call us."""
    teams = [TeamsChannel(allowed.teams, chat)] if allowed.teams else []
    slack = [SlackChannel(allowed.slack, chat)] if allowed.slack else []
    return [*teams, *slack]
