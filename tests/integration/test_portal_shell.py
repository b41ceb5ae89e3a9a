"""The shell by itself: what edges hand in, which page an error becomes, where a browser may be sent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from portal_site import Site, open_site
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from yarl import URL

from casework.cases.permissions import Action
from casework.db import Database
from casework.errors import AlreadyHandled, Conflict, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import Role
from casework.portal.shell import formats
from casework.portal.shell.panels import Panel, PanelContext, Place
from casework.portal.shell.redirects import local_path
from casework.portal.shell.section import Link, Section
from casework.portal.shell.throttle import Throttle
from casework.portal.shell.visitor import admitted

ERRORS = {
    "not-found": (NotFound("HRB0000001 of An Peeters"), 404, "Page not found"),
    "not-permitted": (NotPermitted(), 403, "Not allowed"),
    "conflict": (Conflict(), 409, "Changed meanwhile"),
    "handled": (AlreadyHandled("Hanne Claes"), 409, "Hanne Claes already has this ticket."),
    "stale": (StaleDataError("row 7"), 409, "Changed meanwhile"),
    "moved-on": (TransitionNotAllowed("HRB0000001", "open", "closed"), 409, "Changed meanwhile"),
    "invalid": (InvalidInput({"start": "Not a date <b>."}), 422, "Not a date &lt;b&gt;."),
    "database": (OperationalError("SELECT secret", {}, Exception("no host 10.0.0.1")), 503, "not available"),
    "bug": (RuntimeError("the secret of An Peeters"), 500, "Reference:"),
    "too-large": (web.HTTPRequestEntityTooLarge(1), 413, "Too large"),
    "method": (web.HTTPMethodNotAllowed("PUT", ["GET"]), 405, "Page not found"),
}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


async def fail(request: web.Request) -> web.StreamResponse:
    raise ERRORS[request.match_info["name"]][0]


async def for_payroll(request: web.Request) -> web.StreamResponse:
    return web.Response(text=admitted(request, Action.RUN_PAY).name)


async def draw_place(context: PanelContext) -> Markup:
    subject = getattr(context.subject, "number", "") or "nothing"
    return Markup("<p>panel about {} for {}</p>").format(subject, context.actor.name if context.actor else "anybody")


async def draw_nothing(_context: PanelContext) -> Markup:
    return Markup(" ")


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    section = Section(
        domain="testing",
        routes=(web.get("/fail/{name}", fail), web.get("/payroll", for_payroll)),
        panels=(
            *(Panel(place, draw_place) for place in Place),
            *(Panel(place, draw_nothing) for place in Place),
        ),
        links=(
            Link("/payslips", "My payslips"),
            Link("/payroll", "Pay runs", roles=frozenset({Role.PAYROLL})),
            Link("/admin/mail", "Mail", roles=frozenset({Role.ADMIN}), admin=True),
        ),
        narrators={EventKind.PAY_EFFECT: lambda _request, entry: f"<{entry.data['months']} months>"},
    )
    async with open_site(database, desk, sign_in_rules, [section]) as opened:
        yield opened


@pytest.mark.parametrize("name", list(ERRORS))
async def test_each_error_becomes_its_page_without_anything_of_the_inside(site, name):
    _, status, sentence = ERRORS[name]
    page = await (await site.browser_of(site.cast.ada)).get(f"/fail/{name}")
    assert page.status == status
    assert sentence in page.text
    for secret in ("secret", "10.0.0.1", "An Peeters", "Traceback", "row 7"):
        assert secret not in page.text


async def test_a_fault_is_logged_with_the_reference_that_the_page_shows(site, caplog):
    page = await (await site.browser_of(site.cast.ada)).get("/fail/bug")
    reference = page.text.partition("<code>")[2].partition("</code>")[0]
    logged = [record.getMessage() for record in caplog.records if record.name.endswith("error_pages")]
    assert logged == [f"request failed, reference {reference}: GET /fail/bug"]


async def test_without_a_database_the_front_page_stands_and_the_others_say_so(site):
    browser = await site.browser_of(site.cast.an)
    async with site.database.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("ALTER TABLE web_sessions RENAME TO gone")
    assert (await site.stranger().get("/")).status == 200
    page = await browser.get("/cases")
    assert page.status == 503
    assert "web_sessions" not in page.text


async def test_panels_stand_in_their_places(site):
    case = await site.case_of(site.cast.an)
    ada, hanne, an = [await site.browser_of(who) for who in (site.cast.ada, site.cast.hanne, site.cast.an)]
    assert "<p>panel about nothing for anybody</p>" in (await site.stranger().get("/")).text
    assert "<p>panel about nothing for An Peeters</p>" in (await an.get("/")).text
    assert f"<p>panel about {case.number} for An Peeters</p>" in (await an.get(f"/cases/{case.number}")).text
    assert "<p>panel about nothing for Hanne Claes</p>" in (await hanne.get("/workspace")).text
    assert "<p>panel about nothing for Ada Bakker</p>" in (await ada.get("/admin")).text
    assert "<p>panel about HRB1 for Ada Bakker</p>" in (await ada.get("/admin/log?number=hrb1")).text


async def test_links_of_an_edge_are_shown_to_those_they_are_for(site):
    ada, an = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.an)
    seen = (await an.get("/")).text
    assert ('href="/payslips"' in seen, 'href="/payroll"' in seen, 'href="/admin/mail"' in seen) == (True, False, False)
    seen = (await ada.get("/")).text
    assert ('href="/payslips"' in seen, 'href="/payroll"' in seen, 'href="/admin/mail"' in seen) == (True, True, False)
    assert 'href="/admin/mail"' in (await ada.get("/admin")).text


async def test_a_page_of_an_edge_asks_for_its_role(site):
    assert (await site.stranger().get("/payroll")).location == "/sign-in?next=%2Fpayroll"
    assert (await (await site.browser_of(site.cast.an)).get("/payroll")).status == 403
    assert (await (await site.browser_of(site.cast.ada)).get("/payroll")).text == "Ada Bakker"


async def test_an_edge_tells_its_own_events(site):
    case = await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        messages.enter(
            session, case_id=case.id, kind=EventKind.PAY_EFFECT, actor=site.cast.ada, channel=Channel.SYSTEM,
            at=site.desk.clock.now(), data={"months": 2},
        )  # fmt: skip
    page = await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")
    assert "&lt;2 months&gt;" in page.text


async def test_assets_may_be_kept_for_ever_under_an_address_that_follows_their_content(site):
    front = (await site.stranger().get("/")).text
    address = front.partition('rel="stylesheet" href="')[2].partition('"')[0]
    page = await site.stranger().get(address)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert page.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in page.headers
    for path in ("/static/portal/..%2flayout.html", "/static/portal/nothing.css", "/static/../layout.html"):
        assert (await site.stranger().get(path)).status == 404


@given(st.text(max_size=60))
def test_a_browser_is_only_ever_sent_to_a_path_of_our_own(wanted):
    path = local_path(wanted)
    there = URL("https://desk.balie.example/sign-in").join(URL(path))
    assert (there.scheme, there.host) == ("https", "desk.balie.example")
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


@given(
    st.sampled_from(["/", "//", "/\\", "\\", "http:", "https://", "/.", "javascript:", "\t", "\n"]),
    st.text(max_size=20),
)
def test_no_odd_beginning_leads_elsewhere(beginning, rest):
    path = local_path(beginning + rest)
    assert path == "/" or (path == beginning + rest and path.startswith("/") and path[1:2] not in {"/", "\\"})


def test_a_throttle_lets_go_after_its_window_and_counts_each_key_alone():
    now = datetime(2026, 9, 15, tzinfo=UTC)
    throttle = Throttle(limit=2, window=timedelta(minutes=10))
    throttle.count("a", now)
    throttle.check("a", now)
    throttle.count("a", now)
    with pytest.raises(web.HTTPTooManyRequests) as refused:
        throttle.check("a", now + timedelta(minutes=9))
    assert refused.value.headers["Retry-After"] == "600"
    throttle.check("b", now)
    throttle.check("a", now + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0 B"), (1023, "1023 B"), (1024, "1 kB"), (1025, "2 kB"), (1024 * 1024 + 1, "2 MB")]
)
def test_the_size_of_a_file_is_rounded_up(count, written):
    assert formats.size(count) == written


def test_moments_are_written_in_belgian_time_and_in_the_language():
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert formats.moment(at, "nl") == "29 maart 2026, 03:30"
    assert formats.moment(at, "fr") == "29 mars 2026, 03:30"
    assert formats.moment(at, "de") == "29. März 2026, 03:30"
    assert formats.short_moment(at) == "29/03/2026 03:30"


async def test_lists_take_as_many_queries_for_three_cases_as_for_one(site, database: Database):
    from sqlalchemy import event

    browsers = {who: await site.browser_of(getattr(site.cast, who)) for who in ("an", "hanne", "ada")}
    pages = [
        ("an", "/"), ("an", "/cases"), ("an", "/tasks"), ("an", "/search?q=leave"), ("hanne", "/workspace"),
        ("ada", "/admin/log"), ("ada", "/admin/log?show=cases"), ("ada", "/admin/log?show=mails"),
    ]  # fmt: skip

    async def count() -> list[int]:
        counts = []
        for who, path in pages:
            asked: list[str] = []

            def note(_c, _cursor, statement, *_rest, asked=asked):
                asked.append(statement)

            for engine in database.engines:
                event.listen(engine.sync_engine, "before_cursor_execute", note)
            assert (await browsers[who].get(path)).status == 200
            for engine in database.engines:
                event.remove(engine.sync_engine, "before_cursor_execute", note)
            counts.append(len(asked))
        return counts

    await site.answered_case(site.cast.an)
    await count()  # what the portal remembers for a while is asked for the first time
    one = await count()
    for requester in (site.cast.an, site.cast.an, site.cast.luc):
        await site.answered_case(requester)
        await site.case_of(requester)
    assert await count() == one
    assert max(one) <= 16
