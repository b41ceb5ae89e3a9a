"""A person please: the queue, the conversation with a handler, and the case that keeps it, as both sides see it."""

import asyncio
import re
from datetime import timedelta

import pytest
from chat_site import open_tab, open_talks
from sqlalchemy import select

from bot.handover import estimate, store, topics
from bot.handover.models import Handover, HandoverState
from bot.handover.service import Refused
from bot.settings import AssistantSettings
from casework.attachments import service as attachments
from casework.deputies.models import Deputy
from casework.messages.models import Message
from casework.outbox import service as outbox
from runtime import chat


@pytest.fixture
async def opened(database, desk, sign_in_rules, model_folder):
    async with open_talks(database, desk, sign_in_rules, model_folder) as found:
        yield found


@pytest.fixture
def site(opened):
    return opened[0]


@pytest.fixture
def talks(opened):
    return opened[1]


async def asks_for_a_person(talks, actor) -> None:
    """Say what puts somebody in the queue, as their page does."""
    queued = await talks.handover.ask(f"web-{actor.person_id}", str(actor.person_id), actor.language, None, [])
    assert queued.position >= 1


async def available(site, actor, **languages):
    browser = await site.browser_of(actor)
    await browser.get("/workspace/chat")
    page = await browser.post("/workspace/chat/duty", {"available": "yes", **languages})
    assert page.status == 303
    return browser


ALL = {f"language_{code}": "yes" for code in ("nl", "fr", "de", "en")}


async def said_on(site, number) -> list[str]:
    async with site.database.reading() as session:
        case = await site.case(number)
        query = select(Message.text).where(Message.case_id == case.id).order_by(Message.id)
        return list((await session.execute(query)).scalars())


async def mails(site) -> list[tuple[str, int | None]]:
    async with site.database.reading() as session:
        return [(mail.kind, mail.person_id) for mail in await outbox.all_mails(session)]


async def test_a_person_is_asked_for_in_words_waits_talks_and_finds_it_on_a_case(site, talks):
    an = await site.browser_of(site.cast.an)
    tab = await open_tab(an)
    await tab.say("Hoeveel dagen verlof heb ik nog?")
    await tab.say("Ik wil een medewerker spreken")
    waiting = await tab.press("/affirm")
    assert waiting[0]["text"].startswith("Even geduld, uw positie in de wachtrij wordt bepaald.")
    page = await an.get("/chat")
    assert "U bent nummer 1 in de wachtrij." in page.text

    await tab.socket.send_json({"text": "Ik wacht hier", "key": "w"})
    assert (await tab.frames(1))[0]["text"] == "Ik wacht hier"
    hanne = await available(site, site.cast.hanne)
    await talks.giver.step()

    begun = (await tab.frames(1))[0]
    assert begun["text"] == "U spreekt nu met Hanne Claes. Het gesprek hoort bij ticket HRB0000001."
    talk = await hanne.get("/workspace/chat/1")
    assert "Ik wacht hier" in talk.text
    assert 'href="/cases/HRB0000001"' in talk.text
    await hanne.post("/workspace/chat/1", {"text": "U hebt nog tien dagen."})
    heard = (await tab.frames(1))[0]
    assert (heard["from"], heard["name"], heard["text"]) == ("handler", "Hanne Claes", "U hebt nog tien dagen.")
    await tab.socket.send_json({"text": "Dank u!", "key": "d"})
    await tab.frames(1)
    await hanne.post("/workspace/chat/1/end", {"how": "solved"})

    ended = (await tab.frames(1))[0]
    assert ended["text"].startswith("Het gesprek met Hanne Claes is afgelopen en staat bij ticket HRB0000001.")
    case = await site.case("HRB0000001")
    assert (case.handler_id, case.status.value, case.channel) == (
        site.cast.hanne.person_id, "awaiting_acceptance", "chat",
    )  # fmt: skip
    request, answer = await said_on(site, "HRB0000001")
    assert [line for line in request.splitlines() if "Ik wacht hier" in line] == [
        "15/09/2026 10:00 An Peeters: Ik wacht hier"
    ]
    assert [line for line in answer.splitlines() if "Hanne Claes: " in line] == [
        "15/09/2026 10:00 Hanne Claes: U hebt nog tien dagen."
    ]
    assert sorted(await mails(site)) == [("link", site.cast.an.person_id), ("summary", site.cast.an.person_id)]
    assert (await tab.say("hallo"))[0]["from"] == "assistant"


