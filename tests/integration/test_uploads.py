"""Files that people hand in on the pages and by mail: looked at by a scanner, and asked for otherwise where no use."""

import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import factories
import pytest
from clamd_at_hand import FOUND, HARMFUL, clamd_or_skip
from mail_story import AN, HANNE, SECRET, Story
from mailroom import Bench, letter, mail_settings
from portal_site import Site, open_site
from sqlalchemy import select

from casework.attachments.models import Attachment
from casework.attachments.scanning import ScannerAway
from casework.db import Database
from casework.desk import Desk
from casework.outbox.models import MailKind
from mail_gateway.inbound.clamd import Clamd

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PDF = b"%PDF-1.4\n"
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(60)


class FakeScanner:
    """Finds the word `harmful`; `is_away` makes it unreachable."""

    def __init__(self) -> None:
        self.is_away = False

    async def scan(self, content: bytes) -> str | None:
        if self.is_away:
            raise ScannerAway
        return "Test.Harm-1" if b"harmful" in content else None


@pytest.fixture
def scanner() -> FakeScanner:
    return FakeScanner()


@pytest.fixture
async def site(database, desk, sign_in_rules, tmp_path, scanner) -> AsyncIterator[Site]:
    guarded = replace(desk, scanner=scanner)
    async with open_site(database, guarded, sign_in_rules, development_maildir=tmp_path / "mailbox") as opened:
        yield opened


async def kept(database: Database) -> list[Attachment]:
    async with database.reading() as session:
        return list((await session.execute(select(Attachment).order_by(Attachment.id))).scalars())


async def ask(site: Site, *files: tuple[str, bytes]):
    an = await site.browser_of(site.cast.an)
    sent = [("files", name, content) for name, content in files]
    await an.get("/catalogue/forms/free_question")
    filled_in = {"field-subject": "My leave", "field-question": "How many days?"}
    return await an.post("/catalogue/forms/free_question", filled_in, files=sent)


@only_sqlite
async def test_harmful_file_of_a_page_is_kept_in_quarantine(site: Site, database: Database):
    page = await ask(site, ("a.pdf", PDF + b"harmful"), ("b.pdf", PDF))

    assert page.status == 303
    assert [(file.filename, file.quarantined) for file in await kept(database)] == [
        ("a.pdf", "Test.Harm-1"),
        ("b.pdf", None),
    ]


@only_sqlite
async def test_file_waits_for_a_scanner_that_is_away_with_whoever_sends_it(site: Site, database, scanner):
    scanner.is_away = True
    page = await ask(site, ("a.pdf", PDF))

    assert (page.status, await kept(database)) == (422, [])
    assert "konden nu niet op virussen worden gecontroleerd" in page.text
    assert "How many days?" in page.text


@only_sqlite
async def test_file_of_no_use_is_refused_on_a_page_with_what_to_send(site: Site, database: Database):
    page = await ask(site, ("tool.pdf", PROGRAM))

    assert (page.status, await kept(database)) == (422, [])
    assert "tool.pdf is hier niet bruikbaar. Stuur het als pdf" in page.text


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))


def with_files(text: str, **files: bytes):
    mail = letter(AN, text, subject="Thuiswerken")
    for name, content in files.items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("__", "."))
    return mail


def with_macros() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    return content.getvalue()


@only_sqlite
async def test_mail_keeps_each_file_and_says_to_each_reader_what_they_must_know(story: Story, database: Database):
    locked = PDF + b"<< /Encrypt 5 0 R >>"
    await story.arrives(with_files("Zie bijlage.", tool__exe=PROGRAM, locked__pdf=locked, form__docm=with_macros()))

    flags = [(file.filename, file.protected, file.has_macros, file.unaccepted) for file in await kept(database)]
    [summary] = await story.told(MailKind.SUMMARY)
    to_hanne = next(mail for mail in await story.told(MailKind.HANDLER) if mail.to_address == HANNE)
    assert flags == [
        ("tool.exe", False, False, True),
        ("locked.pdf", True, False, False),
        ("form.docm", False, True, False),
    ]
    assert "- tool.exe (dit soort bestand kunnen we niet gebruiken; stuur het als pdf" in summary.text
    assert "- locked.pdf\n- form.docm\n" in summary.text
    assert "- locked.pdf (beveiligd met een wachtwoord)\n- form.docm (bevat macro's: voer ze niet uit)" in to_hanne.text


@only_sqlite
async def test_document_of_a_kind_that_is_not_taken_stays_asked(story: Story, database: Database):
    text = "formulier: telewerk\nSoort telewerk: incidenteel\nBegindatum: 1/10/2026"
    mail = with_files(text)
    mail.add_attachment(PROGRAM, maintype="application", subtype="pdf", filename="akkoord telewerk.pdf")
    await story.arrives(mail)

    [summary] = await story.told(MailKind.SUMMARY)
    assert [(file.document_key, file.unaccepted) for file in await kept(database)] == [(None, True)]
    assert "Akkoord van telewerk" in summary.text.partition("Nog nodig:")[2]


@only_sqlite
async def test_only_file_of_a_reply_is_the_only_document_that_was_asked(story: Story, database: Database):
    await story.arrives(with_files("formulier: telewerk\nSoort telewerk: incidenteel\n\nVanaf 1 oktober 2026."))
    to = await story.reply_address(MailKind.SUMMARY, AN)
    reply = letter(AN, "Zie bijlage.", subject="Re: Thuiswerken")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="scan001.pdf")

    await story.arrives(reply, to=to)

    [case] = await story.cases()
    assert (dict(case.fields), case.form_confidence) == ({"kind": "occasional", "start": "2026-10-01"}, 100)
    assert [(file.filename, file.document_key) for file in await kept(database)] == [
        ("scan001.pdf", "telework_agreement")
    ]


@only_sqlite
async def test_handler_reads_how_sure_the_form_of_a_mail_is_until_somebody_chooses_one(story: Story):
    mail = letter(AN, "Incidenteel, vanaf 1 oktober 2026.", subject="Aanvraag thuiswerk")
    await story.arrives(mail)
    to_hanne = next(mail for mail in await story.told(MailKind.HANDLER) if mail.to_address == HANNE)
    [case] = await story.cases()
    assert (case.form_key, case.form_confidence) == ("telework", 75)
    [summary] = await story.told(MailKind.SUMMARY)
    assert "(gelezen uit de e-mail, 75 % zeker)" in to_hanne.text
    assert "- Soort telewerk: Incidenteel\n- Begindatum: 01/10/2026\n" in summary.text

    await story.arrives(
        letter(HANNE, "#form telework", subject="Re: Aanvraag"), to=await story.reply_address(MailKind.HANDLER, HANNE)
    )

    [case] = await story.cases()
    assert (case.form_key, case.form_confidence) == ("telework", None)


async def test_real_clamd_finds_what_its_signatures_name(tmp_path: Path):
    async with clamd_or_skip(tmp_path) as socket:
        clamd = Clamd(str(socket), 30)

        assert (await clamd.scan(PDF), await clamd.scan(b"")) == (None, None)
        assert await clamd.scan(HARMFUL) == FOUND
