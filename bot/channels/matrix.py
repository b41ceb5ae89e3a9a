"""The chat in Matrix: what is new is asked of the homeserver (`/sync`), and answers are sent to its rooms (`/send`).

The Client-Server API of the Matrix specification, by matrix-nio without encryption.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aiohttp import ClientError, web

from bot.channels import sync_position
from bot.channels.channel import Answer, Heard, Hearing, NotDelivered
from casework.db import Database

if TYPE_CHECKING:  # the package of Matrix is needed only where there is Matrix
    from nio import AsyncClient, Event, SyncResponse

LONG_POLL_MS = 30_000
AGAIN_SECONDS = 5.0
PATIENCE_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MatrixAccess:
    """The homeserver, the account of the bot there (`@balie:server`), and its access token."""

    homeserver: str
    user: str
    token: str


class MatrixChannel:
    """Lets people of our own homeserver write to the assistant, in a room of the two of them without encryption."""

    name = "matrix"

    def __init__(self, access: MatrixAccess, chat: Hearing, database: Database) -> None:
        """Take the bot's account, who answers, and where it is kept how far we read."""
        self._access = access
        self._chat = chat
        self._database = database

    def routes(self) -> Sequence[web.RouteDef]:
        """Return nothing: a homeserver calls nobody."""
        return ()

    @cached_property
    def _client(self) -> "AsyncClient":
        from nio import AsyncClient, AsyncClientConfig  # noqa: PLC0415 (a second of start-up, for Matrix alone)

        config = AsyncClientConfig(
            encryption_enabled=False, max_timeouts=0, max_limit_exceeded=3, request_timeout=PATIENCE_SECONDS
        )
        client = AsyncClient(self._access.homeserver, self._access.user, config=config)
        client.access_token = self._access.token
        return client

    async def run(self, stop: asyncio.Event) -> None:
        """Ask for what is new, again and again, and answer it, until told to stop."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                turn = asyncio.create_task(self._turn())
                await asyncio.wait({turn, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not turn.done():
                    turn.cancel()
                    await asyncio.gather(turn, return_exceptions=True)
                elif not await turn:
                    await asyncio.wait({stopping}, timeout=AGAIN_SECONDS)
        finally:
            stopping.cancel()
            await self._client.close()

    async def _turn(self) -> bool:
        """Answer what is new, then keep how far we read; false when the homeserver does not tell.

        At the very first start nothing is answered: what is old by then is not for us.
        """
        from nio import SyncError  # noqa: PLC0415

        before = await sync_position.read(self._database, self.name)
        try:
            told = await self._client.sync(timeout=LONG_POLL_MS, since=before or None)
            if isinstance(told, SyncError):
                log.warning("the Matrix homeserver does not tell what is new: %s", told.status_code)
                return False
            await self._hear_all(told, is_first=not before)
        except (ClientError, TimeoutError) as error:
            log.warning("the Matrix homeserver does not answer: %s", type(error).__name__)
            return False
        await sync_position.keep(self._database, self.name, told.next_batch)
        return True

    async def _hear_all(self, told: "SyncResponse", *, is_first: bool) -> None:
        from nio import InviteMemberEvent, MegolmEvent, RoomMessage, RoomMessageNotice  # noqa: PLC0415

        for room, invitation in told.rooms.invite.items():
            asked = [event for event in invitation.invite_state if isinstance(event, InviteMemberEvent)]
            if any(event.state_key == self._access.user and self._is_colleague(event.sender) for event in asked):
                await self._client.join(room)
        for room, news in () if is_first else told.rooms.join.items():
            for event in news.timeline.events:
                is_said = isinstance(event, RoomMessage | MegolmEvent) and not isinstance(event, RoomMessageNotice)
                if is_said and self._is_colleague(event.sender) and not _is_correction(event):
                    await self._answer(room, event)

    def _is_colleague(self, user: str) -> bool:
        """Tell whether somebody else has an account on the homeserver of ours."""
        return user != self._access.user and user.partition(":")[2] == self._access.user.partition(":")[2]

    async def _answer(self, room: str, event: "Event") -> None:
        from nio import JoinedMembersResponse, MegolmEvent, RoomMessageText  # noqa: PLC0415

        members = await self._client.joined_members(room)
        heard = Heard(
            account=event.sender,
            name=event.sender,
            text=event.body if isinstance(event, RoomMessageText) else "",
            key=event.event_id,
            is_private=isinstance(members, JoinedMembersResponse) and len(members.members) == 2,
            address={"room": room},
            is_readable=not isinstance(event, MegolmEvent),
        )
        try:
            for number, answer in enumerate(await self._chat.hear(self.name, heard)):
                await self.tell(heard.address, answer, f"{event.event_id}-{number}")
        except NotDelivered as error:
            log.warning("an answer did not reach Matrix: %s", error)

    async def tell(self, address: Mapping[str, str], answer: Answer, key: str) -> None:
        """Say something in a room; sent twice under one transaction id it stands there once. Raises `NotDelivered`."""
        from nio import RoomSendResponse  # noqa: PLC0415

        text = "\n".join([answer.text, *(f"• {title}" for title in answer.choices)])
        name = hashlib.sha256(f"{address['room']} {key}".encode()).hexdigest()[:32]
        notice = {"msgtype": "m.notice", "body": text}
        try:
            sent = await self._client.room_send(address["room"], "m.room.message", notice, tx_id=name)
        except (ClientError, TimeoutError) as error:
            raise NotDelivered(type(error).__name__) from error
        if not isinstance(sent, RoomSendResponse):
            raise NotDelivered(sent.status_code or "refused")


def _is_correction(event: "Event") -> bool:
    """Tell what is changed afterwards from what is said."""
    relation = event.source.get("content", {}).get("m.relates_to")
    return isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
