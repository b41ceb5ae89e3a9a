"""Lists of a person's own cases: all of them, and those that wait for something from them."""

from aiohttp import web

from casework.cases import store as cases
from casework.cases.store import Order, Wanted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import signed_in

PAGE = 20
MOST_TASKS = 200


async def list_cases(request: web.Request) -> web.StreamResponse:
    """Show one's own cases, filtered, sorted and a page at a time."""
    actor = signed_in(request)
    person_id, asked = actor.person_id or 0, request.query
    show, sort, page = asked.get("show", ""), asked.get("sort", ""), _page_number(asked.get("page", ""))
    async with shell(request).database.reading() as session:
        used = await cases.forms_used_by(session, person_id, limit=100)
        wanted = Wanted(
            is_closed={"open": False, "closed": True}.get(show),
            form_key=next((key for key in used if key == asked.get("form")), None),
            order=Order(sort) if sort in set(Order) else Order.NEWEST,
        )
        found = await cases.page_of_requester(session, person_id, wanted, limit=PAGE + 1, offset=(page - 1) * PAGE)
    return render_page(
        request,
        "portal/my_cases.html",
        cases=found[:PAGE],
        shows=show if show in {"open", "closed"} else "",
        wanted=wanted,
        orders=[order.value for order in Order],
        used=used,
        page=page,
        has_more=len(found) > PAGE,
    )


def _page_number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 4 else 1


async def list_tasks(request: web.Request) -> web.StreamResponse:
    """Show the cases that wait for an answer or a decision of this person."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        waiting = await cases.waiting_for(session, actor.person_id or 0, MOST_TASKS)
    return render_page(request, "portal/tasks.html", waiting=waiting)
