"""What handlers write among themselves reaches nobody else: by no page, mail, chat, search, export or program."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from factories import PEOPLE, bring_people
from mail_story import AN, HANNE, SECRET, Story
from mailroom import Bench, letter, mail_settings
from portal_site import Browser, Site, open_site
from sqlalchemy import select

from casework.api import tokens
from casework.api.models import Scope
from casework.api.operations import PREFIX
from casework.attachments.models import Attachment
from casework.outbox.models import MailKind
from casework.people import store as people
from casework.people.models import THE_DESK, Actor, Role
from runtime.adapters import ChatCaseDesk

WORD = "zeldzaamheid"
CASE = "/cases/HRB0000001"
LOCAL_HR = "L400,,Nora,Smets,nora.smets@health.example,nl,FOD Gezondheid,statutory,employee;local_hr,,,\n"


@dataclass
class Office:
    site: Site
    story: Story
    nora: Actor
    file_id: int

    async def program(self, person: Actor | None, scope: Scope, *roles: Role) -> str:
        async with self.site.database.transaction() as session:
            return await tokens.make(
                session,
                name="Program",
                person=await people.person(session, person.person_id) if person else None,
                roles=roles,
                scopes=(scope,),
                life=tokens.LONGEST_LIFE,
                maker=THE_DESK,
                channel="system",
                now=self.site.desk.clock.now(),
            )

    async def reads(self, token: str, path: str) -> str:
        answer = await self.site.client.request("GET", PREFIX + path, headers={"Authorization": f"Bearer {token}"})
        return await answer.text()


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def office(database, desk, sign_in_rules, tmp_path: Path) -> AsyncIterator[Office]:
    """A case that local HR follows, on which the word stands in every kind of note."""
    async with open_site(database, desk, sign_in_rules) as site:
        async with database.transaction() as session:
            await bring_people(session, PEOPLE + LOCAL_HR)
            nora = await people.person_by_address(session, "nora.smets@health.example")
            local_hr = await people.actor(session, nora.id)
        story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
        asked = letter(AN, "How many days do I have left?", Cc="nora.smets@health.example")
        await story.arrives(asked, mail_from=AN)
        await _write_notes(site, story)
        async with database.reading() as session:
            [file] = (await session.execute(select(Attachment))).scalars().all()
        yield Office(site, story, local_hr, file.id)


async def _write_notes(site: Site, story: Story) -> None:
    hanne = await site.browser_of(site.cast.hanne)
    files = [("files", f"{WORD}.txt", WORD.encode())]
    await hanne.post(CASE + "/reply", {"text": f"{WORD} one", "kind": "note"}, files=files)
    handed = [one for one in await story.told(MailKind.HANDLER) if one.to_address == HANNE]
    to = story.reply_address_of(handed[0])
    await story.arrives(letter(HANNE, f"#note {WORD} two", subject="Re: My leave"), mail_from=HANNE, to=to)
    omar = f"person-{site.cast.omar.person_id}"
    await hanne.post(CASE + "/advice", {"to": omar, "text": f"{WORD} three", "due_on": "2026-09-18"})
    page = await hanne.get(CASE + "/advice")
    [answer] = re.findall(r'action="([^"]+/answer)"', page.text)
    await (await site.browser_of(site.cast.omar)).post(answer, {"text": f"{WORD} four"})
    await hanne.post(CASE + "/hand-over", {"handler": str(site.cast.omar.person_id), "reason": f"{WORD} five"})
    await hanne.post(CASE + "/reply/draft", {"text": f"{WORD} six", "kind": "note"})
    await hanne.post(CASE + "/reply", {"text": "You have ten days.", "kind": "answer"})


async def texts(browser: Browser, paths: Iterable[str]) -> list[str]:
    return [(await browser.get(path)).body.decode("utf-8", "replace") for path in paths]


def lines_with_word(found: Iterable[str]) -> list[str]:
    """Return the lines that hold the word, but for what was typed into the search box itself."""
    lines = (line for text in found for line in text.splitlines() if WORD in line)
    return [line for line in lines if f'value="{WORD}"' not in line and f"“{WORD}”" not in line]


async def test_handlers_read_all_of_it_so_the_word_is_there(office):
    page = await (await office.site.browser_of(office.site.cast.hanne)).get(CASE)
    assert [number in page.text for number in ("one", "two", "three", "four", "five")] == [True] * 5


async def test_no_page_of_the_requester_of_local_hr_or_of_a_follower_holds_it(office):
    pages = (CASE, CASE + "?tab=attachments", "/", "/cases", "/tasks", f"/search?q={WORD}", "/organisation",
             f"/search/suggestions?q={WORD}", "/approvals", "/profile")  # fmt: skip
    for who in (office.site.cast.an, office.nora):
        browser = await office.site.browser_of(who)
        found = await texts(browser, pages)
        assert "You have ten days." in found[0]
        assert lines_with_word(found) == []
        assert (await browser.get(f"/attachments/{office.file_id}")).status == 404


async def test_no_mail_holds_it(office):
    mails = await office.story.told()
    assert {mail.to_address for mail in mails} >= {AN, HANNE, "nora.smets@health.example"}
    assert lines_with_word(one for mail in mails for one in (mail.subject, mail.text, mail.html)) == []


async def test_no_chat_holds_it(office):
    desk = ChatCaseDesk(office.site.database, office.site.desk)
    mine = await desk.cases_of(str(office.site.cast.an.person_id), "nl")
    assert [case.number for case in mine] == ["HRB0000001"]
    missing = await desk.missing(str(office.site.cast.an.person_id), "HRB0000001", "nl")
    assert lines_with_word([repr(mine), repr(missing)]) == []


async def test_no_program_reads_it_without_the_rights_of_a_handler(office):
    of_an = await office.program(office.site.cast.an, Scope.CASES_READ)
    of_nora = await office.program(office.nora, Scope.CASES_READ)
    found = [await office.reads(token, path) for token in (of_an, of_nora) for path in ("/cases", CASE)]
    assert [json.loads(one).get("number") for one in (found[1], found[3])] == ["HRB0000001"] * 2
    assert lines_with_word(found) == []
    without = [one for one in Scope if one is not Scope.CASES_READ]
    for scope in without:
        refused = await office.reads(await office.program(office.site.cast.hanne, scope), CASE)
        assert lines_with_word([refused]) == []


async def test_no_export_of_the_log_holds_the_words_of_a_note(office):
    ada = await office.site.browser_of(office.site.cast.ada)
    exported = await ada.get("/admin/log/export?format=csv")
    lines = lines_with_word([exported.body.decode("utf-8-sig")])
    assert [line for line in lines if f"{WORD} five" not in line] == []  # why a case was given away is in the log
