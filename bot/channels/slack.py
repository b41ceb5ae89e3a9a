"""The chat in Slack: signed events and pressed buttons in, messages by Slack's Web API out."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, web

from bot.channels.called import body_of
from bot.channels.channel import Answer, Heard, Hearing, NotDelivered
from bot.channels.slack_blocks import written
from casework.portal.shell.machines import for_machines

if TYPE_CHECKING:  # the package of Slack is needed only where there is Slack
    from slack_bolt.async_app import AsyncAck, AsyncApp

TIMESTAMP = re.compile(r"\d{1,12}")
ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
BUTTON = re.compile(r"choice-\d+")

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

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the address that the app names for its events and for its buttons."""
        return [web.post("/channels/slack", self.receive)]

    @for_machines
    async def receive(self, request: web.Request) -> web.Response:
        """Answer an event; what is not signed with the app's secret, or was five minutes ago, is refused with 401."""
        from slack_bolt.adapter.aiohttp import to_aiohttp_response  # noqa: PLC0415 (half a second, for Slack alone)
        from slack_bolt.request.async_request import AsyncBoltRequest  # noqa: PLC0415

        body = await body_of(request)
        if not TIMESTAMP.fullmatch(request.headers.get("X-Slack-Request-Timestamp", "")):
            return web.Response(status=401)
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        said = await self._app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        return await to_aiohttp_response(said)

    @cached_property
    def _app(self) -> "AsyncApp":
        """Build the app: it checks signatures and knows Slack's greeting of a new address."""
        from slack_bolt.async_app import AsyncApp  # noqa: PLC0415
        from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

        client = AsyncWebClient(token=self._access.bot_token, base_url=self._access.api_url)
        app = AsyncApp(signing_secret=self._access.signing_secret, client=client, logger=log)
        app.event("message")(self._answer)
        app.action(BUTTON)(self._press)
        return app

    async def _answer(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Answer a message of a person; what bots say, and what is changed afterwards, is passed over."""
        if event.get("bot_id") or event.get("subtype") or not event.get("user"):
            return
        await self._reply(_heard(body, event))

    async def _press(self, ack: "AsyncAck", body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Answer a button as the page does: what was pressed takes the place of the choices."""
        await ack()
        channel, title = str(body["channel"]["id"]), str(action["value"])
        message = body.get("message") or {}
        chosen = {"type": "context", "elements": [{"type": "plain_text", "text": title}]}
        kept = [block for block in message.get("blocks", ()) if block.get("type") == "section"]
        await self._call("chat.update", channel=channel, ts=message.get("ts", ""), text=title, blocks=[*kept, chosen])
        user = body["user"]
        heard = Heard(
            account=f"{(body.get('team') or {}).get('id', '')}/{user['id']}",
            name=str(user["id"]),
            text=title,
            key=f"{message.get('ts', '')}-{action.get('action_ts', '')}",
            is_private=channel.startswith("D"),
            address={"channel": channel},
            is_choice=True,
        )
        await self._reply(heard)

    async def _reply(self, heard: Heard) -> None:
        for answer in await self._chat.hear(self.name, heard):
            await self._call("chat.postMessage", channel=heard.address["channel"], **written(answer))

    async def _call(self, method: str, **said: Any) -> None:
        """Call Slack; that it does not answer is written down, for nobody waits for it."""
        try:
            await self._send(method, **said)
        except NotDelivered as error:
            log.warning("%s did not reach Slack: %s", method, error)

    async def _send(self, method: str, **said: Any) -> None:
        from slack_sdk.errors import SlackApiError  # noqa: PLC0415

        try:
            await self._app.client.api_call(method, json=said)
        except (SlackApiError, ClientError, TimeoutError) as error:
            raise NotDelivered(type(error).__name__) from error

    async def tell(self, address: Mapping[str, str], answer: Answer, _key: str) -> None:
        """Say something in a direct message; Slack knows no names for messages. Raises `NotDelivered`."""
        await self._send("chat.postMessage", channel=address["channel"], **written(answer))


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
        address={"channel": str(event["channel"])},
    )
