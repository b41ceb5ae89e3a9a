"""The chat in Slack: signed events in, messages by Slack's Web API out."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, web

from bot.channels.called import body_of
from bot.channels.channel import Answer, Heard, Hearing
from casework.portal.shell.machines import for_machines

if TYPE_CHECKING:  # the package of Slack is needed only where there is Slack
    from slack_bolt.async_app import AsyncApp

TIMESTAMP = re.compile(r"\d{1,12}")
ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SlackAccess:
    """The app in Slack: the secret of its signatures, the token of its bot, and where Slack's interface is."""

    signing_secret: str
    bot_token: str
    api_url: str = "https://slack.com/api/"


class SlackChannel:
    """Lets people write to the assistant in Slack; it answers in direct messages only."""

    name = "slack"

    def __init__(self, access: SlackAccess, chat: Hearing) -> None:
        """Take the app's secrets, and who answers."""
        self._access = access
        self._chat = chat
        self._app: AsyncApp | None = None

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the address that the app names for its events."""
        return [web.post("/channels/slack", self.receive)]

    @for_machines
    async def receive(self, request: web.Request) -> web.Response:
        """Answer an event; what is not signed with the app's secret, or was five minutes ago, is refused with 401."""
        from slack_bolt.adapter.aiohttp import to_aiohttp_response  # noqa: PLC0415 (half a second, for Slack alone)
        from slack_bolt.request.async_request import AsyncBoltRequest  # noqa: PLC0415

        body = await body_of(request)
        if not TIMESTAMP.fullmatch(request.headers.get("X-Slack-Request-Timestamp", "")):
            return web.Response(status=401)
        self._app = self._app or self._built()
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        said = await self._app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        return await to_aiohttp_response(said)

    def _built(self) -> "AsyncApp":
        """Build the app: it checks signatures and knows Slack's greeting of a new address."""
        from slack_bolt.async_app import AsyncApp  # noqa: PLC0415
        from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

        client = AsyncWebClient(token=self._access.bot_token, base_url=self._access.api_url)
        app = AsyncApp(signing_secret=self._access.signing_secret, client=client, logger=log)
        app.event("message")(self._answer)
        return app

    async def _answer(self, body: Mapping[str, Any], event: Mapping[str, Any], client: Any) -> None:
        """Answer a message of a person; what bots say, and what is changed afterwards, is passed over."""
        from slack_sdk.errors import SlackApiError  # noqa: PLC0415

        if event.get("bot_id") or event.get("subtype") or not event.get("user"):
            return
        answers = await self._chat.hear(self.name, _heard(body, event))
        try:
            for answer in answers:
                await client.chat_postMessage(channel=event["channel"], text=_written(answer), mrkdwn=False)
        except (SlackApiError, ClientError, TimeoutError) as error:
            log.warning("an answer did not reach Slack: %s", type(error).__name__)


def _heard(body: Mapping[str, Any], event: Mapping[str, Any]) -> Heard:
    text = str(event.get("text") or "")
    for escaped, plain in ESCAPED.items():
        text = text.replace(escaped, plain)
    return Heard(
        account=f"{body.get('team_id', '')}/{event['user']}",
        name=str(event["user"]),
        text=text,
        key=str(body.get("event_id") or event.get("ts")),
        is_private=event.get("channel_type") == "im",
    )


def _written(answer: Answer) -> str:
    """Write one answer; a choice is made by typing it."""
    text = "\n".join([answer.text, *(f"• {title}" for title in answer.choices)])
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
