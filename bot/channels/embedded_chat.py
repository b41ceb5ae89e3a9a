"""The chat on another site: one script tag opens a frame of ours, in which nobody is known, and nothing personal said.

A browser gives a frame within another site none of our cookies, and we ask for none: a guest's conversation is named by
a token in the page's own form. Whoever wants something of their own is led to the portal, in a tab of its own.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence

from aiohttp import web

from bot import store
from bot.channels.chat_room import (
    LONGEST_KEY,
    LONGEST_MESSAGE,
    MOST_MESSAGES,
    NOTHING_SAID,
    TOO_FAST,
    TOO_LONG,
    WITHIN,
    ChatGuest,
    ChatRoom,
    Declined,
    Said,
)
from casework.portal.shell.bodies import posted, refuse_large_anonymous
from casework.portal.shell.headers import CONTENT_SECURITY_POLICY
from casework.portal.shell.language import guess_language
from casework.portal.shell.machines import for_machines
from casework.portal.shell.package_data import templates_folder
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.throttle import Throttle
from casework.portal.shell.visitor import VISITOR, Visitor
from casework.portal.shell.wording import sentence

FRAME = "/chat/frame"
OVER = Declined(
    sentence("This conversation is over or was begun elsewhere, so your message was not sent. Send it again here."), 403
)
SHOWN_MESSAGES = 50
LONGEST_TOKEN = 100
MOST_FROM_ONE_ADDRESS = 10 * MOST_MESSAGES


class EmbeddedChat:
    """The frame, for the sites that may show it; without any there is none."""

    def __init__(self, room: ChatRoom, key: bytes, origins: Sequence[str]) -> None:
        self._room = room
        self._key = key
        self._origins = tuple(origins)
        self._throttle = Throttle(MOST_MESSAGES, WITHIN)
        self._addresses = Throttle(MOST_FROM_ONE_ADDRESS, WITHIN)
        script = (templates_folder() / "web/chat/static/embed.js").read_text(encoding="utf-8")
        self._script = script.replace('"ORIGINS"', json.dumps(self._origins))

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses of the script and the frame."""
        if not self._origins:
            return []
        return [web.get("/chat/embed.js", self.script), web.get(FRAME, self.show), web.post(FRAME, self.write)]

    @for_machines
    async def script(self, _request: web.Request) -> web.StreamResponse:
        """Give the script to whoever asks: it holds nothing but the way here, and the sites that may show it."""
        headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600"}
        return web.Response(text=self._script, content_type="text/javascript", headers=headers)

    @for_machines
    async def show(self, request: web.Request) -> web.StreamResponse:
        """Begin a guest's conversation."""
        return await self._draw(request, secrets.token_urlsafe(24))

    @for_machines
    async def write(self, request: web.Request) -> web.StreamResponse:
        """Answer a guest: whatever is personal is answered with the way to sign in."""
        try:
            refuse_large_anonymous(request)
            form = await posted(request)
        except web.HTTPRequestEntityTooLarge:
            return await self._draw(request, secrets.token_urlsafe(24), TOO_LONG)
        token = form.text("conversation", LONGEST_TOKEN)
        name, _, mark = token.partition(".")
        text, payload = form.text("text"), form.text("payload", 1_000)
        if not token.isascii() or not hmac.compare_digest(mark, self._mark(name)):
            return await self._draw(request, secrets.token_urlsafe(24), OVER, draft=text)
        problem = self._problem(request, name, text or payload)
        if problem is None:
            guest = ChatGuest(f"guest-{name}", guess_language(request))
            await self._room.answer_guest(guest, Said(text, payload, form.text("key", LONGEST_KEY)))
        return await self._draw(request, name, problem, draft=text if problem else "")

    def _problem(self, request: web.Request, name: str, said: str) -> Declined | None:
        now = self._room.clock.now()
        try:
            for throttle, who in ((self._throttle, name), (self._addresses, request.remote or "")):
                throttle.check(who, now)
                throttle.count(who, now)
        except web.HTTPTooManyRequests:
            return TOO_FAST
        if not said:
            return NOTHING_SAID
        return TOO_LONG if len(said) > LONGEST_MESSAGE else None

    def _know(self, request: web.Request) -> None:
        """See a guest in everybody who comes here, even if the browser should bring a cookie."""
        request[VISITOR] = Visitor(guess_language(request))

    async def _draw(
        self, request: web.Request, name: str, problem: Declined | None = None, draft: str = ""
    ) -> web.Response:
        self._know(request)
        async with self._room.database.reading() as session:
            messages = await store.messages_before(session, f"guest-{name}", None, SHOWN_MESSAGES)
            buttons = await store.open_buttons(session, f"guest-{name}")
        response = render_page(
            request,
            "chat/frame.html",
            status=problem.status if problem else 200,
            messages=messages,
            buttons=buttons,
            conversation=f"{name}.{self._mark(name)}",
            key=secrets.token_urlsafe(24),
            problem=gettext(request, problem.sentence) if problem else "",
            draft=draft,
        )
        policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(self._origins)}")
        response.headers["Content-Security-Policy"] = policy
        return response

    def _mark(self, name: str) -> str:
        return hmac.new(self._key, f"guest chat {name}".encode(), hashlib.sha256).hexdigest()[:40]