async def test_the_queue_moves_up_one_by_one_for_one_handler_and_everybody_sees_their_place(site, talks, clock):
    people = [site.cast.an, site.cast.luc, site.cast.greta]
    for person in people:
        clock.advance(timedelta(seconds=1))
        await asks_for_a_person(talks, person)
    hanne = await available(site, site.cast.hanne, **ALL)
    await talks.giver.step()
    await talks.giver.step()

    async with site.database.reading() as session:
        rows = (await session.execute(select(Handover).order_by(Handover.id))).scalars().all()
    assert [row.state for row in rows] == ["talking", "waiting", "waiting"]

    for number in (1, 2, 3):
        assert (await hanne.post(f"/workspace/chat/{number}/end", {"how": "goes_on"})).status == 303
        await talks.giver.step()
    async with site.database.reading() as session:
        rows = (await session.execute(select(Handover).order_by(Handover.id))).scalars().all()
    assert [(row.state, row.handler_name) for row in rows] == [("ended", "Hanne Claes")] * 3


async def test_places_count_within_one_language_and_an_estimate_is_given_once_it_is_known(site, talks, clock):
    people = {"nl": (site.cast.an, site.cast.hanne), "fr": (site.cast.luc, site.cast.omar)}
    for one in (*people["nl"], *people["fr"]):
        clock.advance(timedelta(seconds=1))
        await asks_for_a_person(talks, one)
    async with site.database.reading() as session:
        waiting = await store.in_states(session, HandoverState.WAITING)
        assert [(one.language, (await talks.handover.place(session, one)).position) for one in waiting] == [
            ("nl", 1), ("nl", 2), ("fr", 1), ("fr", 2),
        ]  # fmt: skip
        assert (await talks.handover.place(session, waiting[0])).minutes is None


@pytest.mark.parametrize(
    ("position", "handlers", "lengths", "minutes"),
    [
        (1, 1, [4, 6, 8], 10),
        (3, 1, [4, 6, 8], 20),
        (3, 3, [4, 6, 8], 10),
        (1, 0, [4, 6, 8], None),
        (1, 1, [4, 6], None),
        (1, 1, [0, 0, 0], 5),
    ],
)
def test_the_estimate_is_the_usual_length_of_the_rounds_before_or_nothing(position, handlers, lengths, minutes):
    assert estimate.minutes_to_wait(position, handlers, [timedelta(minutes=one) for one in lengths]) == minutes


async def test_a_handler_reads_what_is_said_now_and_nothing_of_earlier_days(site, talks, clock):
    tab = await open_tab(await site.browser_of(site.cast.an))
    await tab.say("Iets van lang geleden")
    clock.advance(timedelta(days=1))
    tab = await open_tab(await site.browser_of(site.cast.an))
    await tab.say("Hoeveel dagen verlof heb ik nog?")
    await asks_for_a_person(talks, site.cast.an)

    page = await (await site.browser_of(site.cast.hanne)).get("/workspace/chat/1")

    assert "Hoeveel dagen verlof heb ik nog?" in page.text
    assert "Iets van lang geleden" not in page.text


async def test_of_two_handlers_who_take_somebody_at_once_one_does(site, talks):
    await asks_for_a_person(talks, site.cast.an)
    for handler in (site.cast.hanne, site.cast.omar):
        await available(site, handler)
    tries = [talks.handover.take(1, handler.person_id) for handler in (site.cast.hanne, site.cast.omar)]

    answers = await asyncio.gather(*tries)

    assert sorted(answers, key=str) == [None, Refused.GONE]
    case = await site.case("HRB0000001")
    winner = (site.cast.hanne, site.cast.omar)[answers.index(None)]
    assert case.handler_id == winner.person_id


