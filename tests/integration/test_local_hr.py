"""Local HR files for its own staff and follows their requests, but sees nothing about health or of anybody else."""

import re

import hierarchy
import pytest
from hierarchy import Staff
from mail_story import SECRET, Story
from mailroom import Bench, letter, mail_settings
from portal_site import Page, words_of

from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import handling, store
from casework.cases import service as cases
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.errors import InvalidInput
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.outbox.models import MailKind
from casework.people import organisations
from casework.people import store as people

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def staff(site) -> Staff:
    async with site.database.transaction() as session:
        return await hierarchy.bring_staff(session)


async def file_for(site, actor, whom: str) -> Page:
    browser = await site.browser_of(actor)
    await browser.get("/catalogue/forms/pay_question")
    answers = {"field-month": "2026-08", "field-question": "Why is it less?", "for_whom": whom}
    return await browser.post("/catalogue/forms/pay_question", answers)


@pytest.mark.parametrize("whom", ["an@health.example", " An@Health.example", "E112"])
async def test_a_case_for_a_colleague_names_both_and_is_the_colleagues(site, staff, whom):
    page = await file_for(site, staff.lou, whom)

    assert (page.status, page.location) == (303, "/cases/HRB0000001?done=filed")
    case = await site.case("HRB0000001")
    assert (case.requester_id, case.filed_by_id) == (staff.an.person_id, staff.lou.person_id)
    for reader in (staff.lou, staff.an, staff.hanne):
        told = words_of(await (await site.browser_of(reader)).get("/cases/HRB0000001"))
        assert [name for name in ("Lou Hermans", "An Peeters") if name not in told] == []
    assert "HRB0000001" in (await (await site.browser_of(staff.an)).get("/cases")).text


@pytest.mark.parametrize(
    ("name", "whom"),
    [
        ("lou", "gil@justice.example"), ("lou", "E116"), ("lou", "ine@lab.example"), ("lou", "nobody@health.example"),
        ("lou", "hanne@balie.example"), ("gil", "an@health.example"),
    ],
)  # fmt: skip
async def test_somebody_of_another_organisation_cannot_be_filed_for_and_is_told_apart_from_nobody(
    site, staff, name, whom
):
    page = await file_for(site, getattr(staff, name), whom)

    assert page.status == 422
    said = {"lou": "Niemand in uw organisatie heeft", "gil": "Niemand in Ihrer Organisation hat"}[name]
    assert said in words_of(page)
    async with site.database.reading() as session:
        assert await store.all_cases(session) == []


async def test_what_an_employee_adds_to_the_form_to_file_for_another_is_ignored(site, staff):
    page = await file_for(site, staff.sam, "an@health.example")

    assert page.status == 303
    case = await site.case("HRB0000001")
    assert (case.requester_id, case.filed_by_id) == (staff.sam.person_id, None)


async def test_an_organisation_below_is_served_and_one_above_is_not(site, staff):
    async with site.database.transaction() as session:
        await organisations.put_below(session, "Labo", "FOD Gezondheid")
    async with site.database.reading() as session:
        lou = await people.actor(session, staff.lou.person_id)
    assert (await file_for(site, lou, "ine@lab.example")).status == 303
    async with site.database.transaction() as session:
        await organisations.put_below(session, "Labo", None)
        await organisations.put_below(session, "FOD Gezondheid", "Labo")
    assert (await file_for(site, lou, "ine@lab.example")).status == 422


async def test_organisations_make_no_circle(site, staff):
    async with site.database.transaction() as session:
        await organisations.put_below(session, "Labo", "FOD Gezondheid")
        with pytest.raises(InvalidInput):
            await organisations.put_below(session, "FOD Gezondheid", "Labo")
        with pytest.raises(InvalidInput):
            await organisations.put_below(session, "Labo", "Labo")
        with pytest.raises(InvalidInput):
            await organisations.put_below(session, "Labo", "Nowhere")


async def with_health(site, staff) -> tuple[Case, dict[str, int]]:
    files = [
        IncomingFile("rooster.txt", "text/plain", b"Monday"),
        IncomingFile("ziekte.txt", "text/plain", b"ill", "medical_certificate", "health"),
    ]
    async with site.database.transaction() as session:
        request = cases.Request(subject="Vermindering", words=Words("Please.", Channel.WEB), files=files)
        case = await cases.open_case(session, site.desk, staff.an, request)
        kept = await attachments.of_case(session, case.id, with_internal=True)
    return case, {file.filename: file.id for file in kept}


