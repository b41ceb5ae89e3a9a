"""The registration office: whoever showed an identity card or passport is handed a list of codes, their first key."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.cases.permissions import Action, may, require
from casework.digital_keys import token_codes
from casework.digital_keys.notices import Change, tell
from casework.people import store as people
from casework.people.models import Actor, Person
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.visitor import require_fresh, signed_in
from casework.portal.views.sign_in import LONGEST_ADDRESS

DOCUMENTS = ("identity_card", "passport")


async def show_registration(request: web.Request) -> web.StreamResponse:
    """Ask whose identity was checked, and by which document."""
    require(signed_in(request), Action.REGISTER_KEYS)
    return _page(request)


def _page(request: web.Request, problem: str = "", address: str = "") -> web.Response:
    status = 422 if problem else 200
    return render_page(request, "portal/registration.html", status=status, problem=problem, address=address)


async def register(request: web.Request) -> web.StreamResponse:
    """Print a list of codes for somebody of the own organisation whose identity was checked."""
    require(signed_in(request), Action.REGISTER_KEYS)
    actor = require_fresh(request)
    form = await posted(request)
    address, document = form.text("address", LONGEST_ADDRESS), form.text("document", 20)
    if document not in DOCUMENTS or form.text("checked", 5) != "yes":
        problem = gettext(request, "Check the identity card or passport first, and say which one it was.")
        return _page(request, problem, address)
    home, now = shell(request), shell(request).desk.clock.now()
    async with home.database.transaction() as session:
        person = await _in_reach(session, actor, address)
        if person is None:
            return _page(request, gettext(request, "Nobody of your organisation has this address."), address)
        codes = await token_codes.print_list(session, home.rules.key, person.id, now)
        await tell(session, person.id, Change.LIST_PRINTED, now, actor=actor)
        audit.record(
            session, at=now, action="identity_checked", actor=actor, channel="web",
            details={"person": person.id, "document": document},
        )  # fmt: skip
    return render_page(request, "portal/token_list.html", codes=codes, owner=person.name, printed_at=now)


async def _in_reach(session: AsyncSession, actor: Actor, address: str) -> Person | None:
    """Return the person of an address if this actor may hand out a key to them."""
    person = await people.person_by_address(session, address)
    if person is None or person.id == actor.person_id:
        return None
    return person if may(actor, Action.REGISTER_KEYS, organisation_id=person.organisation_id) else None
