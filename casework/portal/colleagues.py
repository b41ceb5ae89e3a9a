"""Who else has a part in a case: who must approve it, by when it is due, who filed it, what else its requester asks."""

from datetime import timedelta

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import store as approvals
from casework.approvals.models import ApprovalState
from casework.cases import store as cases
from casework.cases.lifecycle import can_reopen
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_fragment
from casework.portal.shell.panels import Panel, PanelContext, Place
from casework.portal.shell.section import Counter
from casework.portal.shell.wording import sentence
from casework.service_levels import service as service_levels

MOST_AT_HAND = 8


async def approvals_of_case(context: PanelContext) -> Markup:
    """Draw who has to approve a case, since when, and what was decided."""
    case = context.subject
    if not isinstance(case, Case):
        return Markup()
    steps = await approvals.of_case(context.session, case.id)
    if not steps:
        return Markup()
    asked = {
        one.id: await approvals.askings(context.session, one.id) for one in steps if one.state == ApprovalState.OPEN
    }
    concerned = {asking.person_id for rows in asked.values() for asking in rows}
    concerned |= {one.decided_by_id for one in steps if one.decided_by_id} | {
        one.acted_for_id for one in steps if one.acted_for_id
    }
    names = await people.names(context.session, concerned)
    return render_fragment(context.request, "portal/approvals_panel.html", steps=steps, asked=asked, names=names)


async def due(context: PanelContext) -> Markup:
    """Draw by when a case is to be answered, or whose turn it is; to handlers also what the days were spent on."""
    case = context.subject
    if not isinstance(case, Case) or case.is_closed:
        return Markup()
    desk = shell(context.request).desk
    stands = await service_levels.standing(context.session, desk, case)
    handles = context.actor is not None and may(context.actor, Action.HANDLE, case)
    return render_fragment(
        context.request,
        "portal/due_panel.html",
        case=case,
        stands=stands,
        handles=handles,
        cutoff=await service_levels.cutoff(context.session, desk, case) if handles else None,
        hours={whose.value: started_hours(spent) for whose, spent in stands.spent.items()},
    )


def started_hours(spent: timedelta) -> str:
    """Return started hours; "" for no time at all."""
    seconds = int(spent.total_seconds())
    return str(-(-seconds // 3600)) if seconds >= 3600 else "< 1" if seconds else ""


async def filed_by(context: PanelContext) -> Markup:
    """Draw who filed a case for whom, where local HR did."""
    case = context.subject
    if not isinstance(case, Case) or case.filed_by_id is None:
        return Markup()
    names = await people.names(context.session, [case.filed_by_id, case.requester_id])
    return render_fragment(
        context.request,
        "portal/filed_by_panel.html",
        filed_by=names[case.filed_by_id],
        for_whom=names[case.requester_id],
    )


async def also_asked(context: PanelContext) -> Markup:
    """Draw for a handler what else the requester of a case waits for: the newest of their other open cases."""
    case, actor = context.subject, context.actor
    if not isinstance(case, Case) or actor is None or not may(actor, Action.HANDLE, case):
        return Markup()
    newest, _ = await cases.open_of_requester(context.session, case.requester_id, MOST_AT_HAND)
    others = [one for one in newest if one.id != case.id and may(actor, Action.READ, one)]
    return render_fragment(context.request, "portal/also_asked_panel.html", others=others) if others else Markup()


async def come_back(context: PanelContext) -> Markup:
    """Offer to the requester of a case that was closed unanswered to open it again, while they can."""
    case, actor = context.subject, context.actor
    if not isinstance(case, Case) or actor is None or not may(actor, Action.DECIDE, case):
        return Markup()
    if not can_reopen(case, shell(context.request).desk.clock.now()):
        return Markup()
    return render_fragment(context.request, "portal/reopen_panel.html", case=case)


async def approvals_at_hand(context: PanelContext) -> Markup:
    """Draw the requests that wait longest for the approval of whoever looks, each with the way to its page."""
    person_id = context.actor.person_id if context.actor else None
    if person_id is None:
        return Markup()
    waiting = await approvals.waiting_for(context.session, person_id, MOST_AT_HAND)
    if not waiting:
        return Markup()
    names = await people.names(context.session, {case.requester_id for _, _, case in waiting})
    return render_fragment(context.request, "portal/approvals_at_hand.html", waiting=waiting, names=names)


async def approvals_waiting(session: AsyncSession, actor: Actor) -> int:
    """Return how many approvals wait for somebody."""
    return await approvals.count_waiting_for(session, actor.person_id or 0)


COUNTERS = (Counter("/approvals", sentence("Approvals"), approvals_waiting),)
PANELS = (
    Panel(Place.QUICK_TASKS, approvals_at_hand),
    Panel(Place.CASE_PAGE, filed_by),
    Panel(Place.CASE_PAGE, due),
    Panel(Place.CASE_PAGE, also_asked),
    Panel(Place.CASE_PAGE, approvals_of_case),
    Panel(Place.CASE_PAGE, come_back),
)
