"""Handlers merge cases, part them, split them and link them; nobody reads what is not theirs, nothing gets lost."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mail_story import AN, HANNE, LUC, SECRET, Story
from mailroom import Bench, letter, mail_settings
from portal_site import Browser, Page, Site, open_site
from sqlalchemy import select

from casework.attachments.models import Attachment
from casework.audit import verification
from casework.audit.models import AuditEntry
from casework.cases.models import Case, CaseWatcher, Status
from casework.messages.models import Event, Message
from casework.outbox.models import MailKind, OutboxMail
from casework.search import service as search
from payroll.effects import store as effects

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Office:
    """A portal and a mailroom on one database, and a handler's browser."""

    site: Site
    story: Story
    hanne: Browser

    async def writes(self, who: str, text: str, *, to: str = "hr@balie.example", subject: str = "My leave") -> None:
        await self.story.arrives(letter(who, text, subject=subject), mail_from=who, to=to)

    async def merge(self, number: str, into: str, **more: str) -> Page:
        preview = await self.hanne.get(f"/cases/{number}/merge?into={into}")
        if "into" not in hidden(preview):
            return preview
        return await self.hanne.post(f"/cases/{number}/merge", hidden(preview) | more)

    async def part(self, number: str) -> Page:
        page = await self.hanne.get(f"/cases/{number}")
        return await self.hanne.post(f"/cases/{number}/merge/end", hidden(page))


def hidden(page: Page) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(into|version|into_version)" value="([^"]+)"', page.text))


@pytest.fixture
async def office(database, desk, sign_in_rules, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_site(database, desk, sign_in_rules) as site:
        story = Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))
        yield Office(site, story, await site.browser_of(site.cast.hanne))


async def snapshot(site: Site, number: str) -> dict[str, object]:
    """Return all that belongs to a case, but for what merging and parting themselves say of it."""
    case = await site.case(number)
    async with site.database.reading() as session:
        rows = {}
        for table in (Message, Event, Attachment, CaseWatcher, OutboxMail):
            query = select(table.id).where(table.case_id == case.id).order_by(table.id)
            rows[table.__tablename__] = (await session.execute(query)).scalars().all()
    return rows | {"status": case.status, "handler": case.handler_id, "form": case.form_key, "fields": case.fields}


async def test_a_merge_shows_everything_in_one_place_and_parting_puts_everything_back(office):
    site = office.site
    await office.writes(AN, "How many days do I have left?")
    await office.writes(AN, "I asked this yesterday, where is my answer?", subject="Reminder")
    first, second = await snapshot(site, "HRB0000001"), await snapshot(site, "HRB0000002")
    preview = await office.hanne.get("/cases/HRB0000002/merge?into=HRB0000001")
    assert re.findall(r'<h2 id="side-.">([^<]+)</h2>', preview.text) == [
        "Wordt samengevoegd: HRB0000002",
        "Gaat verder: HRB0000001",
    ]

    merged = await office.hanne.post("/cases/HRB0000002/merge", hidden(preview))
    assert merged.location == "/cases/HRB0000001?done=merged"
    page = await office.hanne.get("/cases/HRB0000001")
    assert "I asked this yesterday, where is my answer?" in page.text
    assert (await site.case("HRB0000002")).is_merged
    told = [(mail.to_address, mail.subject) for mail in await office.story.told(MailKind.MERGED)]
    assert told == [(AN, "[HRB0000002] uw aanvraag gaat verder als HRB0000001")]

    assert (await office.part("HRB0000002")).location == "/cases/HRB0000002?done=parted"
    after = await snapshot(site, "HRB0000002")
    assert {
        **after,
        "events": after["events"][: len(second["events"])],
        "outbox_mails": second["outbox_mails"],
    } == second
    assert (await snapshot(site, "HRB0000001"))["messages"] == first["messages"]
    assert "I asked this yesterday" not in (await office.hanne.get("/cases/HRB0000001")).text
    async with site.database.reading() as session:
        acts = select(AuditEntry.action).where(AuditEntry.action.in_(("merged", "took_in", "unmerged", "gave_up")))
        assert (await session.execute(acts.order_by(AuditEntry.id))).scalars().all() == [
            "merged", "took_in", "unmerged", "gave_up",
        ]  # fmt: skip
        assert (await verification.verify(session, None, lambda _done, _of: None)).faults == []


@only_sqlite
async def test_a_mail_that_answers_the_merged_case_reaches_the_handler_of_the_other_and_stays_with_its_own(office):
    site = office.site
    await office.writes(AN, "How many days do I have left?")
    await office.writes(AN, "Any news?", subject="Reminder")
    reply_to = await office.story.reply_address(MailKind.SUMMARY, AN)
    await office.hanne.post("/cases/HRB0000001/claim")
    await office.merge("HRB0000002", "HRB0000001")
    await office.hanne.post("/cases/HRB0000001/reply", {"text": "Since when?", "kind": "info"})
    assert (await site.case("HRB0000001")).status is Status.AWAITING_INFO

    await office.writes(AN, "Since the first of May.", to=reply_to, subject="Re: Reminder")

    assert len(await office.story.cases()) == 2
    assert (await site.case("HRB0000001")).status is Status.WORK_IN_PROGRESS
    page = await office.hanne.get("/cases/HRB0000001")
    assert "Since the first of May." in page.text
    newest = (await office.story.told(MailKind.UPDATE))[-1]
    assert (newest.to_address, newest.subject.startswith("[HRB0000001]"), "Since the first of May." in newest.text) == (
        HANNE, True, True,
    )  # fmt: skip
    handler_mail = [
        mail for mail in await office.story.told(MailKind.HANDLER) if mail.subject.startswith("[HRB0000002]")
    ]
    to = office.story.reply_address_of(next(mail for mail in handler_mail if mail.to_address == HANNE))
    await office.writes(HANNE, "You have ten days.", to=to)
    assert (await site.case("HRB0000001")).status is Status.AWAITING_ACCEPTANCE

    await office.part("HRB0000002")
    assert "Since the first of May." in (await office.hanne.get("/cases/HRB0000002")).text
    assert "Since the first of May." not in (await office.hanne.get("/cases/HRB0000001")).text


@only_sqlite
async def test_cases_of_two_people_merge_only_on_the_handlers_word_and_neither_reads_the_other(office):
    site = office.site
    await office.writes(AN, "Our move is on the first of May.", subject="We move")
    await office.writes(LUC, "Notre secret est gardé.", subject="Déménagement")
    refused = await office.merge("HRB0000002", "HRB0000001")
    assert (refused.status, (await site.case("HRB0000002")).is_merged) == (422, False)

    assert (await office.merge("HRB0000002", "HRB0000001", two_people="yes")).status == 303
    mails = await office.story.told(MailKind.MERGED)
    assert [(mail.to_address, "HRB0000001" in mail.text + mail.subject + mail.html) for mail in mails] == [(LUC, False)]
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)
    of_an, of_luc = await an.get("/cases/HRB0000001"), await luc.get("/cases/HRB0000002")
    assert ("secret" in of_an.text, "HRB0000002" in of_an.text) == (False, False)
    assert ("first of May" in of_luc.text, "HRB0000001" in of_luc.text) == (False, False)
    assert "secret" in (await office.hanne.get("/cases/HRB0000001")).text
    assert (await luc.get("/cases/HRB0000001")).status == 404

    await luc.post("/cases/HRB0000002/messages", {"text": "Encore un mot."})
    assert "Encore un mot." in (await office.hanne.get("/cases/HRB0000001")).text
    assert "Encore un mot." not in (await an.get("/cases/HRB0000001")).text
    stopped = await office.hanne.post("/cases/HRB0000002/reply", {"text": "For Luc.", "kind": "answer"})
    assert (stopped.status, "For Luc." in (await an.get("/cases/HRB0000001")).text) == (422, False)


