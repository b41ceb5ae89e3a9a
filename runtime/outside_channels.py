"""Opens the ways into the chat from other services that the settings name; without any there is none of their pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from bot.accounts.service import AccountLinks
from bot.channels.account_pages import AccountPages
from bot.channels.bot_framework import TeamsAccess
from bot.channels.channel import Channel
from bot.channels.chat_room import ChatRoom
from bot.channels.outside_chat import OutsideChat
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


NOWHERE = OutsideAccess()


def access(settings: Settings) -> OutsideAccess:
    """Return what the settings name. Raises `SettingsError` where a package is missing."""
    for key, module, extra in (
        ("teams_app_id", "microsoft_agents", "teams"),
        ("slack_signing_secret", "slack_bolt", "slack"),
    ):
        if getattr(settings, key) and find_spec(module) is None:
            raise SettingsError(f"{PREFIX}{key.upper()} needs a package that is not here: pip install balie[{extra}]")
    return OutsideAccess(
        TeamsAccess(settings.teams_app_id, settings.teams_app_secret, settings.teams_tenant)
        if settings.teams_app_id
        else None,
        SlackAccess(settings.slack_signing_secret, settings.slack_bot_token) if settings.slack_signing_secret else None,
    )


def opened(section: ChatSection, room: ChatRoom, desk: Desk, allowed: OutsideAccess) -> ChatSection:
    """Return the pages of the chat with those of the services that people may write from."""
    links = AccountLinks(desk.settings.secret_key, DeskAccounts(desk))
    channels = _channels(OutsideChat(room, links, desk.settings.public_url), allowed)
    if not channels:
        return section
    pages = AccountPages(room, links)
    routes = [*section.routes, *pages.routes(), *(route for channel in channels for route in channel.routes())]
    return replace(section, routes=routes, panels=[*section.panels, Panel(Place.PROFILE, pages.panel)])


def _channels(chat: OutsideChat, allowed: OutsideAccess) -> Sequence[Channel]:
    teams = [TeamsChannel(allowed.teams, chat)] if allowed.teams else []
    slack = [SlackChannel(allowed.slack, chat)] if allowed.slack else []
    return [*teams, *slack]
