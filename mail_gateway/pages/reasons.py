"""Says in the visitor's language why a mail did not simply become part of a case.

The stored reason is a sentence for the log, in English; a page shows it beside these words, never instead of them.
"""

from collections.abc import Mapping

from aiohttp import web

from casework.portal.shell.pages import gettext
from casework.portal.shell.wording import sentence
from mail_gateway.inbound import responders
from mail_gateway.inbound.identity import TrustLevel
from mail_gateway.inbound.screening import RULES
from mail_gateway.store import MailState, ReceivedMail

SCREENED = frozenset(rule.name for rule in RULES)
NOT_TRUSTED: Mapping[str, str] = {
    TrustLevel.UNKNOWN: sentence("Nobody here has this address."),
    TrustLevel.CONTESTED: sentence("It came to a reply address that belongs to somebody else."),
    TrustLevel.UNPROVEN: sentence("A reply of a file manager, but anybody can write this address into a mail."),
}
DOUBTED: Mapping[str, str] = {
    responders.ABSENCE_NOTE: sentence("It reads like an absence note, which nothing marks as one."),
    responders.SAID_BEFORE: sentence("It says the same words again within a day, as a program does."),
}
SHUNTED = sentence("The mail could not be read or worked on; it delays no other.")
REFUSED = sentence("Nothing was done, and the file manager was told why.")


def in_words(request: web.Request, mail: ReceivedMail) -> str:
    """Return why a mail stands where it stands; an empty text when there is nothing to explain."""
    if mail.reason is None:
        return ""
    if mail.state == MailState.SHUNTED:
        return gettext(request, SHUNTED)
    if mail.reason in SCREENED:
        return gettext(request, mail.reason)
    if mail.reason in DOUBTED:
        return gettext(request, DOUBTED[mail.reason])
    if mail.state == MailState.PROCESSED:
        return gettext(request, REFUSED)
    known = NOT_TRUSTED.get(mail.trust or "")
    return gettext(request, known) if known else ""


def as_stored(mail: ReceivedMail) -> str:
    """Return the reason as it was written down, unless the words of the page say exactly the same."""
    return "" if mail.reason is None or mail.reason in SCREENED else mail.reason
