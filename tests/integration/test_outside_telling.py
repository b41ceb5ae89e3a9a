"""What is said unasked in Teams and Matrix: a handler's words and that a ticket has an answer, once, and there."""

import asyncio
import logging
import re
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from chat_site import open_talks
from matrix_stand_in import ROOM, homeserver
from teams_stand_in import TeamsPerson, microsoft

from casework.cases import handling
from casework.cases import store as cases
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from runtime.outside_channels import OutsideAccess

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LINK = re.compile(r"https://desk\.balie\.example(/chat/accounts/\S+)")
CODE = re.compile(r"<strong>(\d{6})</strong>")
NUMBER = re.compile(r"HRB\d{7}")
PAST = "Die keuze staat niet meer open. Kies opnieuw, of typ uw antwoord."


@pytest.fixture
async def matrix():
    async with homeserver() as stand_in:
        yield stand_in


@pytest.fixture
async def an(database, desk, sign_in_rules, model_folder, matrix):
    """An in Teams, whose account is tied; she can write in Matrix as well."""
    async with microsoft() as stand_in:
        outside = OutsideAccess(teams=stand_in.access, matrix=matrix.access)
        async with open_talks(database, desk, sign_in_rules, model_folder, outside=outside) as (site, talks):
            person = TeamsPerson(site, stand_in)
            person.talks, person.browser = talks, await site.browser_of(site.cast.an)
            link = LINK.search("\n".join(await person.texts("Hoe staat het met mijn tickets?")))[1]
            await person.browser.get(link)
            await person.texts(CODE.search((await person.browser.post(link)).text)[1])
            yield person


@asynccontextmanager
async def working(an, *names: str):
    """Let workers of the chat run for as long as the block lasts."""
    stop = asyncio.Event()
    works = [asyncio.create_task(an.talks.works[name](stop)) for name in names or ("chat elsewhere",)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*works), 5)


async def until(holds) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 (what is waited for happens elsewhere: mails, logs, other services)
            await asyncio.sleep(0.02)


async def ask_for_a_person(an) -> list[dict]:
    """Let An ask for a person in Teams; return what is shown then."""
    offered = await an.say("Ik wil een medewerker spreken")
    return await an.say(titles(offered[-1])[0])


def titles(shown: dict) -> list[str]:
    return [button["title"] for button in shown["attachments"][0]["content"]["buttons"]]


async def talk_with_hanne(an) -> None:
    """Let An ask for a person in Teams, and Hanne take her conversation."""
    await ask_for_a_person(an)
    await hanne_is_there(an)
    await an.hanne.post("/workspace/chat/1/take")


async def hanne_is_there(an) -> None:
    an.hanne = await an.site.browser_of(an.site.cast.hanne)
    await an.hanne.get("/workspace/chat")
    await an.hanne.post("/workspace/chat/duty", {"available": "yes", "language_nl": "yes"})


async def hanne_says(an, text: str, talk: int = 1) -> None:
    await an.hanne.get(f"/workspace/chat/{talk}")
    assert (await an.hanne.post(f"/workspace/chat/{talk}", {"text": text})).status == 303


def told(an) -> list[str]:
    return [message["text"] for message in an.microsoft.said]


async def test_what_a_handler_writes_and_that_the_talk_ended_comes_to_teams_in_order_and_once(an):
    await talk_with_hanne(an)
    before = len(told(an))
    async with working(an):
        await hanne_says(an, "U hebt nog tien dagen.")
        await until(lambda: len(told(an)) >= before + 2)
        assert await an.texts("Dank u") == []
        await hanne_says(an, "Graag gedaan.")
        await an.hanne.get("/workspace/chat/1")
        await an.hanne.post("/workspace/chat/1/end", {"how": "solved"})
        await until(lambda: len(told(an)) >= before + 4)
        await an.say("hallo")
    said = told(an)[before:]
    assert (said[1], said[2]) == ("Hanne Claes: U hebt nog tien dagen.", "Hanne Claes: Graag gedaan.")
    assert len(said) == len(set(said))


async def test_who_waits_in_teams_hears_their_place_each_time_it_changes_and_the_talk_begins_by_itself(an):
    luc = an.site.cast.luc.person_id
    await an.talks.handover.ask(f"web-{luc}", str(luc), "nl", None, [])
    shown = await ask_for_a_person(an)
    assert shown[-1]["text"].startswith("U bent nummer 2 in de wachtrij.")
    assert titles(shown[-1]) == ["Niet wachten: maak er een ticket van", "Niet langer wachten"]
    [again] = await an.say("Het gaat over mijn loonfiche")
    assert (again["text"], titles(again)) == (shown[-1]["text"], titles(shown[-1]))

    async with working(an):
        await an.talks.handover.leave(f"web-{luc}")
        await until(lambda: told(an)[-1].startswith("U bent nummer 1 in de wachtrij."))
        await hanne_is_there(an)
        await an.talks.giver.step()
        await until(lambda: told(an)[-1].startswith("U spreekt nu met Hanne Claes."))
        page = (await an.hanne.get("/workspace/chat/2")).text
        assert ("Het gaat over mijn loonfiche" in page, "An Peeters schrijft vanuit een andere dienst." in page) == (
            True, True,
        )  # fmt: skip
        await hanne_says(an, "Welke maand?", talk=2)
        await until(lambda: told(an)[-1] == "Hanne Claes: Welke maand?")
    assert sum(text.startswith("U bent nummer") for text in told(an)) == 3  # each place, and once more for her words