@only_sqlite
async def test_what_changed_meanwhile_or_makes_no_sense_is_not_merged(office):
    site = office.site
    first, second = await site.case_of(site.cast.an), await site.case_of(site.cast.an)
    preview = await office.hanne.get(f"/cases/{second.number}/merge?into={first.number}")
    await office.hanne.post(f"/cases/{first.number}/claim")
    assert (await office.hanne.post(f"/cases/{second.number}/merge", hidden(preview))).status == 409
    assert (await office.merge(second.number, second.number)).status == 422
    answered = await site.answered_case(site.cast.an)
    assert (await office.merge(answered.number, first.number)).status == 422
    unknown = await office.hanne.get(f"/cases/{second.number}/merge?into=HRB9999999")
    assert (unknown.status, "Er is geen ticket met dit nummer." in unknown.text) == (422, True)
    assert (await office.merge(second.number, first.number)).status == 303
    assert (await office.merge(first.number, second.number)).status == 422
    assert (await office.hanne.post(f"/cases/{second.number}/merge/end", {"version": "1"})).status == 409
    for path in ("together", f"merge?into={first.number}"):
        assert (await (await site.browser_of(site.cast.an)).get(f"/cases/{second.number}/{path}")).status == 403


@only_sqlite
async def test_a_merged_case_is_paid_never_and_found_still(office):
    site = office.site
    first, second = await site.case_of(site.cast.an), await site.case_of(site.cast.an, "Bicycle allowance")
    await office.hanne.post(f"/cases/{second.number}/form", {"form": "household", "kind": "change"})
    await office.merge(second.number, first.number)
    async with site.database.transaction() as session:
        now = site.desk.clock.now()
        due = await effects.due(session, mapped=(), forms_without_effect=(), now=now, tried_before=now)
        found = await search.find(session, site.cast.hanne, "bicycle", 5)
    assert (list(due), [case.number for case in found]) == ([], [second.number])


