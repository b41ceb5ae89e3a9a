"""A file with a virus that somebody adds to a chat: they are told, and their form and their tickets stay."""

import re
from dataclasses import replace

import pytest
from chat_site import open_talks
from clamd_at_hand import HARMFUL, clamd_or_skip
from sqlalchemy import select

from bot.uploads import Upload
from casework.attachments.models import Attachment
from mail_gateway.inbound.clamd import Clamd

TOLD = "In attest.pdf is een virus gevonden: niemand kan het openen en het telt niet als document."


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder, tmp_path):
    (tmp_path / "clamd").mkdir()
    async with clamd_or_skip(tmp_path / "clamd") as socket:
        guarded = replace(desk, scanner=Clamd(str(socket), 30))
        async with open_talks(database, guarded, sign_in_rules, model_folder) as (found, _):
            yield found


async def add(browser, *files: tuple[str, bytes]) -> str:
    """Add files, and return the page that shows what was said of them."""
    answer = await browser.post("/chat/files", files=[("files", name, content) for name, content in files])
    assert answer.status == 303, answer.text
    return (await browser.get("/chat")).text


async def test_it_is_told_and_the_document_is_asked_for_until_a_clean_one_comes(site):
    case = await site.case_of(site.cast.an)
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    for said in ("Ik wil een overeenkomst telewerk indienen", "regelmatig", "1/10/2027", "31/12/2027"):
        await an.post("/chat", {"text": said})
    asked = (await an.get("/chat")).text

    page = await add(an, ("attest.pdf", HARMFUL))

    assert (TOLD in page, "attest.pdf ontvangen" in page, case.number in page.partition(TOLD)[2]) == (
        True,
        False,
        False,
    )
    assert asked.count("chat-message") < page.count("chat-message")
    page = await add(an, ("goed.pdf", b"%PDF-1.4\nclean"), ("attest.pdf", HARMFUL))
    assert (TOLD in page, "goed.pdf" in page.rpartition(TOLD)[2]) == (True, True)
    async with site.database.reading() as session:
        kept = [tuple(row) for row in await session.execute(select(Upload.filename, Upload.quarantined))]
        assert sorted(kept, key=str) == [
            ("attest.pdf", "Own.Harm-1.UNOFFICIAL"),
            ("attest.pdf", "Own.Harm-1.UNOFFICIAL"),
            ("goed.pdf", None),
        ]
    assert (await site.case(case.number)).status == case.status


async def test_what_is_filed_next_takes_the_clean_file_alone(site):
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    await add(an, ("goed.pdf", b"%PDF-1.4\nclean"), ("attest.pdf", HARMFUL))
    for said in ("Ik wil een vraag indienen", "Mijn loon van september klopt niet", "Loon van september", "Ja"):
        await an.post("/chat", {"text": said} if said != "Ja" else {"payload": "/affirm"})
    number = re.search(r"HRB\d{7}", (await an.get("/chat")).text)[0]
    async with site.database.reading() as session:
        files = select(Attachment.filename).where(Attachment.case_id == (await site.case(number)).id)
        assert list((await session.execute(files)).scalars()) == ["goed.pdf"]
