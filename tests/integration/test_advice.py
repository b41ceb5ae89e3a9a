"""A handler asks the legal cell: the case waits for advice, the answer is a note, and the requester learns nothing."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from factories import PEOPLE, bring_people
from portal_site import Browser, Site, open_site
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases import merging
from casework.cases import store as cases
from casework.cases.merging import Seen
from casework.messages.models import Note
from casework.outbox.models import OutboxMail
from casework.people import store as people
from casework.queues import store as queues
from casework.queues.filters import Awaited, QueueFilter
from casework.queues.store import Standpoint

LEGAL = """J500,,Jef,Wouters,jef.wouters@balie.example,nl,Balie,statutory,employee;handler,Juridische cel,,
J501,,Lea,Simon,lea.simon@balie.example,fr,Balie,statutory,employee;handler,Juridische cel,,
"""
ADVISERS = """J502,,Lien,Smet,lien.smet@balie.example,nl,Balie,statutory,employee;legal,Juridische cel,,
J503,,Ria,Bos,ria.bos@balie.example,nl,Balie,statutory,employee;legal,Andere cel,,
"""
PATH = "/cases/HRB0000001/advice"
QUESTION = "May this leave begin before the request?"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules) as opened:
        async with database.transaction() as session:
            await bring_people(session, PEOPLE + LEGAL)
        await opened.case_of(opened.cast.an)
        yield opened


async def browser_of(site: Site, address: str) -> Browser:
    async with site.database.reading() as session:
        person = await people.person_by_address(session, address)
        actor = await people.actor(session, person.id)
    return await site.browser_of(actor)


async def choice(hanne: Browser, name: str) -> str:
    page = await hanne.get(PATH)
    offered = re.findall(r'<option value="((?:team|person)-\d+)">([^<]+)', page.text)
    return {text: value for value, text in offered}[name]


async def told(site: Site) -> list[tuple[str, str]]:
    async with site.database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.kind == "advice").order_by(OutboxMail.id)
        mails = (await session.execute(query)).scalars().all()
    assert not any(QUESTION in mail.text + mail.html or "not before" in mail.text for mail in mails)
    return [(mail.to_address, mail.subject) for mail in mails]


async def test_the_legal_cell_is_asked_and_answers_in_a_note(site, clock):
    hanne = await site.browser_of(site.cast.hanne)
    to = await choice(hanne, "Juridische cel")
    sent = await hanne.post(PATH, {"to": to, "text": QUESTION, "due_on": "2026-09-18"})
    assert sent.location == f"{PATH}?done=advice_asked"
    assert sorted(await told(site)) == [
        ("jef.wouters@balie.example", "[HRB0000001] uw advies wordt gevraagd"),
        ("lea.simon@balie.example", "[HRB0000001] votre avis est demandé"),
    ]
    case_page = await hanne.get("/cases/HRB0000001")
    assert ("<strong>Wacht op advies</strong>: Juridische cel" in case_page.text, QUESTION in case_page.text) == (
        True,
        True,
    )
    waiting = await hanne.get("/workspace?awaited=adviser")
    assert "HRB0000001" in waiting.text
    assert "HRB0000001" not in re.sub(
        r"<nav.*?</nav>", "", (await hanne.get("/workspace?awaited=desk")).text, flags=re.DOTALL
    )

    jef = await browser_of(site, "jef.wouters@balie.example")
    assert re.findall(r'<a href="(/cases/HRB\d+/advice)">', (await jef.get("/workspace")).text) == [PATH]
    [answer] = re.findall(rf'action="({PATH}/\d+/answer)"', (await jef.get(PATH)).text)
    assert (await jef.post(answer, {"text": " "})).status == 422
    assert (await jef.post(answer, {"text": "No, not before."})).location == "/cases/HRB0000001?done=advice_given"

    assert (await told(site))[2:] == [("hanne.claes@balie.example", "[HRB0000001] er is advies gegeven")]
    case_page = await hanne.get("/cases/HRB0000001")
    assert ("Wacht op advies</strong>" in case_page.text, "No, not before." in case_page.text) == (False, True)
    async with site.database.reading() as session:
        notes = (await session.execute(select(Note.text).order_by(Note.id))).scalars().all()
    assert notes == [QUESTION, "No, not before."]
    assert (await jef.post(answer, {"text": "Once more"})).status == 409


@only_sqlite
async def test_whoever_is_of_the_legal_cell_alone_reads_the_question_answers_it_and_sees_no_more(site):
    async with site.database.transaction() as session:
        await bring_people(session, PEOPLE + LEGAL + ADVISERS)
    hanne, lien, ria = [
        await browser_of(site, f"{name}@balie.example") for name in ("hanne.claes", "lien.smet", "ria.bos")
    ]
    assert [(await one.get(PATH)).status for one in (lien, ria)] == [404, 404]
    await hanne.post(PATH, {"to": await choice(hanne, "Juridische cel"), "text": QUESTION, "due_on": "2026-09-18"})

    assert ("lien.smet@balie.example", "[HRB0000001] uw advies wordt gevraagd") in await told(site)
    assert f'href="{PATH}"' in (await lien.get("/")).text
    page = await lien.get(PATH)
    assert (QUESTION in page.text, "/end" in page.text, 'id="advice-to"' in page.text) == (True, False, False)
    assert [(await one.get(path)).status for one, path in ((lien, "/cases/HRB0000001"), (ria, PATH))] == [404, 404]
    [answer] = re.findall(rf'action="({PATH}/\d+/answer)"', page.text)
    assert (await ria.post(answer, {"text": "Yes"})).status == 404
    assert (await lien.post(answer.replace("answer", "end"))).status in {403, 404}
    assert (await lien.post(answer, {"text": " "})).status == 422
    assert (await lien.post(answer, {"text": "No, not before."})).location == "/?done=advice_given"

    assert "No, not before." in (await hanne.get("/cases/HRB0000001")).text
    assert (await lien.get(PATH)).status == 404
    assert f'href="{PATH}"' not in (await lien.get("/")).text
    async with site.database.reading() as session:
        read = select(AuditEntry.actor).where(AuditEntry.action == "read", AuditEntry.actor == "Lien Smet")
        assert len((await session.execute(read)).all()) == 1


async def test_what_was_asked_about_a_case_is_read_and_answered_on_those_within_which_it_goes_on(site):
    hanne = await site.browser_of(site.cast.hanne)
    to = await choice(hanne, "Juridische cel")
    await hanne.post(PATH, {"to": to, "text": QUESTION, "due_on": "2026-09-18"})
    for _ in range(2):
        await site.case_of(site.cast.an)
    for number, into in (("HRB0000001", "HRB0000002"), ("HRB0000002", "HRB0000003")):
        async with site.database.transaction() as session:
            case, other = await cases.by_number(session, number), await cases.by_number(session, into)
            await merging.merge(session, site.desk, case, other, site.cast.hanne, Seen(case.version, other.version))
    now = site.desk.clock.now()

    page, asked = await hanne.get("/cases/HRB0000003"), await hanne.get("/cases/HRB0000003/advice")
    async with site.database.reading() as session:
        stand = Standpoint(site.cast.hanne.person_id, now, now)
        waiting = await queues.page(session, QueueFilter(awaited=Awaited.ADVISER), stand)
        shown = [
            one.number for one in await merging.shown_with(session, await cases.by_id(session, 3), site.cast.hanne)
        ]

    assert shown == ["HRB0000001", "HRB0000002"]
    assert "Wacht op advies</strong>: Juridische cel" in page.text
    assert [row.case.number for row in waiting.rows] == ["HRB0000003"]
    assert QUESTION in asked.text
    [way] = re.findall(r'action="(/cases/HRB0000001/advice/\d+/answer)"', asked.text)
    answered = await hanne.post(way, {"text": "Not before."})
    assert answered.location == "/cases/HRB0000003?done=advice_given"
    assert "Wacht op advies</strong>" not in (await hanne.get("/cases/HRB0000003")).text


@only_sqlite
async def test_the_requester_sees_nothing_of_it(site):
    an = await site.browser_of(site.cast.an)
    before = await an.get("/cases/HRB0000001")
    hanne = await site.browser_of(site.cast.hanne)
    to = await choice(hanne, "Jef Wouters")
    await hanne.post(PATH, {"to": to, "text": QUESTION, "due_on": "2026-09-18"})
    after = await an.get("/cases/HRB0000001")
    assert seen(after) == seen(before)
    assert [(await an.get(PATH)).status, (await an.post(PATH, {"to": to})).status] == [403, 403]


def seen(page) -> str:
    """Return what a page says, without what changes each time it is opened."""
    main = re.search(r"<main.*</main>", page.text, flags=re.DOTALL)[0]
    return re.sub(r"<input type=\"hidden\"[^>]+>|since=[^\"]+|Gelezen door[^<]+|Nog niet gelezen[^<]+", "", main)


@only_sqlite
async def test_hours_of_advice_are_shown_among_those_of_the_desk_and_the_promise_stays(site, clock):
    hanne = await site.browser_of(site.cast.hanne)
    promised = re.search(r"We antwoorden[^<]+", (await hanne.get("/cases/HRB0000001")).text)[0]
    await hanne.post(PATH, {"to": await choice(hanne, "Omar Diallo"), "text": QUESTION, "due_on": "2026-09-18"})
    clock.advance(timedelta(hours=3))
    page = (await (await site.browser_of(site.cast.hanne)).get("/cases/HRB0000001")).text
    assert promised in page
    assert re.findall(r"<dt>Waarvan wachtend op advies</dt><dd>(\d+)</dd>", page) == ["3"]


@only_sqlite
async def test_what_makes_no_sense_is_asked_of_nobody(site):
    hanne = await site.browser_of(site.cast.hanne)
    to = await choice(hanne, "Juridische cel")
    good = {"to": to, "text": QUESTION, "due_on": "2026-09-18"}
    an = f"person-{site.cast.an.person_id}"
    for change in ({"to": "team-99"}, {"to": an}, {"text": " "}, {"due_on": "2026-09-14"}, {"due_on": "soon"}):
        refused = await hanne.post(PATH, good | change)
        assert (refused.status, QUESTION in refused.text or change == {"text": " "}) == (422, True)
    assert await told(site) == []
    await hanne.post(PATH, good)
    [end] = re.findall(rf'action="({PATH}/\d+/end)"', (await hanne.get(PATH)).text)
    assert (await hanne.post(end)).location == "/cases/HRB0000001?done=advice_ended"
    assert (await hanne.post(end)).status == 409
    assert (await hanne.post(end.replace("/cases/HRB0000001", "/cases/HRB0000009"))).status == 404
