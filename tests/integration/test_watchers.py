"""People who stand in the Cc of a mail follow its case if they may read it; nobody else learns that it exists."""

from pathlib import Path

import factories
import pytest
from factories import PEOPLE
from mail_story import AN, AN_AT_HOME, HANNE, LUC, OMAR, SECRET, STRANGER, Story
from mailroom import DESK, Bench, letter, mail_settings
from portal_site import Site
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases import store as cases
from casework.cases import watching
from casework.cases.permissions import Action, may
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel, EventKind
from casework.outbox.models import MailKind
from casework.people import store as people
from casework.people.models import PersonRole

ADA = "ada.bakker@balie.example"
NORA = "nora.smets@health.example"
PAUL = "paul.weber@justice.example"
LOCAL_HR = """\
L400,,Nora,Smets,nora.smets@health.example,nl,FOD Gezondheid,statutory,employee;local_hr,,,
L401,,Paul,Weber,paul.weber@justice.example,de,FOD Justitie,statutory,employee;local_hr,,,
"""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session, PEOPLE + LOCAL_HR)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))


def question(*others: str, **more: str):
    return letter(AN, "How many days do I have left?", message_id="q@health.example", Cc=", ".join(others), **more)


async def watchers(story: Story, number: str = "HRB0000001") -> list[str]:
    async with story.bench.database.reading() as session:
        case = await cases.by_number(session, number)
        return [
            await people.primary_address(session, person_id) for person_id in await cases.watcher_ids(session, case.id)
        ]


async def who_may_read(story: Story, addresses: list[str]) -> list[str]:
    async with story.bench.database.reading() as session:
        case = await cases.by_number(session, "HRB0000001")
        found = [await people.person_by_address(session, address) for address in addresses]
        readers = [person for person in found if person]
        return [
            address
            for address, person in zip(addresses, readers, strict=True)
            if may(await people.actor(session, person.id), Action.READ, case)
        ]


async def test_only_those_who_may_read_the_case_follow_it(story: Story):
    named = [OMAR, LUC, NORA, PAUL, ADA]
    await story.arrives(question(*named, STRANGER, AN_AT_HOME, "not an address"))

    following = await watchers(story)
    assert following == await who_may_read(story, named)
    assert {OMAR, ADA} <= set(following)
    assert not {LUC, PAUL, AN} & set(following)
    told = {mail.to_address for mail in await story.told()}
    assert not {LUC, PAUL, STRANGER} & told


async def test_follower_is_told_once_with_a_link_and_no_word_of_the_case(story: Story):
    await story.arrives(question(OMAR, ADA, ADA))

    [told] = await story.told(MailKind.WATCH)
    assert (told.to_address, told.subject) == (ADA, "[HRB0000001] you follow this request")
    assert "https://desk.balie.example/cases/HRB0000001" in told.text
    assert [word for word in ("An", "Peeters", "leave", "days") if word in (told.text + told.html).split()] == []
    # Omar works in the team that got the case as a ticket: one mail is enough.
    assert [mail.kind for mail in await story.told() if mail.to_address == OMAR] == [MailKind.HANDLER]


async def test_follower_gets_the_link_of_each_answer_and_the_requester_their_own(story: Story):
    await story.arrives(question(ADA))
    to = await story.reply_address(MailKind.HANDLER, HANNE)
    await story.arrives(letter(HANNE, "Twelve days.", subject="Re: My leave"), to=to)

    answered = (await story.told(MailKind.WATCH))[-1]
    [link] = await story.told(MailKind.LINK)
    assert (answered.to_address, answered.subject) == (ADA, "[HRB0000001] there is an answer to this request")
    assert (link.to_address, "Twelve" in answered.text) == (AN, False)


async def test_handler_names_followers_too_and_the_timeline_says_so(story: Story):
    await story.arrives(question())
    to = await story.reply_address(MailKind.HANDLER, HANNE)

    await story.arrives(letter(HANNE, "#mine", subject="Re: My leave", Cc=f"{ADA}, {LUC}"), to=to)

    assert await watchers(story) == [ADA]
    assert (EventKind.WATCHED, "Hanne Claes", "") in await story.timeline("HRB0000001")


async def test_unproven_mail_adds_no_follower_to_a_case_that_is_there(story: Story):
    await story.arrives(question())

    await story.arrives(letter(AN, "And look at this.", In_Reply_To="<q@health.example>", Cc=ADA))

    assert await watchers(story) == []


async def test_proven_mail_adds_a_follower_to_a_case_that_is_there(story: Story):
    to = await story.is_answered()

    await story.arrives(letter(AN, "Thank you, let me think.", to=f"{DESK}, {ADA}"), to=to)

    assert await watchers(story) == [ADA]


async def test_follower_who_may_read_no_longer_is_told_nothing_more(story: Story):
    await story.arrives(question(ADA))
    async with story.bench.database.transaction() as session:
        ada = await people.person_by_address(session, ADA)
        assert ada is not None
        for role in await people.roles(session, ada.id):
            await session.delete(await session.get_one(PersonRole, (ada.id, role)))
    to = await story.reply_address(MailKind.HANDLER, HANNE)
    await story.arrives(letter(HANNE, "Twelve days."), to=to)

    assert len(await story.told(MailKind.WATCH)) == 1


async def test_requester_sees_who_follows_and_a_follower_can_stop(site: Site):
    case = await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        found = await cases.by_number(session, case.number)
        await watching.name_watchers(session, site.desk, found, site.cast.an, [ADA], Channel.MAIL)
    an, ada, luc = [await site.browser_of(actor) for actor in (site.cast.an, site.cast.ada, site.cast.luc)]
    path = f"/cases/{case.number}"

    page = await an.get(path)
    assert ("Gevolgd door" in page.text, "Ada Bakker" in page.text, "Niet langer volgen" in page.text) == (
        True, True, False,
    )  # fmt: skip
    assert "liet Ada Bakker dit ticket volgen" in page.text
    assert "Stop following" in (await ada.get(path)).text
    assert ((await luc.post(path + "/watch/end")).status, (await an.post(path + "/watch/end")).status) == (404, 404)
    assert (await ada.post(path + "/watch/end")).location == path + "?done=unwatched"

    after = await an.get(path)
    assert ("Gevolgd door" in after.text, "volgt dit ticket niet langer" in after.text) == (False, True)
    async with site.database.transaction() as session:
        found = await cases.by_number(session, case.number)
        await watching.name_watchers(session, site.desk, found, site.cast.an, [ADA], Channel.MAIL)
        assert list(await cases.watcher_ids(session, found.id)) == []
        actions = (await session.execute(select(AuditEntry.action).where(AuditEntry.case_id == found.id))).scalars()
        assert [action for action in actions if "watched" in action] == ["watched", "unwatched"]
