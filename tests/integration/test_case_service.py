"""The use cases of a case, on SQLite and on PostgreSQL."""

import asyncio

import pytest
from factories import make_case, make_cast

from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import handling, store
from casework.cases import service as cases
from casework.cases.models import Status
from casework.db import Database
from casework.desk import Desk
from casework.errors import AlreadyHandled, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from casework.messages import store as messages
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words
from casework.outbox import service as outbox

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _mail(text: str) -> Words:
    return Words(text=text, channel=Channel.MAIL)


async def test_open_case_tells_requester_once_and_every_handler(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)

    async with database.reading() as session:
        mails = await outbox.all_mails(session)

    assert case.number == "HRB0000001"
    assert [(mail.kind, mail.to_address, mail.state) for mail in mails] == [
        ("summary", "an.peeters@health.example", "queued"),
        ("handler", "hanne.claes@balie.example", "queued"),
        ("handler", "omar.diallo@balie.example", "queued"),
    ]
    assert mails[0].in_reply_to == "<first@health.example>"


async def test_open_case_keeps_files_with_their_sniffed_type(database: Database, desk: Desk) -> None:
    file = IncomingFile("../../payslip.pdf", "image/png", PDF)
    request = cases.Request(subject="Pay", words=_mail("See the file."), files=[file])
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await cases.open_case(session, desk, cast.an, request)

    async with database.reading() as session:
        [kept] = await attachments.of_case(session, case.id, with_internal=True)

    assert (kept.filename, kept.declared_type, kept.content_type) == ("payslip.pdf", "image/png", "application/pdf")
    assert (kept.size, await desk.storage.get(kept.sha256)) == (len(PDF), PDF)


async def test_numbers_are_given_without_gaps_to_cases_opened_at_once(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)

    async def open_one() -> None:
        async with database.transaction() as session:
            await make_case(session, desk, cast.an)

    await asyncio.gather(*(open_one() for _ in range(8)))

    async with database.reading() as session:
        numbers = sorted(case.number for case in await store.all_cases(session))
    assert numbers == [f"HRB{n:07d}" for n in range(1, 9)]


async def test_answer_makes_case_the_handlers_and_mails_one_link(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handling.write_to_requester(
            session, desk, case, cast.hanne, _mail("You have 12 days."), kind=MessageKind.ANSWER
        )

    async with database.reading() as session:
        stored = await store.by_number(session, case.number)
        links = [mail for mail in await outbox.all_mails(session) if mail.kind == "link"]
    assert (stored.status, stored.handler_id) == (Status.AWAITING_ACCEPTANCE, cast.hanne.person_id)
    assert [link.to_address for link in links] == ["an.peeters@health.example"]
    assert "12 days" not in links[0].text + links[0].html + links[0].subject
    assert "An" not in links[0].text.split()


async def test_accepted_case_is_closed_and_a_reply_opens_a_linked_one(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handling.write_to_requester(session, desk, case, cast.hanne, _mail("12."), kind=MessageKind.ANSWER)
        await cases.decide(session, desk, case, cast.an, accepted=True, comment="", channel=Channel.WEB)
        later = await cases.add_message(session, desk, case, cast.an, _mail("One more thing."))

    async with database.reading() as session:
        linked = [one.number for one in await store.linked(session, later.id)]
    assert (case.status, later.number, linked) == (Status.CLOSED_COMPLETE, "HRB0000002", ["HRB0000001"])


async def test_refused_answer_brings_the_case_back_to_work_with_the_reason(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handling.write_to_requester(session, desk, case, cast.hanne, _mail("12."), kind=MessageKind.ANSWER)
        await cases.decide(session, desk, case, cast.an, accepted=False, comment="I count 14", channel=Channel.MAIL)

    async with database.reading() as session:
        timeline = await messages.timeline(session, case.id, with_notes=False)
    refusal = next(entry for entry in timeline if entry.kind is EventKind.REFUSED)
    assert (case.status, refusal.data) == (Status.WORK_IN_PROGRESS, {"comment": "I count 14"})


async def test_decision_without_an_answer_is_refused(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        with pytest.raises(TransitionNotAllowed):
            await cases.decide(session, desk, case, cast.an, accepted=True, comment="", channel=Channel.WEB)


async def test_strangers_to_a_case_learn_nothing_and_change_nothing(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        with pytest.raises(NotFound):
            await cases.add_message(session, desk, case, cast.luc, _mail("Me too"))
        with pytest.raises(NotFound):
            await handling.claim(session, desk, case, cast.luc, Channel.WEB)
        with pytest.raises(NotPermitted):
            await handling.claim(session, desk, case, cast.an, Channel.WEB)


async def test_second_claim_says_who_has_the_case(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handling.claim(session, desk, case, cast.hanne, Channel.WEB)
        with pytest.raises(AlreadyHandled, match="Hanne Claes"):
            await handling.claim(session, desk, case, cast.omar, Channel.WEB)


async def test_question_awaits_info_and_the_reply_brings_it_back_to_work(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        await handling.write_to_requester(session, desk, case, cast.hanne, _mail("Which?"), kind=MessageKind.QUESTION)
        asked = case.status
        await cases.add_message(session, desk, case, cast.an, _mail("This one."))

    async with database.reading() as session:
        updates = [mail.to_address for mail in await outbox.all_mails(session) if mail.kind == "update"]
    assert (asked, case.status) == (Status.AWAITING_INFO, Status.WORK_IN_PROGRESS)
    assert updates == ["hanne.claes@balie.example"]


async def test_notes_are_for_handlers_and_mail_nobody(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        before = len(await outbox.all_mails(session))
        await handling.write_note(session, desk, case, cast.hanne, _mail("Ask legal first"))

    async with database.reading() as session:
        seen_by_handler = [entry.text for entry in await messages.timeline(session, case.id, with_notes=True)]
        seen_by_requester = [entry.text for entry in await messages.timeline(session, case.id, with_notes=False)]
        after = len(await outbox.all_mails(session))
    assert (seen_by_handler[-1], len(seen_by_requester), after) == ("Ask legal first", 1, before)


async def test_classify_fills_the_form_through_the_form_checker(database: Database, desk: Desk) -> None:
    answers = {"kind": "change", "effective": "01/09/2026", "children": "2"}
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        missing = await handling.classify(session, desk, case, cast.hanne, "household", answers, Channel.WEB)

    assert (case.form_key, missing) == ("household", ())
    assert case.fields == {"kind": "change", "effective": "2026-09-01", "children": 2}


@pytest.mark.parametrize(
    ("form", "answers"), [("no_such_form", {}), ("household", {"children": "many"}), ("household", {"colour": "red"})]
)
async def test_classify_with_what_cannot_be_used_changes_nothing(
    database: Database, desk: Desk, form: str, answers: dict[str, str]
) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
        with pytest.raises(InvalidInput):
            await handling.classify(session, desk, case, cast.hanne, form, answers, Channel.WEB)
    assert (case.form_key, case.fields) == (None, {})
