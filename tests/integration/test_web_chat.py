"""The web chat: a conversation that opens a case, over the socket and over the plain form, in every tab the same."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from chat_site import chat_section, open_chat, open_tab
from portal_site import Site, open_site
from sqlalchemy import select

from casework.messages.models import Message
from casework.outbox import service as outbox

WANTS_TO_FILE = {
    "nl": "Ik wil een vraag indienen",
    "fr": "Je veux introduire une demande",
    "de": "Ich möchte eine Anfrage stellen",
    "en": "I want to file a request",
}
ASKS_STATUS = {
    "nl": "Wat is de status van mijn ticket?",
    "fr": "Quel est le statut de mon ticket ?",
    "de": "Wie ist der Status meines Tickets?",
    "en": "What is the status of my ticket?",
}
STATUS = {
    "nl": "Ticket HRB0000001 (Days of leave) heeft de status: Open.",
    "fr": "Le ticket HRB0000001 (Days of leave) a le statut : Ouvert.",
    "de": "Das Ticket HRB0000001 (Days of leave) hat den Status: Offen.",
    "en": "Ticket HRB0000001 (Days of leave) has the status: Open.",
}
SPEAKERS = {"nl": "an", "fr": "luc", "de": "greta", "en": "ada"}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    async with open_chat(database, desk, sign_in_rules, model_folder) as opened:
        yield opened


@pytest.fixture
async def an(site):
    return await site.browser_of(site.cast.an)


async def file_request(tab, language="nl"):
    """Say what a request needs, up to the last question."""
    await tab.say(WANTS_TO_FILE[language])
    await tab.say("How many days do I have left this year?")
    return await tab.say("Days of leave")


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
async def test_a_question_asked_in_the_chat_opens_a_case_and_its_status_is_answered_from_it(site, language):
    person = getattr(site.cast, SPEAKERS[language])
    tab = await open_tab(await site.browser_of(person))

    await file_request(tab, language)
    filed = await tab.press("/affirm")
    status = await tab.say(ASKS_STATUS[language])

    case = await site.case("HRB0000001")
    assert (case.requester_id, case.subject, case.channel) == (person.person_id, "Days of leave", "chat")
    assert filed[0]["custom"] == {"case": {"number": "HRB0000001"}}
    assert status[0]["text"] == STATUS[language]
    async with site.database.reading() as session:
        said = (await session.execute(select(Message))).scalars().all()
        mails = await outbox.all_mails(session)
    assert [(message.text, message.channel) for message in said] == [
        ("How many days do I have left this year?", "chat")
    ]
    assert ("summary", person.person_id) in [(mail.kind, mail.person_id) for mail in mails]


async def test_the_transcript_holds_words_titles_of_buttons_and_when(site, an):
    tab = await open_tab(an)
    await tab.say("hallo")
    await tab.press("/case_status")

    frames = await (await open_tab(an)).frames(4)

    assert [(frame["seq"], frame["from"]) for frame in frames] == [
        (1, "person"), (2, "assistant"), (3, "person"), (4, "assistant"),
    ]  # fmt: skip
    assert [frames[0]["text"], frames[2]["text"], frames[3]["text"]] == [
        "hallo", "Mijn cases", "U hebt nog geen tickets bij ons.",
    ]  # fmt: skip
    assert (frames[0]["at"], frames[0]["when"]) == ("2026-09-15T08:00:00+00:00", "15/09/2026 10:00")
    assert frames[1]["buttons"][0] == {"title": "Een vraag indienen", "payload": "/file_request"}


async def test_a_tab_that_reconnects_gets_what_it_missed_and_nothing_twice(site, an):
    first = await open_tab(an)
    await first.say("hallo")
    await first.socket.close()
    other = await open_tab(an, after=2)
    await other.say("bedankt")

    back = await open_tab(an, after=2)

    assert [frame["seq"] for frame in await back.frames(2)] == [3, 4]
    assert [frame["seq"] for frame in await back.say("hallo")] == [6]


async def test_a_tab_that_claims_to_be_ahead_still_hears_what_comes(site, an):
    tab = await open_tab(an, after=999)
    assert [frame["seq"] for frame in await tab.say("hallo")] == [2]


async def test_every_tab_of_a_person_shows_the_same_and_nobody_else_does(site, an):
    tabs = [await open_tab(an), await open_tab(an), await open_tab(await site.browser_of(site.cast.an))]
    luc = await open_tab(await site.browser_of(site.cast.luc))
    await tabs[0].socket.send_json({"text": "hallo"})

    shown = [await tab.frames(2) for tab in tabs]

    assert shown[0] == shown[1] == shown[2]
    assert (await luc.say("bonjour"))[0]["seq"] == 2
    assert [frame["text"] for frame in await (await open_tab(an)).frames(1)] == ["hallo"]


async def test_a_message_sent_again_after_a_lost_connection_is_heard_once(site, an):
    tab = await open_tab(an)
    await tab.say("hallo", key="k1")
    again = await open_tab(an)
    await again.frames(2)
    await again.socket.send_json({"text": "hallo", "key": "k1"})

    assert (await again.say("bedankt", key="k2"))[0]["seq"] == 4
    assert (await again.say("hallo", key="k2"))[0]["seq"] == 6


async def test_a_conversation_goes_on_in_mid_form_after_a_restart(
    database, desk, sign_in_rules, model_folder, site, an
):
    question = await file_request(await open_tab(an))
    assert question[0]["text"].endswith("Zal ik dit zo indienen?")

    section = chat_section(database, desk, model_folder)
    async with open_site(database, desk, sign_in_rules, [section]) as restarted:
        tab = await open_tab(await restarted.browser_of(site.cast.an), after=6)
        assert (await tab.press("/affirm"))[0]["custom"] == {"case": {"number": "HRB0000001"}}


async def test_a_button_works_while_it_is_the_last_that_was_asked(site, an):
    tab = await open_tab(an)
    await tab.say("hallo")
    await tab.say("bedankt")

    await tab.socket.send_json({"payload": "/case_status", "key": "k"})

    assert await tab.frame() == {
        "type": "notice", "text": "Die keuze kan niet meer. Kies opnieuw, of typ uw antwoord.", "key": "k",
    }  # fmt: skip


async def test_another_persons_case_does_not_exist_in_the_chat(site, an):
    await site.case_of(site.cast.luc, "The secret of Luc")
    tab = await open_tab(an)

    answers = [
        *await tab.say("Wat is de status van HRB0000001?"),
        *await tab.say('/accept_solution{"case_number": "HRB0000001"}'),
    ]

    assert answers[0]["text"] == "Ik vind geen ticket HRB0000001 op uw naam."
    assert [answer for answer in answers if "secret" in answer["text"] or "My leave" in answer["text"]] == []
    assert (await site.case("HRB0000001")).status.value == "open"


async def test_the_language_follows_the_profile_while_the_tab_is_open(site, an):
    tab = await open_tab(an)
    await tab.say("hallo")
    await an.post("/profile/language", {"language": "fr"})
    await tab.socket.send_json({"text": " "})
    assert (await tab.frame() or {})["text"] == "Écrivez d'abord quelque chose."


async def test_without_a_script_the_form_holds_the_same_conversation(site, an):
    page = await an.get("/chat")
    assert (page.status, 'href="/chat" aria-current="page"' in page.text) == (200, True)
    for text in (WANTS_TO_FILE["nl"], "How many days do I have left this year?", "Days of leave"):
        page = await an.post("/chat", {"text": text, "key": text})
        assert (page.status, page.location) == (303, "/chat#write")
    assert re.findall(r'name="payload" value="([^"]+)"', (await an.get("/chat")).text) == ["/affirm", "/deny"]

    await an.post("/chat", {"text": "a draft", "payload": "/affirm"})
    page = await an.get("/chat")

    assert '<a class="button small secondary" href="/cases/HRB0000001">Ticket HRB0000001 bekijken</a>' in page.text
    assert 'name="payload"' not in page.text.partition("<template")[0]
    assert [frame["from"] for frame in await (await open_tab(an)).frames(8)] == ["person", "assistant"] * 4


async def test_a_form_that_is_sent_twice_is_heard_once(site, an):
    await an.get("/chat")
    for _ in range(2):
        await an.post("/chat", {"text": "hallo", "key": "k1"})
    await an.post("/chat", {"text": "bedankt", "key": "k1"})
    assert [frame["text"] for frame in (await (await open_tab(an)).frames(4))][::2] == ["hallo", "bedankt"]


async def test_what_was_typed_stands_on_the_page_as_text(site, an):
    payload = "<script>alert(1)</script> \"'& https://balie.example/x"
    await an.get("/chat")
    await an.post("/chat", {"text": payload})
    page = await an.get("/chat")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert '<a href="https://balie.example/x" rel="nofollow noopener noreferrer">' in page.text


async def test_a_long_conversation_is_shown_in_parts(site, an, clock):
    await an.get("/chat")
    for number in range(60):
        clock.advance(timedelta(seconds=3))
        assert (await an.post("/chat", {"text": "hallo"})).status == 303, number
    newest = await an.get("/chat")
    earlier = await an.get("/chat?before=21")

    assert re.findall(r'data-seq="(\d+)"', newest.text) == [str(number) for number in range(21, 121)]
    assert 'href="/chat?before=21"' in newest.text
    assert re.findall(r'data-seq="(\d+)"', earlier.text) == [str(number) for number in range(1, 21)]
    assert 'name="payload"' not in earlier.text
    assert [frame["seq"] for frame in await (await open_tab(an)).frames(120)] == list(range(1, 121))