async def test_a_place_outlives_a_lost_connection_and_a_restart_of_the_service(
    site, talks, database, desk, model_folder
):
    await asks_for_a_person(talks, site.cast.an)
    await asks_for_a_person(talks, site.cast.hanne)
    restarted = chat.build(database, desk, AssistantSettings(model_folder))

    again = await restarted.handover.ask(f"web-{site.cast.an.person_id}", str(site.cast.an.person_id), "nl", None, [])

    assert again.position == 1
    async with database.reading() as session:
        assert len(await store.in_states(session, HandoverState.WAITING)) == 2


async def test_outside_opening_hours_it_becomes_a_case_at_once_and_says_from_when_somebody_is_there(site, talks, clock):
    clock.advance(timedelta(hours=9))
    tab = await open_tab(await site.browser_of(site.cast.an))
    await tab.say("Mijn loonfiche klopt niet")
    await tab.say("Ik wil een medewerker spreken")

    said = (await tab.press("/affirm"))[0]

    assert said["text"].startswith("Onze medewerkers zijn er weer vanaf 16/09/2026 08:00.")
    assert said["custom"] == {"case": {"number": "HRB0000001"}}
    assert "An Peeters: Mijn loonfiche klopt niet" in (await said_on(site, "HRB0000001"))[0]
    assert ("handler", site.cast.hanne.person_id) in await mails(site)
    page = await (await site.browser_of(site.cast.an)).get("/chat")
    assert "U bent nummer 1 in de wachtrij." in page.text


async def test_past_the_longest_wait_it_is_a_case_and_the_place_is_kept_until_the_turn_comes(site, talks, clock):
    await asks_for_a_person(talks, site.cast.an)
    clock.advance(timedelta(minutes=16))
    await talks.giver.step()
    async with site.database.reading() as session:
        (one,) = await store.in_states(session, HandoverState.FILED)
        assert (one.case_number, (await talks.handover.place(session, one)).position) == ("HRB0000001", 1)

    an = await site.browser_of(site.cast.an)
    page = await an.get("/chat")
    assert "Uw gesprek is nu bewaard als ticket HRB0000001" in page.text
    await available(site, site.cast.hanne)
    await talks.giver.step()
    assert "U spreekt met Hanne Claes." in (await an.get("/chat")).text
    assert (await site.case("HRB0000001")).handler_id == site.cast.hanne.person_id


async def test_nobody_has_to_wait_a_ticket_can_be_made_or_the_queue_left(site, talks):
    an, luc = await site.browser_of(site.cast.an), await site.browser_of(site.cast.luc)
    for browser, actor in ((an, site.cast.an), (luc, site.cast.luc)):
        await asks_for_a_person(talks, actor)
        await browser.get("/chat")
    await an.post("/chat", {"payload": "!file"})
    await luc.post("/chat", {"payload": "!leave"})

    assert "ticket HRB0000001" in (await an.get("/chat")).text
    assert "Vous n&#39;attendez plus de collaborateur." in (await luc.get("/chat")).text
    async with site.database.reading() as session:
        states = (await session.execute(select(Handover.state).order_by(Handover.id))).scalars().all()
    assert states == ["filed", "left"]


async def test_an_answer_to_somebody_who_left_stands_on_the_case_and_one_mail_with_a_link_says_so(site, talks, clock):
    await asks_for_a_person(talks, site.cast.an)
    hanne = await available(site, site.cast.hanne)
    await talks.giver.step()
    clock.advance(timedelta(minutes=2))
    page = await hanne.get("/workspace/chat/1")
    assert "An Peeters is er op dit moment niet." in page.text
    for text in ("Uw fiche is verbeterd.", "En nog iets."):
        await hanne.post("/workspace/chat/1", {"text": text})

    assert [kind for kind, _ in await mails(site)] == ["summary", "transcript"]
    async with site.database.reading() as session:
        mail = (await outbox.all_mails(session))[-1]
    assert "https://desk.balie.example/cases/HRB0000001" in mail.text
    assert re.search(r"fiche|verbeterd|Hanne", mail.subject + mail.text) is None
    assert [text for text in await said_on(site, "HRB0000001") if "Uw fiche is verbeterd." in text] != []


