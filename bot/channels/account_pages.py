"""Where somebody ties an account of theirs to themselves, sees which are tied, and takes one away again."""

from collections.abc import Sequence

from aiohttp import web
from markupsafe import Markup

from bot.accounts.models import OutsideAccount
from bot.accounts.service import CODE_LIFE, AccountLinks
from bot.channels.chat_room import ChatRoom
from casework.errors import NotFound
from casework.portal.shell.pages import render_fragment, render_page
from casework.portal.shell.panels import PanelContext
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in

SERVICES = {"teams": "Microsoft Teams", "slack": "Slack", "matrix": "Matrix"}


class AccountPages:
    """The page that a link leads to, and the part of the profile that lists the accounts."""

    def __init__(self, room: ChatRoom, links: AccountLinks) -> None:
        self._room = room
        self._links = links

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the addresses of the pages."""
        return [
            web.get("/chat/accounts/{token}", self.ask),
            web.post("/chat/accounts/{token}", self.confirm),
            web.post("/profile/accounts/{id:[0-9]{1,9}}/remove", self.remove),
        ]

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Ask whether the account is one's own; a link that is over says so."""
        signed_in(request)
        async with self._room.database.transaction() as session:
            account = await self._links.of_link(session, request.match_info["token"], self._room.clock.now())
            return _draw(request, account)

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Use the link up, and show the code that is to be typed there."""
        person, now = signed_in(request), self._room.clock.now()
        async with self._room.database.transaction() as session:
            account = await self._links.of_link(session, request.match_info["token"], now)
            code = self._links.confirm(account, person.person_id or 0, now) if account else ""
            return _draw(request, account, code)

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """Make one of one's accounts nobody's again."""
        person = signed_in(request)
        async with self._room.database.transaction() as session:
            if not await self._links.untie(session, person.person_id or 0, int(request.match_info["id"])):
                raise NotFound
        return see_other("/profile", done="account_removed")

    async def panel(self, context: PanelContext) -> Markup:
        """Draw the accounts of whoever looks at their profile; nothing where they have none."""
        person_id = context.actor.person_id if context.actor else None
        accounts = await self._links.of_person(context.session, person_id) if person_id else ()
        if not accounts:
            return Markup("")
        return render_fragment(context.request, "chat/profile_panel.html", accounts=accounts, services=SERVICES)


def _draw(request: web.Request, account: OutsideAccount | None, code: str = "") -> web.StreamResponse:
    return render_page(
        request,
        "chat/account.html",
        status=200 if account else 404,
        account=account,
        service=SERVICES.get(account.channel, account.channel) if account else "",
        code=code,
        minutes=CODE_LIFE.seconds // 60,
    )
