"""Cases are found by their words, by those who may see them and nobody else, on both databases."""

import pytest
from factories import make_case
from sqlalchemy import text

from casework.attachments.models import IncomingFile
from casework.cases import handling, service, store
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.search import indexing
from casework.search import service as search


async def found(database, viewer, query, limit=10):
    async with database.reading() as session:
        return [case.number for case in await search.find(session, viewer, query, limit)]


async def test_a_case_is_found_by_subject_text_number_and_file_name_without_accents(database, desk, cast):
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.luc, text="Une question sur l'ancienneté, s'il vous plaît")
        words = Words(text="Voilà le reçu", channel=Channel.WEB)
        file = IncomingFile("Brevet_Näher.pdf", "application/pdf", b"%PDF-1.4")
        await service.add_message(session, desk, case, cast.luc, words, files=[file])

    for query in ("My leave", "anciennete", "ANCIENNETÉ question", "HRB0000001", "recu", "naher", "ancien"):
        assert await found(database, cast.luc, query) == ["HRB0000001"], query
    assert await found(database, cast.luc, "ancienneté vacances") == []


async def test_a_case_from_the_system_before_is_found_by_its_own_number(database, desk, cast):
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.luc)
        case.number = "HRC0004711"
    async with database.reading() as session:
        found_case = await search.by_number(session, cast.luc, "hrc0004711")
        hidden = await search.by_number(session, cast.an, "HRC0004711")

    assert (found_case.id, hidden) == (case.id, None)


async def test_a_colleague_finds_nothing_of_it_and_staff_do(database, desk, cast):
    async with database.transaction() as session:
        await make_case(session, desk, cast.an, text="My secret question")
        await make_case(session, desk, cast.luc, text="Another question")

    assert await found(database, cast.luc, "secret") == []
    assert await found(database, cast.luc, "question") == ["HRB0000002"]
    assert await found(database, cast.hanne, "question") == ["HRB0000002", "HRB0000001"]
    assert await found(database, cast.ada, "question", limit=1) == ["HRB0000002"]


async def test_a_note_is_found_by_staff_only_and_never_by_a_handler_on_their_own_case(database, desk, cast):
    async with database.transaction() as session:
        for requester, handler in ((cast.an, cast.hanne), (cast.hanne, cast.omar)):
            case = await make_case(session, desk, requester)
            words = Words(text="Probably a fraudulent claim", channel=Channel.WEB)
            await handling.write_note(session, desk, case, handler, words)

    assert await found(database, cast.an, "fraudulent") == []
    assert await found(database, cast.hanne, "fraudulent") == ["HRB0000001"]
    assert await found(database, cast.omar, "fraudulent") == ["HRB0000002", "HRB0000001"]


@pytest.mark.parametrize(
    "query",
    ['"', "'", '" OR 1', "words:x", "NEAR(a b)", "a* AND", "readers : p_1", "p_1", "-- ;", "\\", "x'; DROP TABLE cases",
     "{words}", "^a", "a & !b", "a <-> b", "((((", "%_%", "\x00", "😀", "ﬁ ①", "a" * 10_000, "b " * 5_000, "", "   "],
)  # fmt: skip
async def test_no_query_is_syntax_or_a_fault(database, desk, cast, query):
    async with database.transaction() as session:
        await make_case(session, desk, cast.an, text="Hello")

    assert await found(database, cast.an, query) == []


async def test_a_case_is_found_only_if_its_transaction_is_kept(database, desk, cast):
    async def lose_a_case() -> None:
        async with database.transaction() as session:
            await make_case(session, desk, cast.an, text="Never said")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lose_a_case()

    assert await found(database, cast.an, "never") == []


async def test_a_rebuilt_index_finds_what_the_kept_one_found(database, desk, cast):
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an, text="Erste Frage zum Gehalt")
        note = Words(text="intern", channel=Channel.WEB)
        await handling.write_note(session, desk, case, cast.hanne, note)
        await make_case(session, desk, cast.luc, text="Deuxième question")
    queries = [(cast.an, "gehalt"), (cast.hanne, "intern"), (cast.an, "intern"), (cast.luc, "deuxieme HRB0000002")]
    before = [await found(database, who, query) for who, query in queries]

    assert await indexing.rebuild(database) == 2
    assert [await found(database, who, query) for who, query in queries] == before
    assert before == [["HRB0000001"], ["HRB0000001"], [], ["HRB0000002"]]
    assert await indexing.rebuild(database, only_missing=True) == 0


async def test_a_case_from_before_the_index_is_read_when_something_is_added(database, desk, cast):
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an, text="The old words")
        await session.execute(text("DELETE FROM search_entries"))
    async with database.transaction() as session:
        case = await store.by_number(session, case.number)
        await service.add_message(session, desk, case, cast.an, Words(text="The new ones", channel=Channel.WEB))

    assert await found(database, cast.an, "old new") == ["HRB0000001"]


async def test_very_many_and_very_long_words_can_be_kept(database, desk, cast):
    async with database.transaction() as session:
        await make_case(session, desk, cast.an, text=" ".join(f"word{n}" for n in range(20_000)) + " " + "é" * 50_000)

    assert await found(database, cast.an, "word17") == ["HRB0000001"]
