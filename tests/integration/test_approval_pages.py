"""The pages of approvals and deputies: who sees what, and what a click does."""

import re

import hierarchy
import pytest
from hierarchy import Staff, file_reduction, mails, only
from portal_site import words_of

from casework.approvals import service as approvals
from casework.approvals import store
from casework.attachments.models import IncomingFile
from casework.cases import service as cases
from casework.cases.models import Case
from casework.messages.models import Channel
from casework.messages.service import Words

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = only_sqlite


@pytest.fixture
async def staff(site) -> Staff:
    async with site.database.transaction() as session:
        return await hierarchy.bring_staff(session)


@pytest.fixture
async def case(site, staff) -> Case:
    async with site.database.transaction() as session:
        return await file_reduction(session, site.desk, staff.an)


async def test_the_start_page_counts_and_the_list_leads_to_what_is_asked(site, staff, case):
    tom = await site.browser_of(staff.tom)
    start = await tom.get("/")
    assert ("0 Goedkeuringen" in words_of(start), 'href="/approvals/' in start.text) == (True, False)
    mia = await site.browser_of(staff.mia)
    start = await mia.get("/")
    assert "1 Approbations" in words_of(start)
    quick = words_of(start).partition("Tâches rapides")[2].partition("Mes tickets ouverts")[0]
    assert " ".join(quick.split()) == (
        f"Une demande qui attend votre approbation Réduction du régime de travail {case.number} · An Peeters · "
        "15/09/2026 10:00 Lire et décider"
    )

    page = await mia.get("/approvals")

    assert "Réduction du régime de travail" in words_of(page)
    assert "An Peeters" in words_of(page)
    [link] = re.findall(r'href="(/approvals/\d+)"', page.text)
    asked = words_of(await mia.get(link))
    assert "Semaine de quatre jours" in asked
    assert "rooster.txt Horaire approuvé, TXT" in asked
    assert f'href="{link}"' in start.text


async def test_a_click_approves_and_the_requester_sees_who_and_when(site, staff, case):
    [one] = await hierarchy.approvals_of(site.database, case)
    an = await site.browser_of(staff.an)
    assert "De leidinggevende Mia Lambert · gevraagd op 15 september 2026, 10:00" in words_of(
        await an.get(f"/cases/{case.number}")
    )
    mia = await site.browser_of(staff.mia)
    await mia.get(f"/approvals/{one.id}")
    page = await mia.post(f"/approvals/{one.id}/decision", {"decision": "approve"})

    assert (page.status, page.location) == (303, "/approvals?done=approved")
    assert "goedgekeurd door Mia Lambert op 15 september 2026" in words_of(await an.get(f"/cases/{case.number}"))
    assert "Mia Lambert a approuvé ceci." in words_of(await mia.get(f"/approvals/{one.id}"))
    again = await mia.post(f"/approvals/{one.id}/decision", {"decision": "refuse", "reason": "No"})
    assert again.status == 409


async def test_a_refusal_without_a_reason_is_asked_for_one(site, staff, case):
    [one] = await hierarchy.approvals_of(site.database, case)
    mia = await site.browser_of(staff.mia)
    await mia.get(f"/approvals/{one.id}")
    page = await mia.post(f"/approvals/{one.id}/decision", {"decision": "refuse"})

    assert page.status == 422
    assert "Écrivez pourquoi vous refusez" in words_of(page)
    assert [row.state for row in await hierarchy.approvals_of(site.database, case)] == ["open"]


@pytest.mark.parametrize("name", ["an", "tom", "lou", "sam", "hanne", "ada", "gil"])
async def test_an_approval_does_not_exist_for_anybody_else(site, staff, case, name):
    [one] = await hierarchy.approvals_of(site.database, case)
    async with site.database.reading() as session:
        from casework.attachments import service as attachments

        [file] = await attachments.of_case(session, case.id, with_internal=False)
    browser = await site.browser_of(getattr(staff, name))

    assert (await browser.get(f"/approvals/{one.id}")).status == 404
    assert (await browser.get(f"/approvals/{one.id}/files/{file.id}")).status == 404
    assert (await browser.post(f"/approvals/{one.id}/decision", {"decision": "approve"})).status == 404


async def test_an_approver_sees_no_document_about_health_and_nothing_else_of_the_case(site, staff):
    async with site.database.transaction() as session:
        files = [
            hierarchy.TIMETABLE,
            IncomingFile("ziekte.txt", "text/plain", b"ill", "medical_certificate", "health"),
        ]
        request = cases.Request(
            subject="x",
            words=Words("PRIVATE WORDS", Channel.WEB),
            files=files,
            form_key="work_regime_reduction",
            fields=hierarchy.REDUCTION | {"regime": "career_break_medical"},
        )
        case = await cases.open_case(session, site.desk, staff.an, request)
        from casework.attachments import service as attachments

        kept = {file.filename: file.id for file in await attachments.of_case(session, case.id, with_internal=False)}
    [one] = await hierarchy.approvals_of(site.database, case)
    mia = await site.browser_of(staff.mia)

    page = await mia.get(f"/approvals/{one.id}")

    assert [name for name in ("rooster.txt", "ziekte.txt", "PRIVATE WORDS") if name in page.text] == ["rooster.txt"]
    assert (await mia.get(f"/approvals/{one.id}/files/{kept['rooster.txt']}")).body == b"Monday to Thursday"
    assert (await mia.get(f"/approvals/{one.id}/files/{kept['ziekte.txt']}")).status == 404
    assert (await mia.get(f"/attachments/{kept['rooster.txt']}")).status == 404
    assert (await mia.get(f"/cases/{case.number}")).status == 404


