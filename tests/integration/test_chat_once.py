"""A turn of the chat that is played twice, after a crash or by a Rasa server and by us: what it does is done once."""

import pytest
from form_talk import open_talk
from hierarchy import bring_staff, file_reduction
from sqlalchemy import func, select

from bot.settings import AssistantSettings
from casework.approvals.models import Approval
from casework.cases import handling, service
from casework.cases.models import Case
from casework.messages.models import Channel, Event, EventKind, Message, MessageKind
from casework.messages.service import Words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def staff(database):
    async with database.transaction() as session:
        return await bring_staff(session)


@pytest.fixture
def talk(database, desk, model_folder):
    return lambda person: open_talk(database, desk, AssistantSettings(model_folder), person, "nl")


@pytest.fixture
async def case(database, desk, staff) -> Case:
    async with database.transaction() as session:
        words = Words("How many days do I have left?", Channel.WEB)
        return await service.open_case(session, desk, staff.an, service.Request("Leave", words))


async def twice(me, *messages: str) -> list[list[str]]:
    """Say these; the process dies before it keeps the last turn, which is then said again. Returns both answers."""
    for message in messages[:-1]:
        await me.say(message)
    before = me.store.saved[me.name]
    answers = []
    for _ in range(2):
        me.store.saved[me.name] = before
        answers.append([said.text for said in await me.say(messages[-1]) if said.text])
    return answers


async def words_on(database, case: Case) -> list[str]:
    async with database.reading() as session:
        query = select(Message.text).where(Message.case_id == case.id).order_by(Message.id)
        return list((await session.execute(query)).scalars())


async def test_a_message_stands_on_the_case_once_and_the_next_one_as_well(talk, case, staff, database):
    me = talk(staff.an)
    added = "Hierbij nog het attest van vorige week"

    first, again = await twice(me, "/add_message", f'/inform_case{{"case_number": "{case.number}"}}', added)

    assert (first, await words_on(database, case)) == (again, ["How many days do I have left?", added])
    for message in ("/add_message", f'/inform_case{{"case_number": "{case.number}"}}', added):
        await me.say(message)
    assert (await words_on(database, case)).count(added) == 2  # said twice on purpose


async def test_words_for_a_closed_case_name_the_new_one_that_holds_them(talk, case, staff, database, desk):
    async with database.transaction() as session:
        found = await session.get_one(Case, case.id)
        said = Words("Ten days.", Channel.WEB)
        await handling.claim(session, desk, found, staff.hanne, Channel.WEB)
        await handling.write_to_requester(session, desk, found, staff.hanne, said, kind=MessageKind.ANSWER)
        await service.decide(session, desk, found, staff.an, accepted=True, comment="", channel=Channel.WEB)
    me = talk(staff.an)
    added = "En hoeveel zijn het er volgend jaar?"

    first, again = await twice(me, "/add_message", f'/inform_case{{"case_number": "{case.number}"}}', added)
    status = await me.say("/case_status")

    async with database.reading() as session:
        query = select(Case.number).join(Message, Message.case_id == Case.id).where(Message.text == added)
        [new] = (await session.execute(query)).scalars()
    assert (
        first
        == again
        == [f"Ticket {case.number} was al afgesloten. Daarom hebben we hiervoor een nieuw ticket geopend: {new}."]
    )
    assert [new in said.text for said in status] == [True]


async def test_a_solution_is_refused_with_its_reason_once(talk, case, staff, database, desk):
    async with database.transaction() as session:
        found = await session.get_one(Case, case.id)
        said = Words("Ten days.", Channel.WEB)
        await handling.claim(session, desk, found, staff.hanne, Channel.WEB)
        await handling.write_to_requester(session, desk, found, staff.hanne, said, kind=MessageKind.ANSWER)

    first, again = await twice(
        talk(staff.an), f'/refuse_solution{{"case_number": "{case.number}"}}', "Het zijn er twaalf, geen tien"
    )

    assert (first, case.number in first[0]) == (again, True)
    async with database.reading() as session:
        query = select(Event.data).where(Event.case_id == case.id, Event.kind == EventKind.REFUSED)
        assert [data.get("comment") for data in (await session.execute(query)).scalars()] == [
            "Het zijn er twaalf, geen tien"
        ]


async def test_an_approval_is_refused_with_its_reason_once_and_not_given_afterwards(talk, staff, database, desk):
    async with database.transaction() as session:
        filed = await file_reduction(session, desk, staff.an)
    me = talk(staff.mia)
    await me.say("que dois-je approuver")
    give, refuse = me.choices

    first, again = await twice(me, refuse, "pas possible en décembre")

    assert (first, filed.number in first[0]) == (again, True)
    async with database.reading() as session:
        query = select(func.count()).select_from(Approval).where(Approval.reason == "pas possible en décembre")
        assert (await session.execute(query)).scalar_one() == 1
    assert await twice(me, give) != [first, first]
