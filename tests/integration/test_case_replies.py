"""A handler's reply does everything it says, or nothing, on both databases."""

import pytest
from factories import make_case, make_cast

from casework.cases.models import Status
from casework.cases.replies import apply_reply
from casework.db import Database
from casework.desk import Desk
from casework.messages import store as messages
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words
from casework.outbox import service as outbox


def _reply(text: str, quoted: str = "") -> Words:
    return Words(text=text + quoted, channel=Channel.MAIL, folded_from=len(text) if quoted else None)


async def test_plain_reply_is_the_answer_with_its_quote_folded(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        outcome = await apply_reply(session, desk, case, cast.hanne, _reply("12 days.\n", "> How many?"))

    async with database.reading() as session:
        [answer] = await messages.messages_of(session, case.id, [MessageKind.ANSWER])
    assert (outcome.problems, case.status) == ((), Status.AWAITING_ACCEPTANCE)
    assert (answer.own_text, answer.text) == ("12 days.", "12 days.\n\n> How many?")


async def test_commands_alone_mail_nobody(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        before = len(await outbox.all_mails(session))
        outcome = await apply_reply(session, desk, case, cast.hanne, _reply("#mine\n#form household\n"))
        after = len(await outbox.all_mails(session))

    assert (outcome.problems, case.status, case.form_key) == ((), Status.ASSIGNED, "household")
    assert (case.handler_id, after) == (cast.hanne.person_id, before)


async def test_form_and_answer_in_one_reply_are_one_mail(database: Database, desk: Desk) -> None:
    text = "#mine\n#form household kind=change effective=2026-09-01 children=2\n\nChanged as you asked.\n"
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await apply_reply(session, desk, case, cast.hanne, _reply(text))
        links = [mail for mail in await outbox.all_mails(session) if mail.kind == "link"]

    assert (case.status, len(links)) == (Status.AWAITING_ACCEPTANCE, 1)
    assert case.fields == {"kind": "change", "effective": "2026-09-01", "children": 2}


async def test_note_below_a_greeting_reaches_nobody(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        before = len(await outbox.all_mails(session))
        outcome = await apply_reply(session, desk, case, cast.hanne, _reply("Beste,\n\n#note Ze is ziek.\n"))
        after = len(await outbox.all_mails(session))
        answers = await messages.messages_of(session, case.id, [MessageKind.ANSWER])

    assert (after, answers, case.status) == (before, [], Status.OPEN)
    assert outcome.problems == (
        (
            "#note staat onder andere tekst, bijvoorbeeld onder een aanspreking. Zet opdrachten helemaal bovenaan. "
            "Er is niets uitgevoerd of verstuurd."
        ),
    )


async def test_note_by_reply_folds_its_quote(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await apply_reply(session, desk, case, cast.hanne, _reply("#note\nAsk payroll.\n\n", "> How many?"))

    async with database.reading() as session:
        entries = await messages.timeline(session, case.id, with_notes=True)
    [note] = [entry for entry in entries if entry.kind is EventKind.NOTE]
    assert (note.text, note.quoted) == ("Ask payroll.", "> How many?")


async def test_note_stays_internal_and_info_asks_the_requester(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await apply_reply(session, desk, case, cast.hanne, _reply("#note\nLooks odd."))
        noted = case.status
        await apply_reply(session, desk, case, cast.hanne, _reply("#info\nWhich month?"))
        public = await messages.timeline(session, case.id, with_notes=False)

    assert (noted, case.status) == (Status.OPEN, Status.AWAITING_INFO)
    assert [entry.text for entry in public if entry.kind is EventKind.QUESTION] == ["Which month?"]
    assert [entry.text for entry in public if entry.kind is EventKind.NOTE] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#mien\nHello", "mine"),
        ("#mine\n#form household children=many\nDone.", "children"),
        ("#mine\n#form hosehold\nDone.", "household"),
    ],
)
async def test_reply_that_is_not_understood_does_nothing_at_all(
    database: Database, desk: Desk, text: str, problem: str
) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        before = [entry.kind for entry in await messages.timeline(session, case.id, with_notes=True)]
        outcome = await apply_reply(session, desk, case, cast.hanne, _reply(text))

    async with database.reading() as session:
        after = [entry.kind for entry in await messages.timeline(session, case.id, with_notes=True)]
    assert (len(outcome.problems), case.status, case.handler_id, after) == (1, Status.OPEN, None, before)
    assert problem in outcome.problems[0] or "kinderen" in outcome.problems[0]


async def test_second_handler_is_told_who_has_the_case(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await apply_reply(session, desk, case, cast.hanne, _reply("#mine"))
        outcome = await apply_reply(session, desk, case, cast.omar, _reply("#mine\nI answer."))

    assert (case.handler_id, len(outcome.problems)) == (cast.hanne.person_id, 1)
    assert outcome.problems[0].startswith("Hanne Claes")
