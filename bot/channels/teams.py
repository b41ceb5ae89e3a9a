"""The chat in Microsoft Teams: activities of the Bot Framework in, replies to the address in their token out."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.channels.bot_framework import BotFramework, NotFromTeams, TeamsAccess, TeamsUnreachable
from bot.channels.called import as_object, body_of
from bot.channels.channel import Answer, Heard, Hearing, NotDelivered
from casework.portal.shell.machines import for_machines

if TYPE_CHECKING:  # the package of Microsoft is needed only where there is Teams
    from microsoft_agents.activity import Activity

PATIENCE = ClientTimeout(total=15)
MOST_BUTTONS = 6  # that Teams shows on one card

log = logging.getLogger(__name__)


class TeamsChannel:
    """Lets people write to the assistant in Teams; it answers in a chat of their own, never in a team."""

    name = "teams"

    def __init__(self, access: TeamsAccess, chat: Hearing, framework: BotFramework | None = None) -> None:
        """Take the registration of the bot, and who answers."""
        self._access = access
        self._chat = chat
        self._framework = framework or BotFramework(access)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the address that the registration of the bot names as its endpoint."""
        return [web.post("/channels/teams", self.receive)]

    @for_machines
    async def receive(self, request: web.Request) -> web.Response:
        """Answer an activity: 401 without the Bot Framework's token, 403 from another tenant, 200 for all else."""
        authorization = request.headers.get("Authorization", "")
        if not authorization:
            return web.Response(status=401)  # before anything is read
        activity = as_object(await body_of(request))
        try:
            await self._framework.check(authorization, activity)
        except NotFromTeams as error:
            log.warning("a call to the Teams channel was refused: %s", error)
            return web.Response(status=401)
        except TeamsUnreachable as error:
            log.warning("a message from Teams could not be checked: %s", error)
            return web.Response(status=503)
        if _tenant(activity) != self._access.tenant:
            return web.Response(status=403)
        if activity.get("type") == "message":
            await self._answer(activity)
        return web.Response()

    async def _answer(self, heard: dict[str, Any]) -> None:
        from microsoft_agents.activity import Activity  # noqa: PLC0415 (a second of start-up, for Teams alone)
        from pydantic import ValidationError  # noqa: PLC0415

        try:
            activity = Activity.model_validate(heard)
            message = _heard(activity)
        except (ValidationError, AttributeError) as error:
            raise web.HTTPBadRequest(text="this is no activity") from error
        try:
            for answer in await self._chat.hear(self.name, message):
                await self.tell(message.address, answer, "")
        except NotDelivered as error:
            log.warning("an answer did not reach Teams: %s", error)

    async def tell(self, address: Mapping[str, str], answer: Answer, _key: str) -> None:
        """Say something in a chat; Teams knows no names for messages. Raises `NotDelivered`."""
        from microsoft_agents.activity import Activity  # noqa: PLC0415
        from microsoft_agents.hosting.core.connector.teams import TeamsConnectorClient  # noqa: PLC0415

        url, message = f"{address['service'].rstrip('/')}/", Activity.model_validate(_message(address, answer))
        try:
            async with ClientSession(base_url=url, timeout=PATIENCE) as session:
                client = TeamsConnectorClient(url, await self._framework.token(), session=session)
                await client.conversations.send_to_conversation(address["conversation"], message)
        except (ClientError, TimeoutError, TeamsUnreachable, ValueError) as error:
            raise NotDelivered(type(error).__name__) from error


def _tenant(activity: dict[str, Any]) -> str:
    """Return the organisation that a message comes from."""
    data = activity.get("channelData")
    tenant = data.get("tenant") if isinstance(data, dict) else None
    return str(tenant.get("id", "")) if isinstance(tenant, dict) else ""


def _heard(activity: "Activity") -> Heard:
    pressed = activity.value.get("choice") if isinstance(activity.value, dict) else None
    return Heard(
        account=activity.from_property.id or "",
        name=activity.from_property.name or "",
        text=str(pressed or activity.text or ""),
        key=str(activity.id),
        is_private=activity.conversation.conversation_type == "personal",
        language=(activity.locale or "")[:2].lower(),
        address={
            "service": str(activity.service_url),
            "conversation": str(activity.conversation.id),
            "us": str(activity.recipient.id if activity.recipient else ""),
        },
        is_choice=pressed is not None,
    )


def _message(address: Mapping[str, str], answer: Answer) -> dict[str, Any]:
    """Write one message; more choices than Teams shows stand in the text, where they can be typed.

    A button says what it is when it is pressed (`messageBack`), so that one which is long past is known for one.
    """
    shown, rest = answer.choices[:MOST_BUTTONS], answer.choices[MOST_BUTTONS:]
    message: dict[str, Any] = {
        "type": "message",
        "from": {"id": address["us"]},
        "conversation": {"id": address["conversation"]},
        "text": "\n".join([answer.text, *(f"• {title}" for title in rest)]),
        "textFormat": "plain",
    }
    if shown:
        buttons = [
            {"type": "messageBack", "title": title, "displayText": title, "text": title, "value": {"choice": title}}
            for title in shown
        ]
        message["attachments"] = [
            {"contentType": "application/vnd.microsoft.card.hero", "content": {"buttons": buttons}}
        ]
    return message
