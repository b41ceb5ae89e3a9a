"""Where an officer signs for a law table that nobody verified, and a second one confirms it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.permissions import Action
from casework.clock import Clock
from casework.messages.models import Channel
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted, require_level
from casework.portal.shell.wording import sentence
from payroll.pages import advice, law, readings
from payroll.pages.speech import Speech
from payroll.signatures import service as signatures
from payroll.signatures.service import LONGEST_REASON, SecondOfficerNeeded, SignatureInvalid, SignatureSettled

PAGE = "/admin/payroll/law"
Step = Callable[[AsyncSession, Clock, int, Actor, str], Awaitable[None]]
NOTHING_TYPED: Mapping[str, str] = {"table": "", "until": "", "reason": ""}
INVALID: Mapping[str, str] = {
    "table": sentence("This table waits for no signature any more; this is how it stands now."),
    "until": sentence("Choose a day from the one that is needed to at most a year later."),
    "reason": sentence("Write why these figures may be used, in at most 1000 characters."),
}
REFUSALS: Mapping[type[Exception], str] = {
    SecondOfficerNeeded: sentence("You signed this, so somebody else has to confirm it."),
    SignatureSettled: sentence("This signature does not wait any more; this is how it stands now."),
}


async def show_law(request: web.Request) -> web.StreamResponse:
    """Show the tables that keep pay up, what was signed for or waits to be confirmed, and how the law is read."""
    return await _draw(request, _officer(request))


async def sign(request: web.Request) -> web.StreamResponse:
    """Sign for a table in the name of whoever asks; it does not hold yet."""
    actor = _officer(request)
    form = await posted(request)
    typed = {"table": form.text("table", 60), "until": form.text("until", 10)}
    typed["reason"] = form.text("reason", LONGEST_REASON + 1)
    home = shell(request)
    try:
        async with home.database.transaction() as session:
            await signatures.sign(
                session,
                home.desk.clock,
                law.in_use(request),
                typed["table"],
                _day(typed["until"]),
                typed["reason"],
                actor,
                Channel.WEB,
            )
    except SignatureInvalid as invalid:
        return await _draw(request, actor, gettext(request, INVALID[invalid.field]), 422, typed)
    return see_other(PAGE, done="signed")


async def confirm(request: web.Request) -> web.StreamResponse:
    """Confirm what another officer signed; calculations go by it from here on."""
    return await _settle(request, signatures.confirm, "confirmed")


async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take back a signature that nobody confirmed: its signer was wrong, or the second officer does not agree."""
    return await _settle(request, signatures.withdraw, "withdrawn")


async def _settle(request: web.Request, step: Step, done: str) -> web.StreamResponse:
    actor = _officer(request)
    home = shell(request)
    try:
        async with home.database.transaction() as session:
            await step(session, home.desk.clock, int(request.match_info["id"]), actor, Channel.WEB)
    except (SecondOfficerNeeded, SignatureSettled) as refusal:
        return await _draw(request, actor, gettext(request, REFUSALS[type(refusal)]), 409)
    return see_other(PAGE, done=done)


async def _draw(
    request: web.Request, actor: Actor, problem: str = "", status: int = 200, typed: Mapping[str, str] | None = None
) -> web.Response:
    home = shell(request)
    async with home.database.reading() as session:
        waiting = await signatures.unsigned(session, home.desk.clock, law.in_use(request))
        signed = await signatures.all_signatures(session)
        officers = {one for each in signed for one in (each.signed_by_id, each.confirmed_by_id) if one is not None}
        names = await people.names(session, officers)
    speech = Speech.to(request)
    return render_page(
        request,
        "payroll/law.html",
        status=status,
        waiting=waiting,
        signed=signed,
        outdated={one.id for one in signed if signatures.is_for_other_figures(one, law.in_use(request))},
        names=names,
        own=actor.person_id,
        tables={name: speech.translate(title) for name, title in advice.TABLES.items()},
        readings=readings.told(law.in_use(request).readings, speech),
        furthest=signatures.FURTHEST,
        longest=LONGEST_REASON,
        problem=problem,
        typed=typed or NOTHING_TYPED,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _officer(request: web.Request) -> Actor:
    admitted(request, Action.RUN_PAY)
    return require_level(request)
