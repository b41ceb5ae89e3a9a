"""A handler does one thing to many cases: each is shown first, each is done or not by itself, and each is reported."""

import re

import pytest
from portal_site import Page
from sqlalchemy import func, select

from casework.audit.models import AuditEntry
from casework.bulk.service import MOST
from casework.canned import service as canned
from casework.canned.service import Wording
from casework.cases.models import Status
from casework.outbox.models import OutboxMail

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def rows(page: Page) -> dict[str, str]:
    """Return what the table says of each case."""
    told = re.findall(r'href="/cases/(HRB\d+)">.*?<p class="outcome">(.*?)</p>', page.text, re.DOTALL)
    return {number: re.sub(r"<[^>]+>", "", said) for number, said in told}


def prepared(page: Page) -> list[tuple[str, str]]:
    """Return what the button of the preview would send."""
    form = re.search(r'action="/workspace/bulk/confirm".*?</form>', page.text, re.DOTALL)
    return re.findall(r'type="hidden" name="(deed|target_\w+|case)" value="([^"]*)"', form[0]) if form else []


async def test_what_will_happen_is_shown_and_then_done_case_by_case(site):
    one, two = await site.case_of(site.cast.an), await site.case_of(site.cast.luc)
    taken = await site.answered_case(site.cast.an)
    own = await site.case_of(site.cast.omar)
    omar = await site.browser_of(site.cast.omar)
    numbers = [case.number for case in (one, two, taken, own)]
    async with site.database.reading() as session:
        before = (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one()

    preview = await omar.post_many("/workspace/bulk", {"deed": "claim"}, numbers)

    assert rows(preview) == {
        one.number: "Sera fait",
        two.number: "Sera fait",
        taken.number: "Rien : Hanne Claes traite déjà ce ticket ; concertez-vous d&#39;abord.",
        own.number: "Rien : Ce n&#39;est pas possible pour ce ticket.",
    }
    async with site.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one() == before
    assert (await site.case(one.number)).handler_id is None

    hanne = await site.browser_of(site.cast.hanne)
    await hanne.post(f"/cases/{two.number}/claim")
    chosen = [value for name, value in prepared(preview) if name == "case"]
    done = await omar.post_many("/workspace/bulk/confirm", {"deed": "claim"}, chosen)

    assert rows(done) == {
        one.number: "Fait",
        two.number: "Rien : Quelqu&#39;un a modifié ce ticket entre-temps ; regardez-le d&#39;abord.",
    }
    assert "Fait pour 1 tickets sur 2." in done.text
    held = [(await site.case(number)).handler_id for number in numbers]
    assert held == [site.cast.omar.person_id, site.cast.hanne.person_id, site.cast.hanne.person_id, None]


async def test_each_deed_does_what_it_does_on_the_page_of_a_case(site):
    cases = [await site.case_of(who) for who in (site.cast.an, site.cast.luc)]
    other = await site.case_of(site.cast.greta)
    numbers = [case.number for case in cases]
    async with site.database.transaction() as session:
        wording = Wording("Since", {"nl": "Sinds wanneer, {name}?", "fr": "Depuis quand, {name} ?"}, shared=True)
        answer = await canned.keep(session, site.cast.hanne.person_id, wording, site.desk.clock.now())
    hanne = await site.browser_of(site.cast.hanne)

    async def do(deed: str, target: str = "") -> set[str]:
        fields = {"deed": deed, f"target_{deed}": target}
        preview = await hanne.post_many("/workspace/bulk", fields, numbers)
        chosen = [value for name, value in prepared(preview) if name == "case"]
        done = await hanne.post_many("/workspace/bulk/confirm", fields, chosen) if chosen else preview
        return set(rows(done).values())

    assert await do("classify", "household") == {"Gedaan"}
    assert await do("classify", "household") == {"Niets: het is al zo."}
    assert await do("give", str(site.cast.omar.person_id)) == {"Gedaan"}
    assert await do("give", str(site.cast.ada.person_id)) == {"Niets: Dit kan niet voor dit ticket."}
    assert await do("give_back") == {"Gedaan"}
    assert await do("link", other.number) == {"Gedaan"}
    assert await do("link", "HRB9999999") == {"Niets: Dit kan niet voor dit ticket."}
    assert await do("ask", str(answer.id)) == {"Gedaan"}
    assert await do("ask", "999") == {"Niets: Dit kan niet voor dit ticket."}
    now = [await site.case(number) for number in numbers]
    assert [(case.form_key, case.status) for case in now] == [("household", Status.AWAITING_INFO)] * 2
    asked = await (await site.browser_of(site.cast.luc)).get(f"/cases/{numbers[1]}")
    assert "Depuis quand, Luc Martin ?" in asked.text
    async with site.database.reading() as session:
        mails = (await session.execute(select(func.count()).where(OutboxMail.kind == "link"))).scalar_one()
    assert mails == 2


async def test_a_colleague_is_told_of_all_that_they_are_given_by_one_mail(site):
    given = [(await site.case_of(who)).number for who in (site.cast.an, site.cast.luc)]
    taken = (await site.case_of(site.cast.an)).number
    await (await site.browser_of(site.cast.omar)).post(f"/cases/{taken}/claim")
    hanne = await site.browser_of(site.cast.hanne)
    fields = {"deed": "give", "target_give": str(site.cast.omar.person_id)}

    preview = await hanne.post_many("/workspace/bulk", fields, [*given, taken])
    chosen = [value for name, value in prepared(preview) if name == "case"]
    await hanne.post_many("/workspace/bulk/confirm", fields, chosen)

    async with site.database.reading() as session:
        mails = (await session.execute(select(OutboxMail).where(OutboxMail.kind == "assigned"))).scalars().all()
    [mail] = mails
    assert (mail.person_id, mail.subject, mail.case_id) == (
        site.cast.omar.person_id, "2 demandes vous ont été attribuées", None,
    )  # fmt: skip
    assert f"Ces demandes vous ont été attribuées :\n- {given[0]}\n- {given[1]}\n\nPour protéger" in mail.text
    assert ("/workspace?holder=mine" in mail.text, taken in mail.text) == (True, False)


async def test_no_more_than_a_page_at_once_and_nothing_without_a_choice(site):
    hanne = await site.browser_of(site.cast.hanne)
    case = await site.case_of(site.cast.an)
    assert (await hanne.post_many("/workspace/bulk", {"deed": "claim"}, [])).status == 422
    assert (await hanne.post_many("/workspace/bulk", {"deed": "destroy"}, [case.number])).status == 422
    asks_more = await hanne.post_many("/workspace/bulk", {"deed": "give"}, [case.number])
    assert (asks_more.status, prepared(asks_more), "Omar Diallo" in asks_more.text) == (200, [], True)
    unseen = await hanne.post_many("/workspace/bulk/confirm", {"deed": "claim"}, [case.number])
    assert (unseen.status, (await site.case(case.number)).handler_id) == (422, None)
    flood = await hanne.post_many("/workspace/bulk", {"deed": "claim"}, [f"HRB{n:07}" for n in range(1, 200)])
    assert len(rows(flood)) == MOST
    away = await hanne.post_many("/workspace/bulk", {"deed": "claim", "back": "https://evil.example/"}, [case.number])
    assert "evil.example" not in away.text


async def test_the_queue_offers_its_cases_for_it(site):
    case = await site.case_of(site.cast.an)
    page = await (await site.browser_of(site.cast.hanne)).get("/workspace?holder=nobody")
    assert re.findall(r'type="checkbox" name="case" value="(\w+)"', page.text) == [case.number]
    assert '<input type="hidden" name="back" value="/workspace?holder=nobody">' in page.text