@only_sqlite
async def test_who_no_longer_waits_in_teams_gets_a_ticket_or_the_assistant_back(an):
    await ask_for_a_person(an)
    assert (await an.texts("Niet langer wachten"))[0].startswith("U wacht niet meer op een medewerker.")
    pressed = {"value": {"choice": "Niet langer wachten"}}
    assert await an.texts("Niet langer wachten", **pressed) == [PAST]
    await ask_for_a_person(an)
    assert NUMBER.search((await an.texts("Niet wachten: maak er een ticket van"))[0])


@only_sqlite
async def test_a_handlers_word_that_was_on_its_way_when_she_wrote_is_told_before_the_answer(an):
    await talk_with_hanne(an)
    await hanne_says(an, "Een ogenblik.")  # nobody told her yet
    said = await an.texts("Bent u daar?")
    assert (said[0].startswith("U spreekt nu met Hanne Claes."), said[1:]) == (True, ["Hanne Claes: Een ogenblik."])


@only_sqlite
async def test_it_is_not_told_where_she_no_longer_writes(an):
    await talk_with_hanne(an)
    await an.browser.get("/chat")
    await an.browser.post("/chat", {"text": "Ik schrijf hier verder"})
    before = len(told(an))
    async with working(an):
        await hanne_says(an, "Dat is goed.")
        await asyncio.sleep(1.5)
    assert told(an)[before:] == []
    assert "Dat is goed." in (await an.browser.get("/chat")).text


@only_sqlite
async def test_what_teams_did_not_take_is_told_later_and_after_an_hour_no_more(an, clock, caplog):
    await talk_with_hanne(an)
    async with working(an):
        await until(lambda: "Hanne Claes" in told(an)[-1])  # that they talk now
        before = len(told(an))
        an.microsoft.is_away = True
        with caplog.at_level(logging.WARNING, "bot.channels.outside_telling"):
            await hanne_says(an, "Eerste")
            await until(lambda: caplog.records)
        an.microsoft.is_away = False
        clock.advance(timedelta(seconds=31))
        await until(lambda: len(told(an)) > before)
    await hanne_says(an, "Tweede")
    clock.advance(timedelta(hours=2))
    async with working(an):
        await asyncio.sleep(1.5)
    assert told(an)[before:] == ["Hanne Claes: Eerste"]


async def test_the_answer_to_a_ticket_of_the_chat_is_told_with_its_address_and_no_word_of_it(an, matrix):
    await an.say("Ik wil een vraag indienen")
    await an.say("Mijn loon van september klopt niet, er ontbreekt een premie")
    await an.say("Loon van september")
    number = NUMBER.search("\n".join(await an.texts("Ja")))[0]
    by_mail = await an.site.case_of(an.site.cast.an)
    for each in (number, by_mail.number):
        await answer(an, each)
    before = len(told(an))
    async with working(an):
        await until(lambda: len(told(an)) > before)
        await asyncio.sleep(1.2)
    line = f"Er is een antwoord op uw ticket {number}: https://desk.balie.example/cases/{number}"
    assert told(an)[before:] == [line]
    assert line.partition(":")[0] in (await an.browser.get("/chat")).text


async def answer(an, number: str) -> None:
    async with an.site.database.transaction() as session:
        case = await cases.by_number(session, number)
        words = Words(text="Een geheim antwoord", channel=Channel.MAIL)
        hanne = an.site.cast.hanne
        await handling.write_to_requester(session, an.site.desk, case, hanne, words, kind=MessageKind.ANSWER)


@only_sqlite
async def test_it_follows_her_to_matrix_where_one_message_has_one_name(an, matrix):
    await talk_with_hanne(an)
    async with working(an, "chat in matrix", "chat elsewhere"):
        await matrix.until_heard()
        matrix.write(matrix.event("hallo"))
        await until(lambda: LINK.search("\n".join(matrix.texts)))
        link = LINK.search("\n".join(matrix.texts))
        await an.browser.get(link[1])
        matrix.write(matrix.event(CODE.search((await an.browser.post(link[1])).text)[1]))
        await until(lambda: any(text.startswith("Dank u, nu weet ik") for text in matrix.texts))
        matrix.write(matrix.event("Ik ga hier verder"))
        await matrix.until_heard()
        await hanne_says(an, "Hier ook goed.")
        await until(lambda: "Hanne Claes: Hier ook goed." in matrix.texts)
    assert "Hanne Claes: Hier ook goed." not in told(an)
    assert {room for room, _ in matrix.sent.values()} == {ROOM}
