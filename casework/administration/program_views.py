"""Tokens and webhooks: the programs that work with the desk, and the systems that are told of events."""

from datetime import timedelta

from aiohttp import web

from casework.administration import reading
from casework.administration.addresses import before
from casework.api import tokens
from casework.api.models import Scope
from casework.cases.permissions import Action
from casework.errors import InvalidInput
from casework.messages.models import Channel
from casework.people.models import Role
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted
from casework.portal.shell.wording import sentence
from casework.webhooks import service as webhooks

DAYS = 90
LONGEST_DAYS = 4
TOKEN_PROBLEMS = {
    "name": sentence("Give the token a name, such as that of the program."),
    "scopes": sentence("Tick what the token may be used for."),
    "days": sentence("Between 1 and 366 days are possible."),
    "roles": sentence("A token acts either as a person or as a service with roles."),
    "address": sentence("Nobody here has this address."),
}
WEBHOOK_PROBLEMS = {
    "url": sentence("Fill in an address that begins with https://."),
    "kinds": sentence("Tick what has to be told."),
}


async def list_tokens(request: web.Request) -> web.StreamResponse:
    """Show every token, and the form that makes one."""
    admitted(request, Action.ADMINISTER)
    return await _show_tokens(request)


async def _show_tokens(
    request: web.Request, *, fresh: str = "", problem: str = "", sent: Posted | None = None
) -> web.StreamResponse:
    home = shell(request)
    async with home.database.reading() as session:
        found = await tokens.all_tokens(session)
    return render_page(
        request,
        "admin/tokens.html",
        status=422 if problem else 200,
        tokens=found,
        now=home.desk.clock.now(),
        fresh=fresh,
        problem=problem,
        typed={name: sent.text(name, 100) if sent else "" for name in ("name", "address", "days")},
        every_scope=tuple(Scope),
        every_role=tuple(role for role in Role if role is not Role.EMPLOYEE),
    )


async def make_token(request: web.Request) -> web.StreamResponse:
    """Make a token and show it, this once."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    form = await posted(request)
    address, days = form.text("address", 200), form.text("days", LONGEST_DAYS) or str(DAYS)
    try:
        async with home.database.transaction() as session:
            fresh = await tokens.make(
                session,
                name=form.text("name", tokens.LONGEST_NAME),
                person=await tokens.person_with(session, address) if address else None,
                roles=[role for role in Role if form.text(f"role-{role.value}", 3)],
                scopes=[scope for scope in Scope if form.text(f"scope-{scope.value}", 3)],
                life=timedelta(days=int(days) if days.isascii() and days.isdigit() else 0),
                maker=actor,
                channel=Channel.WEB,
                now=home.desk.clock.now(),
            )
    except InvalidInput as error:
        return await _show_tokens(request, problem=_why(request, error, TOKEN_PROBLEMS), sent=form)
    return await _show_tokens(request, fresh=fresh)


def _why(request: web.Request, error: InvalidInput, problems: dict[str, str]) -> str:
    return " ".join(gettext(request, problems[name]) for name in error.fields)


async def revoke_token(request: web.Request) -> web.StreamResponse:
    """End a token for good."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.transaction() as session:
        now = home.desk.clock.now()
        await tokens.revoke(session, int(request.match_info["id"]), by=actor, channel=Channel.WEB, now=now)
    return see_other("/admin/tokens", done="revoked")


async def list_webhooks(request: web.Request) -> web.StreamResponse:
    """Show what other systems are told, and what became of each notification."""
    admitted(request, Action.ADMINISTER)
    return await _show_webhooks(request)


async def _show_webhooks(
    request: web.Request, *, secret: str = "", problem: str = "", url: str = ""
) -> web.StreamResponse:
    async with shell(request).database.reading() as session:
        found = await webhooks.in_force(session)
        deliveries = await reading.deliveries(session, before(request))
    return render_page(
        request,
        "admin/webhooks.html",
        status=422 if problem else 200,
        webhooks=found,
        deliveries=deliveries,
        secret=secret,
        problem=problem,
        url=url,
        kinds=[kind.value for kind in webhooks.KINDS],
    )


async def make_webhook(request: web.Request) -> web.StreamResponse:
    """Begin to tell an address of some kinds of events, and show the secret of the signatures, this once."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    form = await posted(request)
    url = form.text("url", webhooks.LONGEST_URL + 1)
    try:
        async with home.database.transaction() as session:
            made = await webhooks.make(
                session,
                url=url,
                kinds=[kind.value for kind in webhooks.KINDS if form.text(f"kind-{kind.value}", 3)],
                maker=actor,
                channel=Channel.WEB,
                now=home.desk.clock.now(),
            )
    except InvalidInput as error:
        return await _show_webhooks(request, problem=_why(request, error, WEBHOOK_PROBLEMS), url=url)
    return await _show_webhooks(request, secret=webhooks.secret_of(home.desk.settings.secret_key, made))


async def remove_webhook(request: web.Request) -> web.StreamResponse:
    """No longer tell an address anything."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.transaction() as session:
        now = home.desk.clock.now()
        await webhooks.remove(session, int(request.match_info["id"]), by=actor, channel=Channel.WEB, now=now)
    return see_other("/admin/webhooks", done="removed")
