"""One deed for many cases of the queue: chosen there, tried out and shown, and done only then."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from casework.bulk import service
from casework.bulk.service import MOST, Deed, Order, Outcome
from casework.canned import service as canned
from casework.cases import problems
from casework.cases.permissions import Action
from casework.errors import AlreadyHandled, CaseworkError, Conflict, InvalidInput, TransitionNotAllowed
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import local_path
from casework.portal.shell.visitor import admitted
from casework.portal.shell.wording import sentence

LONGEST_TARGET = 60
NONE_CHOSEN = sentence("Choose a ticket at least.")
NO_DEED = sentence("Choose what to do with the tickets.")
CHANGED = sentence("Somebody changed this ticket since; look at it first.")
NOT_POSSIBLE = sentence("This is not possible for this ticket.")


class _Undone(Exception):
    """Ends a transaction in which deeds were only tried out."""


@dataclass(frozen=True)
class Told:
    """What became, or would become, of one case, and why not in the handler's language."""

    outcome: Outcome
    why_not: str


async def preview(request: web.Request) -> web.StreamResponse:
    """Show what would happen to each case; nothing happens yet."""
    actor = admitted(request, Action.WORK)
    form = await posted(request)
    numbers = [number for number, _ in _chosen(form)]
    order = _order(form)
    problem = "" if numbers else gettext(request, NONE_CHOSEN)
    if numbers and order is None:
        problem = gettext(request, NO_DEED)
    told = await _try_out(request, actor, order, numbers) if order and order.is_complete and not problem else ()
    return await _draw(request, actor, form, order, told, problem)


def _order(form: Posted) -> Order | None:
    deed = next((one for one in Deed if one == form.text("deed", 20)), None)
    return None if deed is None else Order(deed, form.text(f"target_{deed}", LONGEST_TARGET))


def _chosen(form: Posted) -> list[tuple[str, int | None]]:
    """Return the cases that were ticked, each with the version that was seen, where the form holds one."""
    typed = [one for one in form.fields.getall("case", []) if isinstance(one, str)]
    pairs = [(number[:20], version) for number, _, version in (one.partition(":") for one in dict.fromkeys(typed))]
    return [(number, int(seen) if seen.isascii() and seen.isdigit() else None) for number, seen in pairs][:MOST]


async def _try_out(request: web.Request, actor: Actor, order: Order, numbers: Sequence[str]) -> Sequence[Told]:
    """Do it all, see what comes of it, and undo it all."""
    home = shell(request)
    outcomes: list[Outcome] = []
    with suppress(_Undone):
        async with home.database.transaction() as session:
            outcomes += [await service.do(session, home.desk, actor, order, number) for number in numbers]
            raise _Undone
    return [_tell(request, actor, one) for one in outcomes]


def _tell(request: web.Request, actor: Actor, outcome: Outcome) -> Told:
    return Told(outcome, _why_not(request, actor, outcome.error) if outcome.error else "")


def _why_not(request: web.Request, actor: Actor, error: CaseworkError) -> str:
    if isinstance(error, AlreadyHandled | TransitionNotAllowed):
        return " ".join(problems.sentences(error, actor.language))
    if isinstance(error, InvalidInput) and "form" in error.fields:
        return error.fields["form"]
    return gettext(request, CHANGED if isinstance(error, Conflict) else NOT_POSSIBLE)


async def confirm(request: web.Request) -> web.StreamResponse:
    """Do it, each case in a transaction of its own, and report on each."""
    actor = admitted(request, Action.WORK)
    home = shell(request)
    form = await posted(request)
    order = _order(form)
    chosen = [(number, seen) for number, seen in _chosen(form) if seen is not None]
    if order is None or not order.is_complete or not chosen:
        return await _draw(request, actor, form, order, (), gettext(request, NO_DEED))
    outcomes = []
    for number, seen in chosen:
        async with home.database.transaction() as session:
            outcomes.append(await service.do(session, home.desk, actor, order, number, seen))
    async with home.database.transaction() as session:
        await service.tell(session, home.desk, actor, order, outcomes)
    told = [_tell(request, actor, one) for one in outcomes]
    return render_page(request, "portal/bulk_done.html", told=told, order=order, back=_back(form))


def _back(form: Posted) -> str:
    return local_path(form.text("back", 500), "/workspace")


async def _draw(
    request: web.Request, actor: Actor, form: Posted, order: Order | None, told: Sequence[Told], problem: str
) -> web.Response:
    async with shell(request).database.reading() as session:
        colleagues = [one for one in await people.handlers(session) if one.id != actor.person_id]
        offered = await canned.offered_to(session, actor.person_id or 0)
    return render_page(
        request,
        "portal/bulk.html",
        status=422 if problem else 200,
        deeds=Deed,
        order=order,
        numbers=[number for number, _ in _chosen(form)],
        told=told,
        colleagues=colleagues,
        canned=offered,
        problem=problem,
        back=_back(form),
    )