async def test_a_handler_who_is_away_or_somebody_else_cannot_be_available(site, talks, clock):
    today = clock.now().date()
    async with site.database.transaction() as session:
        session.add(
            Deputy(
                person_id=site.cast.hanne.person_id, deputy_id=site.cast.omar.person_id, first_on=today, last_on=today,
                named_by_id=site.cast.hanne.person_id, named_at=clock.now(),
            )
        )  # fmt: skip
    await asks_for_a_person(talks, site.cast.an)
    hanne = await site.browser_of(site.cast.hanne)
    assert "neemt een plaatsvervanger" in (await hanne.get("/workspace/chat")).text
    assert (await hanne.post("/workspace/chat/duty", {"available": "yes"})).status == 422
    assert (await hanne.post("/workspace/chat/1/take")).status == 422
    ada = await site.browser_of(site.cast.ada)
    assert [(await ada.get(path)).status for path in ("/workspace/chat", "/workspace/chat/1")] == [403, 403]
    assert (await site.stranger().get("/workspace/chat")).status == 302


async def test_a_handler_whose_page_is_gone_gives_the_person_their_place_back(site, talks, clock):
    await asks_for_a_person(talks, site.cast.an)
    await available(site, site.cast.hanne)
    await talks.giver.step()
    clock.advance(timedelta(minutes=4))
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    await talks.giver.step()

    page = await an.get("/chat")
    assert "Het gesprek met onze medewerker is onderbroken." in page.text
    assert "U bent nummer 1 in de wachtrij." in page.text


async def test_a_handler_hands_a_conversation_to_a_colleague_who_reads_it_and_ends_it(site, talks):
    await asks_for_a_person(talks, site.cast.an)
    hanne = await available(site, site.cast.hanne)
    await talks.giver.step()
    await hanne.post("/workspace/chat/1", {"text": "Mijn collega weet dit."})
    await hanne.post("/workspace/chat/duty", {"available": ""})
    await hanne.post("/workspace/chat/1/end", {"how": "back"})
    omar = await available(site, site.cast.omar, language_nl="yes")
    await talks.giver.step()

    page = await omar.get("/workspace/chat/1")
    assert "Mijn collega weet dit." in page.text
    assert (await hanne.post("/workspace/chat/1", {"text": "Nog dit"})).status == 422
    await omar.post("/workspace/chat/1/end", {"how": "goes_on"})
    assert (await mails(site)).count(("transcript", site.cast.an.person_id)) == 2
    assert (await site.case("HRB0000001")).status.value == "assigned"


async def test_the_handlers_own_wish_for_a_person_is_for_a_colleague(site, talks):
    await asks_for_a_person(talks, site.cast.hanne)
    hanne = await available(site, site.cast.hanne)
    await talks.giver.step()
    page = await hanne.post("/workspace/chat/1/take")
    assert (page.status, "Dit is uw eigen gesprek" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("text", "sensitive"),
    [
        ("Ik word gepest door mijn chef", True),
        ("Je subis du harcèlement au travail", True),
        ("Ich werde von Kollegen gemobbt", True),
        ("I was bullied last week", True),
        ("Mijn vader is overleden", True),
        ("Hoeveel verlofdagen heb ik nog?", False),
        ("Mon bulletin de paie est faux", False),
        ("Wie viel Urlaub habe ich?", False),
        ("What is the status of my ticket?", False),
    ],
)
def test_some_subjects_are_for_a_person(text, sensitive):
    assert topics.is_sensitive(text) == sensitive


async def test_a_sensitive_subject_offers_a_person_unasked(site):
    tab = await open_tab(await site.browser_of(site.cast.an))
    offer = (await tab.say("Ik word gepest door mijn chef", answers=2))[-1]
    assert offer["text"].startswith("Wat u schrijft bespreekt u misschien liever met een mens.")
    assert [button["payload"] for button in offer["buttons"]] == ["/request_human"]
    assert (await tab.press("/request_human"))[0]["text"].startswith("Ik kan u met een medewerker verbinden.")