@pytest.mark.parametrize(
    ("name", "sees"),
    [("an", ["rooster.txt", "ziekte.txt"]), ("hanne", ["rooster.txt", "ziekte.txt"]), ("lou", ["rooster.txt"])],
)
async def test_documents_about_health_are_hidden_from_local_hr_wherever_they_are_named(site, staff, name, sees):
    case, ids = await with_health(site, staff)
    browser = await site.browser_of(getattr(staff, name))

    for path in (f"/cases/{case.number}", f"/cases/{case.number}?tab=attachments"):
        page = await browser.get(path)
        assert page.status == 200
        assert [filename for filename in ids if filename in page.text] == sees
    for filename, id_ in ids.items():
        assert (await browser.get(f"/attachments/{id_}")).status == (200 if filename in sees else 404)


@pytest.mark.parametrize("name", ["gil", "sam", "mia", "tom"])
async def test_a_case_does_not_exist_for_local_hr_of_elsewhere_nor_for_colleagues(site, staff, name):
    case, ids = await with_health(site, staff)
    browser = await site.browser_of(getattr(staff, name))

    assert (await browser.get(f"/cases/{case.number}")).status == 404
    assert [(await browser.get(f"/attachments/{one}")).status for one in ids.values()] == [404, 404]


async def test_the_list_shows_the_requests_of_ones_own_organisation_only(site, staff):
    for requester in (staff.an, staff.gil, staff.ine):
        async with site.database.transaction() as session:
            request = cases.Request(subject=f"Of {requester.name}", words=Words("x", Channel.WEB))
            await cases.open_case(session, site.desk, requester, request)
    lou = await site.browser_of(staff.lou)
    shown, case = words_of(await lou.get("/organisation")), (await lou.get("/cases/HRB0000001")).text

    way_back = case.partition('class="breadcrumb"')[2].partition("</nav>")[0]
    assert re.findall('href="([^"]+)"', way_back) == ["/", "/organisation"]
    assert [name for name in ("An Peeters", "Gil Roels", "Ine Aerts") if name in shown] == ["An Peeters"]
    assert (await (await site.browser_of(staff.sam)).get("/organisation")).status == 403


async def test_local_hr_adds_to_what_it_filed_and_to_nothing_else(site, staff):
    other, _ = await with_health(site, staff)
    await file_for(site, staff.lou, "an@health.example")
    filed = await site.case("HRB0000002")

    assert [may(staff.lou, Action.ADD, case) for case in (filed, other)] == [True, False]
    rest = [action for action in Action if action not in {Action.READ, Action.READ_DOCUMENT, Action.ADD}]
    assert [may(staff.lou, action, filed) for action in rest] == [False] * len(rest)
    lou = await site.browser_of(staff.lou)
    await lou.get(f"/cases/{filed.number}")
    assert (await lou.post(f"/cases/{filed.number}/messages", {"text": "One thing more"})).status == 303
    assert (await lou.post(f"/cases/{other.number}/messages", {"text": "One thing more"})).status == 403
    assert (await lou.post(f"/cases/{filed.number}/decision", {"decision": "accept"})).status == 403


async def test_a_question_reaches_both_and_either_answers_it_by_mail(site, staff, database, desk, tmp_path):
    await file_for(site, staff.lou, "an@health.example")
    async with database.transaction() as session:
        case = await store.by_number(session, "HRB0000001")
        question = Words("Which month?", Channel.WEB)
        await handling.write_to_requester(session, desk, case, staff.hanne, question, kind=MessageKind.QUESTION)
    story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
    told = [mail.to_address for mail in await story.told(MailKind.LINK)]
    assert sorted(told) == ["an@health.example", "lou@health.example"]

    to = await story.reply_address(MailKind.LINK, "lou@health.example")
    mail = await story.arrives(letter("lou@health.example", "August."), mail_from="lou@health.example", to=to)

    assert mail.reason is None
    assert (await story.timeline("HRB0000001"))[-2:] == [
        ("message", "Lou Hermans", "August."), ("status", "Lou Hermans", ""),
    ]  # fmt: skip
    assert (await site.case("HRB0000001")).status.value == "work_in_progress"
