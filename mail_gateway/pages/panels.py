"""What the desk's own pages show of received mail: its place in the case log, and what waits for an admin."""

from functools import partial

from markupsafe import Markup

from casework.portal.shell.log_filter import LogFilter
from casework.portal.shell.pages import render_fragment
from casework.portal.shell.panels import PanelContext
from mail_gateway.pages import reading, reasons
from mail_gateway.store import MailState

SHOWN_IN_LOG = 20


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
