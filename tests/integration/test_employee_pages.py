"""What an employee does on the portal beyond one form and one answer: drafts, hearts, lists, help, live pages."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from aiohttp import web
from factories import make_case
from markupsafe import Markup, escape
from portal_site import Page, Site, open_site
from sqlalchemy import select

from casework.attachments import service as attachments
from casework.attachments.models import Attachment
from casework.cases import filed_forms, handling
from casework.cases import store as cases
from casework.cases.models import Case
from casework.drafts import service as drafts
from casework.drafts.models import DraftFile, FormDraft
from casework.guidance import service as guidance
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people.models import Role
from casework.portal.shell.pages import render_page
from casework.portal.shell.panels import Panel, PanelContext, Place
from casework.portal.shell.section import Counter, Link, Section

FORM = "/catalogue/forms/maternity"
FILLED = {"field-due_date": "2027-01-10", "field-start": "2026-12-20", "field-statute": "contractual"}
CERTIFICATE = ("document-medical_certificate", "attest.pdf", b"%PDF-1.4 b")


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    settings = replace(desk.settings, self_service_url="https://self.example/", expenses_url="https://claims.example/")
    async with open_site(database, replace(desk, settings=settings), sign_in_rules) as opened:
        yield opened


def draft_key(page: Page) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def count(site: Site, table: type) -> int:
    async with site.database.reading() as session:
        return len((await session.execute(select(table))).all())


async def test_a_form_sent_twice_files_one_case(site):
    an = await site.browser_of(site.cast.an)
    sent = FILLED | {"draft": draft_key(await an.get(FORM))}

    pages = [await an.post(FORM, sent, files=[CERTIFICATE]) for _ in range(2)]

    assert [page.location for page in pages] == ["/cases/HRB0000001?done=filed"] * 2
    assert (await count(site, Case), await count(site, FormDraft)) == (1, 0)


async def test_a_form_sent_twice_at_once_files_one_case(site):
    an = await site.browser_of(site.cast.an)
    sent = FILLED | {"draft": draft_key(await an.get(FORM))}

    pages = await asyncio.gather(*(an.post(FORM, sent, files=[CERTIFICATE]) for _ in range(4)))

    assert {page.location for page in pages} == {"/cases/HRB0000001?done=filed"}
    assert (await count(site, Case), await count(site, Attachment), await count(site, FormDraft)) == (1, 1, 0)


async def test_a_message_sent_twice_is_added_once(site):
    case = await site.case_of(site.cast.an)
    an = await site.browser_of(site.cast.an)
    page = await an.get(f"/cases/{case.number}")
    key = re.search(r'name="key" value="([^"]+)"', page.text)[1]

    for _ in range(2):
        page = await an.post(f"/cases/{case.number}/messages", {"text": "Only once", "key": key})

    assert page.location == "/cases/HRB0000001?done=written"
    assert (await an.get(f"/cases/{case.number}")).text.count("Only once") == 1


async def test_a_draft_keeps_answers_and_documents_until_it_is_filed(site):
    an = await site.browser_of(site.cast.an)
    key = draft_key(await an.get(FORM))

    saved = await an.post(FORM, {"draft": key, "save": "yes", "field-statute": "contractual"}, files=[CERTIFICATE])
    again = await an.get(saved.location)
    start = await an.get("/")
    filed = await an.post(FORM, FILLED | {"draft": key})

    assert saved.location == f"{FORM}?draft={key}&done=saved"
    assert "attest.pdf" in again.text
    assert 'value="contractual" selected' in again.text
    assert f"{FORM}?draft={key}" in start.text
    assert filed.location == "/cases/HRB0000001?done=filed"
    assert (await count(site, FormDraft), await count(site, DraftFile)) == (0, 0)
    async with site.database.reading() as session:
        kept = await attachments.of_case(session, 1, with_internal=True)
    assert [(file.filename, file.document_key, file.sensitive) for file in kept] == [
        ("attest.pdf", "medical_certificate", "health")
    ]


async def test_a_form_that_comes_back_has_lost_no_document_and_one_can_be_taken_out(site):
    an = await site.browser_of(site.cast.an)
    key = draft_key(await an.get(FORM))
    page = await an.post(FORM, {"draft": key}, files=[CERTIFICATE])
    file_id = re.search(r'name="remove" value="(\d+)"', page.text)[1]
    removed = await an.post(FORM, {"draft": key, "remove": file_id})

    assert (page.status, removed.status) == (422, 200)
    assert ("attest.pdf" in page.text, "attest.pdf" in removed.text) == (True, False)


async def test_a_draft_is_nobody_elses(site):
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)
    key = draft_key(await an.get(FORM))
    await an.post(FORM, {"draft": key, "save": "yes", "field-comment": "Mine alone"}, files=[CERTIFICATE])

    seen = await luc.get(f"{FORM}?draft={key}")
    await luc.post(f"/drafts/{key}/delete")
    await luc.post(FORM, {"draft": key, "remove": "1"})

    assert "Mine alone" not in seen.text
    assert "attest.pdf" not in seen.text
    assert "attest.pdf" in (await an.get(f"{FORM}?draft={key}")).text


async def test_a_draft_can_be_thrown_away_and_goes_by_itself_when_it_is_left(site, clock):
    an = await site.browser_of(site.cast.an)
    keys = [draft_key(await an.get(FORM)) for _ in range(2)]
    for key in keys:
        await an.post(FORM, {"draft": key, "save": "quietly", "field-comment": "x"})
    assert (await an.post(f"/drafts/{keys[0]}/delete")).location == "/?done=draft_deleted"

    async with site.database.transaction() as session:
        assert await drafts.throw_away_left(session, clock.now() - timedelta(days=30)) == 0
        assert await drafts.throw_away_left(session, clock.now() + timedelta(seconds=1)) == 1
    assert await count(site, FormDraft) == 0


async def test_a_heart_puts_a_form_first(site):
    an = await site.browser_of(site.cast.an)
    await an.get("/catalogue")
    await an.post("/catalogue/forms/pension/favourite", {"wanted": "yes", "back": "/catalogue"})
    first = (await an.get("/")).text.partition('id="recommended"')[2]
    assert re.findall(r'href="/catalogue/forms/(\w+)"', first)[0] == "pension"
    for _ in range(2):
        page = await an.post(
            "/catalogue/forms/pension/favourite", {"wanted": "no", "back": "https://elsewhere.example"}
        )
    assert page.location == "/catalogue/forms/pension"
    assert "♥" not in (await an.get("/catalogue")).text


async def test_the_links_to_the_other_applications_stand_in_header_and_on_the_start_page(site):
    page = await (await site.browser_of(site.cast.an)).get("/")
    assert page.text.count('href="https://self.example/"') == 2
    assert page.text.count('href="https://claims.example/"') == 2


async def test_the_header_leads_to_requests_tasks_tickets_and_the_profile(site):
    header = (await (await site.browser_of(site.cast.an)).get("/help")).text.partition("</header>")[0]

    links = re.findall(r'<a (?:class="who" )?href="(/\w+)"[^>]*>([^<]+)</a>', header)
    assert links == [
        ("/profile", "An Peeters"), ("/catalogue", "HR-aanvragen"), ("/tasks", "Mijn taken"), ("/cases", "Mijn cases"),
        ("/approvals", "Goedkeuringen"),
    ]  # fmt: skip
    assert re.findall(r'href="(https://[^"]+)"', header) == ["https://self.example/", "https://claims.example/"]


async def test_the_header_marks_one_page_and_the_status_card_speaks_to_who_reads_it(database, desk, sign_in_rules):
    async def pay(request: web.Request) -> web.Response:
        return render_page(request, "portal/admin.html", panels=[])

    administers = frozenset({Role.ADMIN})
    links = [Link("/admin/pay", "Pay", administers), Link("/admin/users", "Users", administers, admin=True)]
    pages = Section("pay", [web.get("/admin/pay", pay)], links=links)
    async with open_site(database, desk, sign_in_rules, [pages]) as site:
        case = await site.case_of(site.cast.an)
        ada, hanne = await site.browser_of(site.cast.ada), await site.browser_of(site.cast.hanne)
        seen = [(ada, "/admin/pay"), (ada, "/admin"), (ada, "/admin/log"), (ada, "/admin/users"), (hanne, "/workspace")]
        menus = [(await browser.get(path)).text.partition("</nav>")[0] for browser, path in seen]
        card = (await hanne.get(f"/cases/{case.number}")).text.partition("status-card")[2].partition("</section>")[0]

    marked = [re.findall(r'href="([^"]+)"[^>]*aria-current="page"', menu) for menu in menus]
    assert marked == [["/admin/pay"], ["/admin"], ["/admin"], ["/admin"], ["/workspace"]]
    assert "uw ticket" not in card
    assert "Nog niemand heeft dit ticket op zich genomen." in card


async def test_what_an_edge_counts_and_can_be_done_at_once_stands_on_the_start_page(database, desk, sign_in_rules):
    async def three(_session, _actor) -> int:
        return 3

    async def quick(_context: PanelContext) -> Markup:
        return Markup("<p>Approve this at once</p>")

    pages = Section("x", counters=[Counter("/approvals", "Approvals", three)], panels=[Panel(Place.QUICK_TASKS, quick)])
    async with open_site(database, desk, sign_in_rules, [pages]) as site:
        page = await (await site.browser_of(site.cast.an)).get("/")
    assert '<a href="/approvals"><strong>3</strong> Goedkeuringen</a>' in page.text
    assert "Approve this at once" in page.text


async def test_my_cases_are_filtered_sorted_and_paged(site):
    async with site.database.transaction() as session:
        for number in range(23):
            case = await make_case(session, site.desk, site.cast.an)
            case.subject = f"Subject {number:02d}"
        case.form_key = "pension"
    an = await site.browser_of(site.cast.an)

    def titles(page: Page) -> list[str]:
        return re.findall(r'class="case-title"[^>]*>([^<]+)<', page.text)

    newest, second = await an.get("/cases"), await an.get("/cases?page=2&sort=oldest")
    assert (len(titles(newest)), titles(newest)[0]) == (20, "Subject 22")
    assert titles(second) == ["Subject 20", "Subject 21", "Subject 22"]
    assert titles(await an.get("/cases?form=pension&show=open")) == ["Subject 22"]
    assert titles(await an.get("/cases?show=closed")) == []
    for odd in ("page=0", "page=-1", "page=99999999", "sort='", "show=x&page=٣", "form=%00"):
        assert (await an.get(f"/cases?{odd}")).status == 200, odd


async def test_suggestions_are_text_and_addresses_of_what_the_person_may_see(site):
    await site.case_of(site.cast.an, "About my holiday <script>alert(1)</script>")
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)

    page = await an.get("/search/suggestions?q=holid")
    kinds = {one["kind"]: one["to"] for one in json.loads(page.text)["suggestions"]}

    assert page.headers["Content-Type"] == "application/json; charset=utf-8"
    assert kinds["case"] == "/cases/HRB0000001"
    others = json.loads((await luc.get("/search/suggestions?q=holid")).text)["suggestions"]
    assert "case" not in {one["kind"] for one in others}
    helped = json.loads((await an.get("/search/suggestions?q=ontwerp")).text)["suggestions"]
    assert {one["kind"] for one in helped} >= {"help"}


async def test_the_search_finds_a_form_in_the_language_of_the_person(site):
    luc = await site.browser_of(site.cast.luc)
    page = await luc.get("/search?q=retraite")
    assert 'href="/catalogue/forms/pension"' in page.text


async def test_a_yes_that_sounds_like_no_is_asked_once(site):
    case = await site.answered_case(site.cast.an)
    an = await site.browser_of(site.cast.an)
    await an.get(f"/cases/{case.number}")
    said = {"decision": "accept", "comment": "Deels opgelost, maar ik kan nog altijd niet aanmelden"}

    asked = await an.post(f"/cases/{case.number}/decision", said)
    waits = (await site.case(case.number)).status.value
    done = await an.post(f"/cases/{case.number}/decision", said | {"sure": "yes"})

    assert (asked.status, waits, done.status) == (422, "awaiting_acceptance", 303)
    assert said["comment"] in asked.text
    assert (await site.case(case.number)).status.value == "closed_complete"


async def test_the_two_sides_see_that_their_words_were_read(site, clock):
    case = await site.answered_case(site.cast.an)
    an, hanne = await site.browser_of(site.cast.an), await site.browser_of(site.cast.hanne)
    path = f"/cases/{case.number}"

    assert "Nog niet gelezen door de aanvrager" in (await hanne.get(path)).text
    clock.advance(timedelta(minutes=5))
    await an.get(path)
    assert "Gelezen door de aanvrager op 15 september 2026, 10:05" in (await hanne.get(path)).text

    await an.post(f"{path}/messages", {"text": "One more thing"})
    assert "Nog niet gelezen door het behandelende team" in (await an.get(path)).text
    await hanne.get(path)
    seen = (await an.get(path)).text
    assert "Gelezen door het behandelende team op 15 september 2026, 10:05" in seen
    assert "Iedereen die dit ticket opende" not in seen


async def test_a_case_keeps_the_form_it_was_filed_on_when_the_catalogue_goes_on(site, database, sign_in_rules, desk):
    an = await site.browser_of(site.cast.an)
    await an.get(FORM)
    await an.post(FORM, FILLED, files=[CERTIFICATE])
    themes = [
        replace(theme, forms=tuple(form for form in theme.forms if form.key != "maternity"))
        for theme in desk.catalogue.themes
    ]
    later = replace(desk, catalogue=replace(desk.catalogue, version="later", themes=tuple(themes)))

    async with database.reading() as session:
        case = await cases.by_number(session, "HRB0000001")
        kept = await filed_forms.form_of(session, later, case)
    async with open_site(database, later, sign_in_rules) as next_year:
        seen = [
            (await (await next_year.browser_of(who)).get("/cases/HRB0000001")).text
            for who in (next_year.cast.an, next_year.cast.hanne)
        ]

    assert kept == desk.catalogue.form("maternity")
    for page in seen:
        assert '<dt>Vermoedelijke bevallingsdatum</dt><dd class="words">10 januari 2027</dd>' in page
        assert "Moederschapsverlof" in page


async def test_reclassifying_keeps_number_and_history(site):
    case = await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        held = await cases.by_number(session, case.number)
        for key in ("household", "pension"):
            await handling.classify(session, site.desk, held, site.cast.hanne, key, {}, Channel.WEB)
    hanne = await site.browser_of(site.cast.hanne)
    page = await hanne.get(f"/cases/{case.number}")
    assert page.text.count("is-classified") == 2
    assert (await site.case(case.number)).form_key == "pension"


@pytest.mark.parametrize("who", ["an", "luc", "greta", "ada"])
async def test_every_help_page_is_there_in_the_language_of_the_reader(site, who):
    browser = await site.browser_of(getattr(site.cast, who))
    shelf = await browser.get("/help")
    pages = re.findall(r'href="(/help/[\w-]+)"', shelf.text)
    assert len(set(pages)) >= 12
    for path in set(pages):
        assert (await browser.get(path)).status == 200, path
    assert (await browser.get("/help/nothing")).status == 404


@pytest.mark.parametrize(("language", "block"), [("nl", "Hulp nodig?"), ("fr", "Besoin d'aide ?")])
async def test_the_block_of_help_stands_on_the_start_page_and_leads_to_pages_in_the_readers_language(
    site, language, block
):
    browser = await site.browser_of(site.cast.an)
    await browser.post("/profile/language", {"language": language})

    [head, links] = re.findall(
        r'<h2 id="need-help">(.*?)</h2>(.*?)</section>', (await browser.get("/")).text, re.DOTALL
    )[0]
    [leads, _] = re.findall(r'href="([^"]+)"', links)
    pages = re.findall(r'href="/help/([\w-]+)"', (await browser.get(leads)).text)
    titles = {one.key: str(escape(one.title.in_(language))) for one in guidance.packaged().articles}

    assert (
        head.startswith('<svg class="folder"'),
        unescape(head).replace("\xa0", " ").endswith(f" {block}"),
        leads,
    ) == (True, True, "/help")
    told = [key for key in pages if key in titles]
    assert len(told) >= 10
    for key in told:
        assert f"<h1>{titles[key]}</h1>" in (await browser.get(f"/help/{key}")).text


async def test_the_helper_says_where_an_absence_is_entered(site):
    an = await site.browser_of(site.cast.an)
    there = await an.get("/help/absences?absence=annual_leave")
    here = await an.get("/help/absences?absence=work_regime_reduction.four_day_week")
    assert 'class="button" href="https://self.example/"' in there.text
    assert 'href="/catalogue/forms/work_regime_reduction?regime=four_day_week"' in here.text
    assert (await an.get("/help/absences?absence='")).status == 200


async def next_event(response) -> str:
    while True:
        line = (await asyncio.wait_for(response.content.readline(), 20)).decode()
        if line.startswith("id:"):
            return line.removeprefix("id:").strip()
        assert line, "the stream ended"


async def test_an_open_page_hears_of_a_change_and_goes_on_from_where_it_was(site):
    case = await site.case_of(site.cast.an)
    an = await site.browser_of(site.cast.an)
    page = await an.get(f"/cases/{case.number}")
    address = re.search(r'data-live="([^"]+)"', page.text)[1].replace("&amp;", "&")
    cookie = "; ".join(f"{name}={value}" for name, value in an.cookies.items())

    async with site.client.get(address, headers={"Cookie": cookie}) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        await asyncio.sleep(0.3)
        async with site.database.transaction() as session:
            held = await cases.by_number(session, case.number)
            words = Words(text="Ten days", channel=Channel.WEB)
            await handling.write_to_requester(session, site.desk, held, site.cast.hanne, words, kind=MessageKind.ANSWER)
        heard = await next_event(stream)
    resumed = {"Cookie": cookie, "Last-Event-ID": "an older one"}
    async with site.client.get(address, headers=resumed) as stream:
        assert await next_event(stream) == heard


async def test_a_stream_is_for_those_who_may_read_and_so_many_at_once(site):
    case = await site.case_of(site.cast.an)
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)
    assert (await luc.get(f"/cases/{case.number}/live")).status == 404
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in an.cookies.items())}
    streams = [await site.client.get(f"/cases/{case.number}/live", headers=cookie) for _ in range(7)]
    assert [stream.status for stream in streams] == [200] * 6 + [204]
    for stream in streams:
        stream.close()


async def test_an_open_stream_does_not_keep_the_desk_from_stopping(database, desk, sign_in_rules):
    loop = asyncio.get_running_loop()
    async with open_site(database, desk, sign_in_rules) as site:
        case = await site.case_of(site.cast.an)
        an = await site.browser_of(site.cast.an)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in an.cookies.items())}
        stream = await site.client.get(f"/cases/{case.number}/live", headers=cookie)
        assert stream.status == 200
        began = loop.time()
    assert loop.time() - began < 15