async def test_the_agreement_may_stay_out_of_the_form_because_it_is_asked(site, staff):
    an = await site.browser_of(staff.an)
    page = await an.get("/catalogue/forms/work_regime_reduction?regime=four_day_week")
    assert "Laat dit leeg: wie goedkeurt" in words_of(page)
    answers = {f"field-{key}": value for key, value in hierarchy.REDUCTION.items()}
    files = [("document-approved_timetable", "rooster.txt", b"Monday")]

    page = await an.post("/catalogue/forms/work_regime_reduction", answers, files=files)

    assert (page.status, page.location) == (303, "/cases/HRB0000001?done=filed")
    case = await site.case("HRB0000001")
    assert [row.state for row in await hierarchy.approvals_of(site.database, case)] == ["open"]


async def test_the_agreement_on_paper_asks_nobody(site, staff):
    an = await site.browser_of(staff.an)
    await an.get("/catalogue/forms/work_regime_reduction?regime=four_day_week")
    answers = {f"field-{key}": value for key, value in hierarchy.REDUCTION.items()}
    files = [
        ("document-approved_timetable", "rooster.txt", b"Monday"),
        ("document-manager_agreement", "akkoord.txt", b"Agreed"),
    ]
    page = await an.post("/catalogue/forms/work_regime_reduction", answers, files=files)

    assert page.status == 303
    assert await hierarchy.approvals_of(site.database, await site.case("HRB0000001")) == []


DAYS = {"first_on": "2026-09-15", "last_on": "2026-09-30"}


async def test_a_deputy_is_named_on_the_page_stands_in_and_is_shown_for_whom(site, staff, case):
    mia = await site.browser_of(staff.mia)
    await mia.get("/deputies")
    page = await mia.post("/deputies", {"deputy": "Sam@health.example", **DAYS})
    assert (page.status, page.location) == (303, "/deputies?done=deputy_named")
    assert "Sam Maes" in words_of(await mia.get("/deputies"))
    async with site.database.transaction() as session:
        for one in await store.open_ids(session):
            await approvals.reroute(session, site.desk, one)
    [one] = await hierarchy.approvals_of(site.database, case)
    sam = await site.browser_of(staff.sam)

    assert "for Mia Lambert" in words_of(await sam.get("/approvals"))
    assert "You decide this for Mia Lambert, as their deputy." in words_of(await sam.get(f"/approvals/{one.id}"))
    assert (await sam.post(f"/approvals/{one.id}/decision", {"decision": "approve"})).status == 303
    told = words_of(await (await site.browser_of(staff.an)).get(f"/cases/{case.number}"))
    assert "Sam Maes keurde dit goed (voor Mia Lambert)" in told
    assert only("deputy", await mails(site.database)) == ["sam@health.example"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"deputy": "nobody@health.example"}, "Personne ici n&#39;a cette adresse e-mail."),
        ({"deputy": "mia@health.example"}, "Choisissez quelqu&#39;un d&#39;autre"),
        ({"deputy": "sam@health.example", "last_on": "2026-09-14"}, "Choisissez un dernier jour"),
        ({"deputy": "sam@health.example", "last_on": "soon"}, "Indiquez un premier et un dernier jour."),
    ],
)
async def test_a_deputy_who_cannot_be_is_refused_with_the_reason_and_nothing_typed_is_lost(site, staff, typed, said):
    mia = await site.browser_of(staff.mia)
    await mia.get("/deputies")
    page = await mia.post("/deputies", DAYS | typed)

    assert page.status == 422
    assert said in page.text
    assert f'value="{typed["deputy"]}"' in page.text


async def test_only_an_admin_names_a_deputy_for_somebody_else(site, staff):
    mia = await site.browser_of(staff.mia)
    await mia.get("/deputies")
    await mia.post("/deputies", {"person": "tom@health.example", "deputy": "sam@health.example", **DAYS})
    ada = await site.browser_of(staff.ada)
    await ada.get("/deputies")
    await ada.post("/deputies", {"person": "tom@health.example", "deputy": "lou@health.example", **DAYS})

    page = words_of(await ada.get("/deputies"))
    # What Mia sent was about herself: the field is not hers to fill in.
    assert "Sam Maes for Mia Lambert" in page
    assert "Lou Hermans for Tom Willems" in page
    tom = await site.browser_of(staff.tom)
    assert "Lou Hermans" in words_of(await tom.get("/deputies"))


async def test_somebody_elses_deputy_cannot_be_ended(site, staff):
    mia = await site.browser_of(staff.mia)
    await mia.get("/deputies")
    await mia.post("/deputies", {"deputy": "sam@health.example", **DAYS})
    tom = await site.browser_of(staff.tom)
    await tom.get("/deputies")

    assert (await tom.post("/deputies/1/end")).status == 404
    sam = await site.browser_of(staff.sam)
    await sam.get("/deputies")
    assert (await sam.post("/deputies/1/end")).status == 303
    assert "You stand in for nobody." in words_of(await sam.get("/deputies"))
