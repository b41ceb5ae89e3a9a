"""Every form of the catalogue filed by chat alone, in every language: the case is the one that the page opens."""

import pytest
from factories import bring_people
from form_talk import FormTalk, on_the_page, open_talk
from hierarchy import STAFF
from portal_site import Site, open_site
from sqlalchemy import select

from bot.settings import AssistantSettings
from casework.approvals.models import Approval
from casework.attachments.models import Attachment
from casework.cases.models import Case
from casework.catalogue import form_checker
from casework.catalogue.models import LANGUAGES, FilingChannel
from casework.catalogue.service import load_catalogue
from casework.messages.models import Message
from casework.people import store as people

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the databases are not the point here

CATALOGUE = load_catalogue()
REDUCTION = CATALOGUE.form("work_regime_reduction")
REGIMES = [option.key for option in REDUCTION.fields[0].options]


@pytest.fixture
async def site(database, desk, sign_in_rules):
    async with open_site(database, desk, sign_in_rules) as opened:
        async with database.transaction() as session:
            await bring_people(session, STAFF)
        yield opened


async def person(database, address: str, language: str):
    """Return somebody who reads this language."""
    async with database.transaction() as session:
        found = await people.person_by_address(session, address)
        found.language = language
        return await people.actor(session, found.id)


async def facts(database, number: str) -> dict:
    """Return all that a case says of its form, and the files and approvals that go with it."""
    async with database.reading() as session:
        case = (await session.execute(select(Case).where(Case.number == number))).scalar_one()
        words = select(Message.text).where(Message.case_id == case.id).order_by(Message.id)
        files = select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.id)
        approvals = select(Approval.step, Approval.form_key, Approval.state).where(Approval.case_id == case.id)
        return {
            "subject": case.subject,
            "form": (case.form_key, case.form_version),
            "fields": case.fields,
            "requester": (case.requester_id, case.organisation_id, case.filed_by_id),
            "status": case.status,
            "words": (await session.execute(words)).scalars().all(),
            "files": [
                (file.document_key, file.filename, file.sensitive, file.content_type, file.sha256)
                for file in (await session.execute(files)).scalars()
            ],
            "approvals": [tuple(row) for row in await session.execute(approvals)],
        }


def number_in(said) -> str:
    return next(message.custom["case"]["number"] for message in said if message.custom)


async def on_the_web(site: Site, actor, form, chosen: dict[str, str]) -> str:
    """File a form on its page, with every document, and return the number."""
    answers = on_the_page(form, chosen, actor.language)
    browser = await site.browser_of(actor)
    approved = form_checker.approvable_documents(form, answers, (), actor.language) or ()
    files = [
        (f"document-{document.key}", f"{document.key}.txt", document.key.encode())
        for document in form_checker.required_documents(form, answers, actor.language)
        if document.key not in approved
    ]
    sent = {f"field-{key}": value for key, value in answers.items()}
    page = await browser.post(f"/catalogue/forms/{form.key}", sent, files=files)
    assert page.status == 303, (form.key, page.text[:3000])
    return page.location.partition("?")[0].rpartition("/")[2]


async def by_chat(talk: FormTalk, form, chosen: dict[str, str]) -> str:
    """File a form by chat, with every document, and return the number."""
    await talk.fill_in(form, chosen)
    filed = await talk.say("/affirm")
    return number_in(filed)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_form_filed_by_chat_opens_the_case_that_its_page_opens(site, database, desk, model_folder, language):
    actor = await person(database, "lou@health.example", language)
    talk = open_talk(database, desk, AssistantSettings(model_folder), actor, language)
    forms = [form for form in desk.catalogue.forms if FilingChannel.WEB in form.channels]

    chats = {form.key: await facts(database, await by_chat(talk, form, {})) for form in forms}
    pages = {form.key: await facts(database, await on_the_web(site, actor, form, {})) for form in forms}

    assert len(forms) >= 20
    assert chats == pages


@pytest.mark.parametrize("language", LANGUAGES)
async def test_form_that_has_no_page_is_filed_with_what_was_typed(site, database, desk, model_folder, language):
    actor = await person(database, "an@health.example", language)
    talk = open_talk(database, desk, AssistantSettings(model_folder), actor, language)
    forms = [form for form in desk.catalogue.forms if FilingChannel.WEB not in form.channels]

    found = {form.key: (await facts(database, await by_chat(talk, form, {})))["fields"] for form in forms}

    typed = {form.key: on_the_page(form, {}, language) for form in forms}
    assert found == typed
    assert set(found) == {"digital_keys_appointment"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_work_regime_asks_for_its_own_documents(site, database, desk, model_folder, language):
    actor = await person(database, "an@health.example", language)
    talk = open_talk(database, desk, AssistantSettings(model_folder), actor, language)
    chosen = [{"regime": regime} for regime in REGIMES]

    chats = [await facts(database, await by_chat(talk, REDUCTION, one)) for one in chosen]
    pages = [await facts(database, await on_the_web(site, actor, REDUCTION, one)) for one in chosen]

    assert len(REGIMES) == 18
    assert chats == pages
    assert len({tuple(file[0] for file in one["files"]) for one in chats}) >= 8
