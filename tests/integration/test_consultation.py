"""Another service is asked by mail: it gets what the handler chose and nothing else, and its answer stays inside."""

import email
import email.policy
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings, other_server
from portal_site import Browser, Site, open_site
from sqlalchemy import select

from casework.attachments.models import Attachment
from casework.catalogue.errors import CatalogueError
from casework.outbox.models import MailKind
from casework.people.models import Level
from casework.referral import directory
from mail_gateway.store import MailState

SERVICES = """answer: {nl: "{service}", fr: "{service}", de: "{service}", en: "{service}"}
services:
  pensions:
    name: {nl: Pensioendienst, fr: Service des Pensions, de: Pensionsdienst, en: Pensions Service}
    site: "https://pensions.example"
    address: help@pensions.example
    language: fr
  silent:
    name: {nl: Stil, fr: Muet, de: Still, en: Silent}
    site: "https://silent.example"
"""
PATH = "/cases/HRB0000001/consultation"
GOOD = {"service": "pensions", "text": "From which day does the pension run?"}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@dataclass
class Office:
    site: Site
    story: Story
    hanne: Browser
    files: dict[str, str]


@pytest.fixture
async def office(database, desk, sign_in_rules, tmp_path: Path) -> AsyncIterator[Office]:
    desk = replace(desk, directory=directory.load(SERVICES, "services.yaml"))
    async with open_site(database, desk, sign_in_rules) as site:
        story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
        mail = letter(AN, "My sister Marie is ill. When does my pension begin?", subject="Secret subject")
        mail.add_attachment(b"%PDF-1.4 career", maintype="application", subtype="pdf", filename="career.pdf")
        mail.add_attachment(b"%PDF-1.4 illness", maintype="application", subtype="pdf", filename="illness.pdf")
        await story.arrives(mail, mail_from=AN)
        async with database.transaction() as session:
            held = (await session.execute(select(Attachment).order_by(Attachment.id))).scalars().all()
            held[1].sensitive = "health"
            files = {one.filename: str(one.id) for one in held}
        yield Office(site, story, await site.browser_of(site.cast.hanne), files)


async def test_the_service_gets_what_was_chosen_and_its_answer_comes_back_as_a_note(office):
    page = await office.hanne.get(PATH)
    assert ("Stil" in page.text, re.findall(r'name="(?:file|with_health)"[^>]*checked', page.text)) == (False, [])
    sent = await office.hanne.post(PATH, GOOD | {"file": office.files["career.pdf"]})
    assert sent.location == "/cases/HRB0000001?done=consulted"
    async with other_server() as there:
        worker = office.story.bench.outbound(there.port)
        while await worker.send_due():
            await worker.finish()
        [arrived] = [one for one in there.arrived if one.rcpt_tos == ["help@pensions.example"]]
    mail = email.message_from_bytes(arrived.raw, policy=email.policy.default)
    assert mail["Subject"] == "[HRB0000001] question sur un dossier"
    assert [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()] == [
        ("HRB0000001-1.pdf", b"%PDF-1.4 career")
    ]
    assert GOOD["text"] in mail.get_body(("plain",)).get_content()
    for secret in (b"Peeters", b"Marie", b"Secret subject", b"illness", b"career.pdf", AN.encode()):
        assert secret not in arrived.raw
    case_page = await office.hanne.get("/cases/HRB0000001")
    assert "Pensioendienst: <strong>nog geen antwoord</strong>" in case_page.text
    assert "career.pdf (HRB0000001-1.pdf)" in case_page.text

    reply = letter("someone@pensions.example", "From 1 July.\n\n> From which day", subject="Re: question")
    reply.add_attachment(b"%PDF-1.4 table", maintype="application", subtype="pdf", filename="table.pdf")
    received = await office.story.arrives(reply, mail_from="someone@pensions.example", to=arrived.mail_from)

    assert (received.state, received.case_id) == (MailState.PROCESSED, 1)
    case_page = await office.hanne.get("/cases/HRB0000001")
    assert ("From 1 July." in case_page.text, "Pensioendienst: beantwoord op" in case_page.text) == (True, True)
    assert "antwoordde vanaf someone@pensions.example" in case_page.text
    own = await (await office.site.browser_of(office.site.cast.an)).get("/cases/HRB0000001?tab=attachments")
    timeline = await (await office.site.browser_of(office.site.cast.an)).get("/cases/HRB0000001")
    for secret in ("From 1 July.", "table.pdf", "pensions.example", "Pensioendienst"):
        assert (secret in own.text, secret in timeline.text) == (False, False)
    told = [one.subject for one in await office.story.told(MailKind.ADVICE)]
    assert told[-1] == "[HRB0000001] un autre service a répondu"
    assert len(await office.story.cases()) == 1


async def test_health_papers_leave_on_the_handlers_word_alone(office):
    chosen = GOOD | {"file": office.files["illness.pdf"]}
    refused = await office.hanne.post(PATH, chosen)
    assert (refused.status, "U koos een medisch document." in refused.text) == (422, True)
    weak = await office.site.browser_of(office.site.cast.hanne, Level.LOW)
    asked = await weak.post(PATH, chosen | {"with_health": "yes"})
    assert asked.location.startswith("/sign-in/step-up")
    assert await office.story.told(MailKind.CONSULTATION) == []
    assert (await office.hanne.post(PATH, chosen | {"with_health": "yes"})).status == 303
    assert len(await office.story.told(MailKind.CONSULTATION)) == 1


async def test_what_makes_no_sense_is_sent_to_nobody(office):
    for change in ({"service": "silent"}, {"service": "nonsense"}, {"text": " "}):
        assert (await office.hanne.post(PATH, GOOD | change)).status == 422
    other = await office.site.case_of(office.site.cast.luc)
    assert (await office.hanne.post(f"/cases/{other.number}/consultation", GOOD | {"file": "1"})).status == 303
    [mail] = await office.story.told(MailKind.CONSULTATION)
    assert "career.pdf" not in mail.text  # a file of another case is no file of this one


async def test_a_reply_address_of_another_mail_is_no_way_in(office):
    to = await office.story.reply_address(MailKind.SUMMARY, AN)
    received = await office.story.arrives(letter("help@pensions.example", "From 1 July."), to=to)
    assert (received.state, received.case_id) == (MailState.HELD, None)


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ("help@pensions.example", '"help@pensions.example, all@pensions.example"', "one e-mail address"),
        ("language: fr", "language: it", "'language' has to be one of"),
    ],
)
def test_an_address_that_cannot_be_written_to_is_refused(good, bad, reason):
    with pytest.raises(CatalogueError, match=reason):
        directory.load(SERVICES.replace(good, bad), "services.yaml")
