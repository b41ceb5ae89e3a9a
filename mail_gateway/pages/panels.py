"""What the desk's own pages show of received mail: its place in the case log, and what waits for an admin."""

from functools import partial

from markupsafe import Markup

from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.outbox import store as outbox
from casework.portal.shell.log_filter import LogFilter
from casework.portal.shell.pages import render_fragment
from casework.portal.shell.panels import PanelContext
from mail_gateway.pages import reading, reasons
from mail_gateway.store import MailState

SHOWN_IN_LOG = 20
NEWEST_TRIES = 10
NEWEST_MAILS = 8


async def on_case(context: PanelContext) -> Markup:
    """Draw which mails about a case left, and each try to send them; for those who may read its notes."""
    case, actor = context.subject, context.actor
    if not isinstance(case, Case) or actor is None or not may(actor, Action.READ_NOTES, case):
        return Markup()
    tries = await outbox.attempts_of_case(context.session, case.id)
    return render_fragment(
        context.request,
        "mail/case_panel.html",
        mails=await outbox.of_case(context.session, case.id),
        newest=NEWEST_MAILS,
        tries={mail_id: all_tries[-NEWEST_TRIES:] for mail_id, all_tries in tries.items()},
    )


async def in_case_log(context: PanelContext) -> Markup:
    """Draw the mails that came in, as far as the admin's choice meets them."""
    chosen = context.subject if isinstance(context.subject, LogFilter) else LogFilter()
    page = await reading.mails(context.session, chosen, tuple(MailState), limit=SHOWN_IN_LOG)
    if not page.rows:
        return Markup()
    return render_fragment(
        context.request,
        "mail/log_panel.html",
        page=page,
        chosen=chosen,
        why=partial(reasons.in_words, context.request),
        as_stored=reasons.as_stored,
    )


async def for_admins(context: PanelContext) -> Markup:
    """Draw how many mails wait for an admin."""
    counts = await reading.count_releasable(context.session)
    return render_fragment(context.request, "mail/admin_panel.html", counts=counts)