@only_sqlite
async def test_followers_of_a_merged_case_follow_the_other_until_they_part(office):
    site = office.site
    await office.writes(AN, "How many days do I have left?")
    await office.writes(AN, "Any news?", subject="Reminder")
    async with site.database.transaction() as session:
        second = await session.merge(await site.case("HRB0000002"))
        session.add(CaseWatcher(case_id=second.id, person_id=site.cast.ada.person_id, since_at=site.desk.clock.now()))
    await office.merge("HRB0000002", "HRB0000001")
    await office.hanne.post("/cases/HRB0000001/reply", {"text": "Ten.", "kind": "answer"})
    followed = [(mail.to_address, mail.subject[:12]) for mail in await office.story.told(MailKind.WATCH)]
    assert followed == [("ada.bakker@balie.example", "[HRB0000001]")]
    await office.part("HRB0000002")
    assert "Ada Bakker" not in (await office.hanne.get("/cases/HRB0000001")).text
    assert "Ada Bakker" in (await office.hanne.get("/cases/HRB0000002")).text


@only_sqlite
async def test_chosen_words_and_files_become_a_case_of_their_own(office):
    site = office.site
    mail = letter(AN, "How many days? And here is my bill for the train.", subject="Two things")
    mail.add_attachment(b"%PDF-1.4 bill", maintype="application", subtype="pdf", filename="bill.pdf")
    await office.story.arrives(mail, mail_from=AN)
    page = await office.hanne.get("/cases/HRB0000001/together")
    chosen = dict(re.findall(r'type="checkbox" name="(message|file)" value="(\d+)"', page.text))
    version = hidden(page)["version"]
    lacking = await office.hanne.post("/cases/HRB0000001/split", {"subject": "Train", "version": version})
    assert (lacking.status, "Kies minstens één bericht of bestand." in lacking.text) == (422, True)

    sent = await office.hanne.post("/cases/HRB0000001/split", {"subject": "Train", "version": version} | chosen)

    assert sent.location == "/cases/HRB0000002?done=split"
    new = await site.case("HRB0000002")
    assert (new.subject, new.requester_id) == ("Train", site.cast.an.person_id)
    page = await office.hanne.get("/cases/HRB0000002")
    assert ("my bill for the train" in page.text, ">bill.pdf</a>" in page.text) == (True, True)
    assert "<strong>Hanne Claes</strong> vroeg dit (voor An Peeters)" in " ".join(page.text.split())
    own = await (await site.browser_of(site.cast.an)).get("/cases/HRB0000001")
    assert ('href="/cases/HRB0000002"' in own.text, "my bill for the train" in own.text) == (True, True)
    assert [one.subject[:12] for one in await office.story.told(MailKind.SUMMARY)] == ["[HRB0000001]", "[HRB0000002]"]
    stale = await office.hanne.post("/cases/HRB0000001/split", {"subject": "Train", "version": "99"} | chosen)
    assert stale.status == 409


@only_sqlite
async def test_links_are_shown_to_handlers_and_to_a_requester_only_where_both_are_theirs(office):
    site = office.site
    mine, other, theirs = [await site.case_of(who) for who in (site.cast.an, site.cast.an, site.cast.luc)]
    for far in (other, theirs):
        sent = await office.hanne.post(f"/cases/{mine.number}/links", {"number": far.number})
        assert sent.location == f"/cases/{mine.number}/together?done=linked"
    assert shown(await office.hanne.get(f"/cases/{theirs.number}")) == {mine.number}
    assert shown(await office.hanne.get(f"/cases/{mine.number}")) == {other.number, theirs.number}
    own = await (await site.browser_of(site.cast.an)).get(f"/cases/{mine.number}")
    assert (shown(own), theirs.number in own.text) == ({other.number}, False)
    assert (await office.hanne.post(f"/cases/{mine.number}/links", {"number": mine.number})).status == 422
    assert (await office.hanne.post(f"/cases/{mine.number}/links", {"number": "HRB7777777"})).status == 422
    gone = await office.hanne.post(f"/cases/{theirs.number}/links/end", {"number": mine.number})
    assert gone.location == f"/cases/{theirs.number}/together?done=unlinked"
    assert shown(await office.hanne.get(f"/cases/{mine.number}")) == {other.number}
    assert (await office.hanne.post(f"/cases/{theirs.number}/links/end", {"number": mine.number})).status == 404
    async with site.database.reading() as session:
        cases = (await session.execute(select(Case.number).where(Case.merged_into_id.is_not(None)))).all()
    assert cases == []


def shown(page: Page) -> set[str]:
    return set(re.findall(r'<a href="/cases/(HRB\d{7})">\1</a>', page.text))