async def test_files_go_along_with_what_is_filed_or_on_the_case_of_the_talk(site, talks):
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    page = await an.post("/chat/files", files=[("files", "bewijs.pdf", b"%PDF-1.4 proof")])
    assert (page.status, page.location) == (303, "/chat#write")
    for text in ("Ik wil een vraag indienen", "How many days do I have left this year?", "Days of leave"):
        await an.post("/chat", {"text": text})
    await an.post("/chat", {"payload": "/affirm"})
    assert await files_of(site, "HRB0000001") == ["bewijs.pdf"]

    await asks_for_a_person(talks, site.cast.an)
    await available(site, site.cast.hanne)
    await talks.giver.step()
    await an.post("/chat/files", files=[("files", "foto.pdf", b"%PDF-1.4 picture")])
    assert await files_of(site, "HRB0000002") == ["foto.pdf"]
    assert "foto.pdf staat nu bij ticket HRB0000002." in (await an.get("/chat")).text


async def files_of(site, number) -> list[str]:
    case = await site.case(number)
    async with site.database.reading() as session:
        return [file.filename for file in await attachments.of_case(session, case.id, with_internal=True)]


async def test_a_file_can_go_on_an_open_case_and_what_is_none_is_refused(site, talks):
    await site.case_of(site.cast.an)
    luc = await site.case_of(site.cast.luc)
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    program = await an.post("/chat/files", files=[("files", "run.pdf", b"MZ\x90\x00 program")])
    assert (program.status, "run.pdf is hier niet bruikbaar" in program.text) == (422, True)
    assert (await an.post("/chat/files")).status == 422
    await an.post("/chat/files", files=[("files", "attest.pdf", b"%PDF-1.4 proof")])
    assert re.findall(r'value="(![^"]+)"', (await an.get("/chat")).text) == ["!put HRB0000001"]
    assert (await an.post("/chat", {"payload": f"!put {luc.number}"})).status == 409
    await an.post("/chat", {"payload": "!put HRB0000001"})
    assert (await files_of(site, "HRB0000001"), await files_of(site, luc.number)) == (["attest.pdf"], [])


async def test_the_copy_is_a_mail_with_a_link_to_a_page_behind_the_sign_in(site):
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    await an.post("/chat", {"text": "Mijn geheime vraag"})
    page = await an.post("/chat/copy")
    assert (page.status, page.location) == (303, "/chat/transcript?done=copy")
    assert "Mijn geheime vraag" in (await an.get("/chat/transcript")).text
    async with site.database.reading() as session:
        (mail,) = await outbox.all_mails(session)
    assert (mail.kind, mail.to_address) == ("transcript", "an.peeters@health.example")
    assert ("https://desk.balie.example/chat/transcript" in mail.text, "geheime" in mail.text) == (True, False)
    assert (await site.stranger().get("/chat/transcript")).status == 302
    luc = await site.browser_of(site.cast.luc)
    assert "Mijn geheime vraag" not in (await luc.get("/chat/transcript")).text


async def test_the_same_frames_come_as_events_where_no_socket_gets_through(site, talks):
    an = await site.browser_of(site.cast.an)
    await an.get("/chat")
    carried = "; ".join(f"{name}={value}" for name, value in an.cookies.items())
    async with an.client.get("/chat/events?after=0", headers={"Cookie": carried}) as stream:
        answer = await an.post("/chat", {"text": "hallo", "key": "k"}, headers={"Accept": "application/json"})
        assert answer.status == 204
        seen = ""
        async with asyncio.timeout(20):
            while '"seq": 2' not in seen:
                seen += (await stream.content.readline()).decode()
    assert [re.sub(r"\D", "", line) for line in seen.splitlines() if line.startswith("id:")] == ["1", "2"]
    refused = await an.post("/chat", {"text": ""}, headers={"Accept": "application/json"})
    assert (refused.status, '"type": "notice"' in refused.text) == (422, True)


async def test_two_wishes_at_once_are_one(site, talks):
    await asyncio.gather(*(asks_for_a_person(talks, site.cast.an) for _ in range(3)))
    async with site.database.reading() as session:
        assert len(await store.in_states(session, HandoverState.WAITING)) == 1
