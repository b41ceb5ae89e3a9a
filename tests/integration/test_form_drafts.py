"""Drafts, hearts and pages sent once, as the two databases keep them."""

import asyncio
from dataclasses import replace

import pytest
from factories import make_case

from casework.attachments.models import IncomingFile
from casework.catalogue import favourites
from casework.drafts import sending
from casework.drafts import service as drafts

FILE = IncomingFile("a/b\x00.pdf", "application/pdf", b"%PDF-1.4", document_key="medical_certificate")


async def test_two_who_send_one_page_at_once_open_one_case(database, desk, cast, clock):
    async def send() -> tuple[bool, str | None]:
        async with database.transaction() as session:
            is_first = await sending.begin(session, cast.an.person_id, "k" * 20, clock.now())
            if is_first:
                case = await make_case(session, desk, cast.an)
                await asyncio.sleep(0.2)
                await sending.finish(session, cast.an.person_id, "k" * 20, case)
            return is_first, await sending.led_to(session, cast.an.person_id, "k" * 20)

    outcomes = await asyncio.gather(send(), send(), send())

    assert sorted(outcomes) == [(False, "HRB0000001"), (False, "HRB0000001"), (True, "HRB0000001")]


async def test_a_key_is_of_one_person_and_free_again_when_nothing_came_of_it(database, cast, clock):
    async def lose() -> None:
        async with database.transaction() as session:
            assert await sending.begin(session, cast.an.person_id, "k" * 20, clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lose()
    async with database.transaction() as session:
        assert await sending.begin(session, cast.luc.person_id, "k" * 20, clock.now())
        assert await sending.begin(session, cast.an.person_id, "k" * 20, clock.now())
        assert await sending.led_to(session, cast.an.person_id, "k" * 20) is None


async def test_a_draft_comes_back_with_what_was_typed_and_its_documents(database, desk, cast):
    form, person_id = desk.catalogue.form("maternity"), cast.an.person_id
    other = replace(FILE, filename="other.pdf")
    for answers in ({"comment": "first\x00"}, {"comment": "second", "statute": ""}):
        async with database.transaction() as session:
            await drafts.save(session, desk, person_id, "d" * 20, form, answers, [FILE, other])
    async with database.transaction() as session:
        draft = await drafts.find(session, person_id, "d" * 20)
        files = await drafts.take_files(session, desk, draft, form)
        assert await drafts.find(session, cast.luc.person_id, "d" * 20) is None
        await drafts.drop_file(session, draft, (await drafts.files(session, draft))[0].id)
        left = await drafts.files(session, draft)
        await drafts.throw_away(session, draft)

    assert draft.answers == {"comment": "second"}
    assert [(file.filename, file.content, file.sensitive) for file in files] == [
        ("b\ufffd.pdf", b"%PDF-1.4", "health"),
        ("other.pdf", b"%PDF-1.4", "health"),
    ]
    assert len(left) == 1
    async with database.reading() as session:
        assert await drafts.of_person(session, person_id) == []


async def test_a_draft_takes_only_so_many_documents_and_a_person_only_so_many_drafts(database, desk, cast, clock):
    form, person_id = desk.catalogue.form("maternity"), cast.an.person_id
    many = [replace(FILE, filename=f"{number}.pdf") for number in range(drafts.MOST_FILES + 1)]
    async with database.transaction() as session:
        with pytest.raises(drafts.TooManyDocuments):
            await drafts.save(session, desk, person_id, "d" * 20, form, {}, many)
    async with database.transaction() as session:
        for number in range(drafts.MOST_DRAFTS + 3):
            await drafts.save(session, desk, person_id, f"{number:020d}", form, {"comment": "x"})
    async with database.reading() as session:
        assert len(await drafts.of_person(session, person_id)) == drafts.MOST_DRAFTS


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 41, "a b" * 8, "<script>alert(1)</script>", "../../../../etc/passwd"]
)
def test_a_key_that_is_none_of_ours_is_replaced(text):
    assert drafts.usable_key(text) != text
    assert drafts.usable_key(drafts.usable_key(text)) != text
    known = drafts.new_key()
    assert drafts.usable_key(known) == known


async def test_a_heart_is_given_and_taken_once(database, cast):
    async with database.transaction() as session:
        for wanted in (True, True):
            await favourites.mark(session, cast.an.person_id, "pension", wanted=wanted)
        assert await favourites.of_person(session, cast.an.person_id) == {"pension"}
        assert await favourites.of_person(session, cast.luc.person_id) == frozenset()
        for wanted in (False, False):
            await favourites.mark(session, cast.an.person_id, "pension", wanted=wanted)
        assert await favourites.of_person(session, cast.an.person_id) == frozenset()
