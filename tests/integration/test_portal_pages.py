"""What people do on the pages: one way through each of them, on both databases."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from mailbox import Maildir

import pytest
from portal_site import Site, open_site, words_of
from sqlalchemy import select

from casework.attachments import service as attachments
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.messages import store as messages
from casework.outbox import service as outbox
from casework.people.models import Person


@pytest.fixture
async def site(database, desk, sign_in_rules, tmp_path) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, development_maildir=tmp_path / "mailbox") as opened:
        yield opened


async def kinds(site: Site, number: str) -> list[str]:
    async with site.database.reading() as session:
        case = (await session.execute(select(Case).where(Case.number == number))).scalar_one()
        return [entry.kind.value for entry in await messages.timeline(session, case.id, with_notes=True)]


async def mails(site: Site) -> list[tuple[str, str]]:
    async with site.database.reading() as session:
        return [(mail.kind, mail.to_address) for mail in await outbox.all_mails(session)]


async def test_anybody_sees_how_to_reach_the_desk(site):
    page = await site.stranger().get("/")
    assert page.status == 200
    assert "hr@balie.example" in words_of(page)
    assert 'href="/sign-in"' in page.text


async def test_the_language_is_that_of_the_choice_else_of_the_browser_else_dutch(site):
    stranger = site.stranger()
    assert '<html lang="nl">' in (await stranger.get("/")).text
    german = {"Accept-Language": "es, de-BE;q=0.8, fr;q=0.3"}
    assert '<html lang="de">' in (await stranger.get("/", headers=german)).text
    assert '<html lang="fr">' in (await stranger.get("/?lang=fr", headers=german)).text
    assert '<html lang="fr">' in (await stranger.get("/", headers=german)).text
    luc = await site.browser_of(site.cast.luc)
    assert '<html lang="fr">' in (await luc.get("/?lang=de", headers=german)).text


async def test_the_start_page_shows_what_waits_and_what_is_open(site):
    await site.answered_case(site.cast.an)
    await site.case_of(site.cast.an)
    page = await (await site.browser_of(site.cast.an)).get("/")
    assert "Waarmee kunnen we u helpen?" in words_of(page)
    assert "Oplossing accepteren / weigeren" in words_of(page)
    assert words_of(page).count("My leave") == 3
    assert '<span class="count">1</span>' in page.text


async def test_an_answer_is_accepted_from_the_start_page(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    await browser.get("/")
    page = await browser.post(f"/cases/{case.number}/decision", {"decision": "accept", "back": "/"})
    assert (page.status, page.location) == (303, "/?done=accepted")
    assert "U hebt het antwoord aanvaard" in (await browser.get(page.location)).text
    assert (await site.case(case.number)).status.value == "closed_complete"


async def test_a_case_page_shows_status_answer_and_timeline_in_the_words_of_the_manual(site):
    case = await site.answered_case(site.cast.an, "You have ten days left.")
    page = await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}")
    said = words_of(page)
    assert f"Mijn verzoek - {case.number}" in page.text
    assert "In afwachting van acceptatie" in said
    assert "We zijn klaar met de verwerking van uw ticket." in said
    assert said.index("You have ten days left.") < said.index("How many days do I have left?")
    assert "An Peeters vroeg dit" in said
    assert "Hanne Claes antwoordde" in said


async def test_each_opening_of_a_case_is_written_down(site):
    case = await site.case_of(site.cast.an)
    await (await site.browser_of(site.cast.hanne)).get(f"/cases/{case.number}")
    async with site.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.case_id == case.id, AuditEntry.action == "read")
        entry = (await session.execute(query)).scalar_one()
    assert (entry.actor, entry.channel) == ("Hanne Claes", "web")


async def test_a_refusal_brings_the_case_back_to_work_with_its_reason(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    await browser.get(f"/cases/{case.number}")
    page = await browser.post(f"/cases/{case.number}/decision", {"decision": "refuse", "comment": "I count twelve."})
    assert page.location == f"/cases/{case.number}?done=refused"
    shown = words_of(await browser.get(page.location))
    assert "Werk in uitvoering" in shown
    assert "An Peeters weigerde het antwoord" in shown
    assert "I count twelve." in shown


async def test_a_decision_that_is_neither_yes_nor_no_is_refused(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    page = await browser.post(f"/cases/{case.number}/decision", {"decision": "perhaps"})
    assert page.status == 422
    assert "Kies ja of nee." in words_of(page)


async def test_a_second_decision_is_told_that_the_case_moved_on(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    await browser.post(f"/cases/{case.number}/decision", {"decision": "accept"})
    page = await browser.post(f"/cases/{case.number}/decision", {"decision": "refuse"})
    assert page.status == 409
    assert (await site.case(case.number)).status.value == "closed_complete"


async def test_a_requester_adds_words_and_a_file(site):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    await browser.get(f"/cases/{case.number}")
    page = await browser.post(
        f"/cases/{case.number}/messages", {"text": "One thing more."}, files=[("files", "scan.png", b"%PDF-1.4 a")]
    )
    assert page.location == f"/cases/{case.number}?done=written"
    assert "One thing more." in words_of(await browser.get(page.location))
    tab = await browser.get(f"/cases/{case.number}?tab=attachments")
    assert "scan.png PDF, 10 B" in words_of(tab)
    download = await browser.get("/attachments/1")
    assert (download.body, download.headers["Content-Type"]) == (b"%PDF-1.4 a", "application/pdf")


async def test_an_empty_message_is_asked_again(site):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    page = await browser.post(f"/cases/{case.number}/messages", {"text": "  "})
    assert page.status == 422
    assert "Schrijf iets, of kies een bestand." in words_of(page)
    assert await kinds(site, case.number) == ["opened"]


async def test_words_on_a_closed_case_open_a_linked_one(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    await browser.post(f"/cases/{case.number}/decision", {"decision": "accept"})
    page = await browser.post(f"/cases/{case.number}/messages", {"text": "And next year?"})
    assert page.location == "/cases/HRB0000002?done=written"
    assert case.number in words_of(await browser.get("/cases/HRB0000002"))


async def test_my_cases_are_listed_open_and_closed(site):
    await site.answered_case(site.cast.an)
    await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    await browser.post("/cases/HRB0000001/decision", {"decision": "accept"})
    numbers = {
        show: re.findall(r'class="case-title" href="/cases/(\w+)"', (await browser.get(f"/cases?show={show}")).text)
        for show in ("", "open", "closed")
    }
    assert numbers == {
        "": ["HRB0000002", "HRB0000001"], "open": ["HRB0000002"], "closed": ["HRB0000001"],
    }  # fmt: skip


async def test_tasks_are_the_cases_that_wait_for_me(site):
    await site.answered_case(site.cast.an)
    await site.case_of(site.cast.an)
    page = await (await site.browser_of(site.cast.an)).get("/tasks")
    assert re.findall(r'href="/cases/(\w+)"', page.text.partition("<main")[2]) == ["HRB0000001"]


async def test_a_case_number_in_the_search_box_leads_to_the_case(site):
    case = await site.case_of(site.cast.an)
    page = await (await site.browser_of(site.cast.an)).get(f"/search?q={case.number.lower()}")
    assert (page.status, page.location) == (303, f"/cases/{case.number}")


async def test_the_search_box_finds_forms_by_their_synonyms_and_own_cases_by_their_subject(site):
    await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    assert "/catalogue/forms/household" in (await browser.get("/search?q=huwelijk")).text
    assert "/cases/HRB0000001" in (await browser.get("/search?q=leave")).text
    assert "Er is niets gevonden voor “qqqq”" in words_of(await browser.get("/search?q=qqqq"))


async def test_the_catalogue_shows_the_forms_of_a_person_by_theme(site):
    page = words_of(await (await site.browser_of(site.cast.an)).get("/catalogue"))
    assert "Persoons- en tewerkstellingsgegevens Wijziging van de gezinssamenstelling" in page
    assert "Lokale HR" not in page


async def test_a_form_that_is_not_for_this_person_does_not_exist(site):
    browser = await site.browser_of(site.cast.an)
    for key in ("legal_advice", "digital_keys_appointment", "nonsense"):
        assert (await browser.get(f"/catalogue/forms/{key}")).status == 404
        assert (await browser.post(f"/catalogue/forms/{key}", {})).status == 404


async def test_a_filed_form_becomes_a_case_with_a_summary(site):
    browser = await site.browser_of(site.cast.an)
    await browser.get("/catalogue/forms/household")
    sent = {"field-kind": "change", "field-effective": "2026-09-01", "field-children": "2", "field-comment": "Twins!"}
    page = await browser.post("/catalogue/forms/household", sent)
    assert page.location == "/cases/HRB0000001?done=filed"
    case = await site.case("HRB0000001")
    assert (case.form_key, case.channel, case.subject) == ("household", "web", "Wijziging van de gezinssamenstelling")
    assert case.fields == {"kind": "change", "effective": "2026-09-01", "children": 2, "comment": "Twins!"}
    shown = words_of(await browser.get(page.location))
    assert "Aantal kinderen ten laste: 2" in shown
    assert "Datum van de wijziging: 1 september 2026" in shown
    assert ("summary", "an.peeters@health.example") in await mails(site)


async def test_a_form_with_something_wrong_comes_back_with_what_was_filled_in(site):
    browser = await site.browser_of(site.cast.an)
    await browser.get("/catalogue/forms/household")
    page = await browser.post("/catalogue/forms/household", {"field-kind": "change", "field-children": "many"})
    assert page.status == 422
    assert 'href="#field-effective"' in page.text
    assert 'href="#field-children"' in page.text
    assert 'value="many"' in page.text
    assert 'value="change" selected' in page.text
    async with site.database.reading() as session:
        assert (await session.execute(select(Case))).all() == []


async def test_a_choice_shows_its_fields_and_documents_at_a_second_submit(site):
    browser = await site.browser_of(site.cast.an)
    path = "/catalogue/forms/work_regime_reduction"
    first = await browser.get(path)
    assert "field-issuer" not in first.text
    assert "document-foster_decision" not in first.text
    second = await browser.post(path, {"field-regime": "foster_leave", "redraw": "yes"})
    assert second.status == 200
    assert "field-issuer" in second.text
    assert "document-foster_decision" in second.text


async def test_documents_go_into_their_own_slots(site):
    browser = await site.browser_of(site.cast.an)
    await browser.get("/catalogue/forms/maternity")
    sent = {"field-due_date": "2027-01-10", "field-start": "2026-12-20", "field-statute": "contractual"}
    path = "/catalogue/forms/maternity"
    missing = await browser.post(path, sent)
    assert missing.status == 422
    assert "Medisch attest" in words_of(missing)
    note = ("document-medical_certificate", "attest.pdf", b"%PDF-1.4 b")
    page = await browser.post(path, sent, files=[note, ("files", "letter.txt", b"Dear desk")])
    assert page.location == "/cases/HRB0000001?done=filed"
    async with site.database.reading() as session:
        kept = await attachments.of_case(session, 1, with_internal=True)
    assert [(file.filename, file.document_key, file.sensitive) for file in kept] == [
        ("attest.pdf", "medical_certificate", "health"),
        ("letter.txt", None, None),
    ]
    tab = words_of(await browser.get("/cases/HRB0000001?tab=attachments"))
    assert ("attest.pdf Medisch attest, PDF" in tab, "letter.txt TXT" in tab) == (True, True)


@pytest.mark.parametrize(("query", "shown"), [("", ["1", "2"]), ("?holder=nobody", ["1"]), ("?holder=mine", ["2"])])
async def test_the_workspace_shows_everything_what_nobody_has_and_what_is_mine(site, query, shown):
    await site.case_of(site.cast.an)
    await site.answered_case(site.cast.luc)
    page = await (await site.browser_of(site.cast.hanne)).get("/workspace" + query)
    assert re.findall(r'class="case-title" href="/cases/HRB000000(\d)"', page.text) == shown
    counters = re.findall(r'<span>([^<]+)</span> <span class="count">(\d+)</span>', page.text)
    assert counters == [
        ("Alles wat openstaat", "2"), ("Nog niet toegewezen", "1"), ("Mijn werkvoorraad", "1"), ("Te laat", "0"),
        ("Binnenkort te doen", "0"), ("Wacht op de aanvrager", "1"), ("Wacht op een goedkeuring", "0"),
        ("Wacht op advies", "0"),
    ]  # fmt: skip


async def test_a_claim_makes_the_case_mine_and_tells_the_second_who_has_it(site):
    case = await site.case_of(site.cast.an)
    hanne, omar = await site.browser_of(site.cast.hanne), await site.browser_of(site.cast.omar)
    assert (await hanne.post(f"/cases/{case.number}/claim")).location == f"/cases/{case.number}?done=claimed"
    second = await omar.post(f"/cases/{case.number}/claim")
    assert second.status == 409
    assert "Hanne Claes traite déjà ce ticket." in words_of(second)


async def test_a_reply_in_the_workspace_answers_with_one_mail(site):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.hanne)
    before = len(await mails(site))
    page = await browser.post(
        f"/cases/{case.number}/reply",
        {"text": "#mine\n#form household kind=change\nIt is done.", "kind": "answer"},
        files=[("files", "proof.pdf", b"%PDF-1.4 c")],
    )
    assert page.location == f"/cases/{case.number}?done=replied"
    assert (await mails(site))[before:] == [("link", "an.peeters@health.example")]
    held = await site.case(case.number)
    assert (held.status.value, held.form_key, held.handler_id) == (
        "awaiting_acceptance", "household", site.cast.hanne.person_id,
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "status"), [("info", "awaiting_info"), ("note", "open")])
async def test_the_kind_of_a_reply_can_be_chosen_without_a_command(site, kind, status):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.hanne)
    await browser.post(f"/cases/{case.number}/reply", {"text": "Which year do you mean?", "kind": kind})
    assert (await site.case(case.number)).status.value == status
    sees = words_of(await (await site.browser_of(site.cast.an)).get(f"/cases/{case.number}"))
    assert ("Which year do you mean?" in sees) == (kind == "info")


async def test_a_file_of_an_internal_note_stays_among_handlers(site):
    case = await site.case_of(site.cast.an)
    hanne, an = await site.browser_of(site.cast.hanne), await site.browser_of(site.cast.an)
    note = {"text": "Doubtful.", "kind": "note"}
    await hanne.post(f"/cases/{case.number}/reply", note, files=[("files", "secret.txt", b"for us alone")])
    assert (await hanne.get("/attachments/1")).body == b"for us alone"
    assert (await an.get("/attachments/1")).status == 404
    assert "secret.txt" not in (await an.get(f"/cases/{case.number}")).text
    assert "secret.txt" not in (await an.get(f"/cases/{case.number}?tab=attachments")).text


async def test_a_reply_with_a_wrong_command_does_nothing_and_keeps_the_words(site):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.hanne)
    page = await browser.post(f"/cases/{case.number}/reply", {"text": "#mien\nIt is done.", "kind": "info"})
    assert page.status == 422
    assert "Bedoelde u #mine?" in words_of(page)
    assert "#mien\nIt is done.</textarea>" in page.text
    assert 'value="info" checked' in page.text
    assert await kinds(site, case.number) == ["opened"]


async def test_a_handler_puts_a_case_on_a_form_and_fills_it(site):
    case = await site.case_of(site.cast.an)
    browser = await site.browser_of(site.cast.hanne)
    chosen = await browser.get(f"/cases/{case.number}?form=household")
    assert 'name="field-effective"' in chosen.text
    filled = {"form": "household", "field-kind": "change", "field-effective": "01/09/2026", "field-children": "2"}
    page = await browser.post(f"/cases/{case.number}/form", filled)
    assert page.location == f"/cases/{case.number}?done=classified"
    held = await site.case(case.number)
    assert (held.form_key, held.fields["effective"], held.fields["children"]) == ("household", "2026-09-01", 2)
    wrong = await browser.post(f"/cases/{case.number}/form", filled | {"field-children": "some"})
    assert wrong.status == 422
    assert 'id="field-children-problem"' in wrong.text
    redrawn = await browser.post(f"/cases/{case.number}/form", filled | {"field-civil_status": "single", "redraw": "y"})
    assert redrawn.status == 200
    assert "field-spouse_income" not in redrawn.text


async def test_a_handler_cannot_fill_in_a_form_on_a_closed_case(site):
    case = await site.answered_case(site.cast.an)
    await (await site.browser_of(site.cast.an)).post(f"/cases/{case.number}/decision", {"decision": "accept"})
    browser = await site.browser_of(site.cast.hanne)
    page = await browser.post(f"/cases/{case.number}/form", {"form": "household"})
    assert page.status == 422
    assert "is gesloten" in words_of(page)
    assert (await browser.post(f"/cases/{case.number}/form", {"form": "nonsense"})).status == 404


async def test_the_profile_keeps_the_language(site):
    browser = await site.browser_of(site.cast.an)
    page = await browser.post("/profile/language", {"language": "de"})
    assert page.location == "/profile?done=language"
    assert '<html lang="de">' in (await browser.get("/profile")).text
    assert (await browser.post("/profile/language", {"language": "xx"})).status == 422
    async with site.database.reading() as session:
        assert (await session.get(Person, site.cast.an.person_id)).language == "de"


async def test_the_profile_ends_a_session_in_another_browser(site):
    first, second = await site.browser_of(site.cast.an), await site.browser_of(site.cast.an)
    page = await second.get("/profile")
    other = re.findall(r'action="(/profile/sessions/\d+/end)"', page.text)
    assert len(other) == 1
    assert (await second.post(other[0])).location == "/profile?done=session_ended"
    assert (await first.get("/cases")).status == 302
    assert (await second.get("/cases")).status == 200


async def test_the_development_mailbox_shows_what_would_have_left(site, tmp_path):
    browser = site.stranger()
    assert "Er is nog geen e-mail vertrokken." in words_of(await browser.get("/development/mailbox"))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hr@balie.example", "an.peeters@health.example", "Uw code <1>"
    mail.set_content("123456")
    key = Maildir(tmp_path / "mailbox").add(mail)
    listed = await browser.get("/development/mailbox")
    assert "Uw code &lt;1&gt;" in listed.text
    shown = await browser.get(f"/development/mailbox/{key}")
    assert "123456" in words_of(shown)
    assert (await browser.get("/development/mailbox/nothing")).status == 404
