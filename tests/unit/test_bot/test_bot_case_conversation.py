"""Talk about cases that exist: status, what is missing, a message, yes and no to a solution, a person."""

import json

import pytest

STATUS = {
    "nl": ("hoe staat het met mijn dossier", "Ticket HRB0000001 (Adres) heeft de status: Werk in uitvoering."),
    "fr": ("où en est mon dossier", "Le ticket HRB0000001 (Adres) a le statut : En cours de traitement."),
    "de": (
        "wie weit ist mein Vorgang",
        "Das Ticket HRB0000001 (Adres) hat den Status: In Bearbeitung.",
    ),
    "en": ("what is the status of my case", "Ticket HRB0000001 (Adres) has the status: Work in progress."),
}


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
async def test_status_of_the_only_case_is_told_in_the_language_of_the_session(talk, desk, language):
    question, answer = STATUS[language]
    desk.hold("person-1", "Adres", "work_in_progress")

    assert await talk(language).texts(question) == [answer]


@pytest.mark.parametrize("written", ["HRB0000002", "hrb2", "HRB 2", "hrb-0002", "HRB0000001 of nee, HRB0000002"])
async def test_case_number_is_recognised_as_people_write_it(talk, desk, written):
    desk.hold("person-1", "Adres", "open")
    desk.hold("person-1", "Verlof", "open")

    answers = await talk().texts(f"wat is de status van {written}")

    assert answers == ["Ticket HRB0000002 (Verlof) heeft de status: Open."]


async def test_several_cases_are_listed_with_open_ones_first(talk, desk):
    desk.hold("person-1", "Adres", "open")
    desk.hold("person-1", "Verlof", "closed_complete")

    assert await talk().texts("mijn dossiers") == [
        "Uw tickets:\n• HRB0000001 | Adres | Open\n• HRB0000002 | Verlof | Voltooid gesloten"
    ]


async def test_person_without_cases_is_told_so(talk):
    assert await talk().texts("mijn dossiers") == ["U hebt nog geen tickets bij ons."]


async def test_case_of_another_person_is_not_found(talk, desk):
    desk.hold("person-2", "Geheim", "awaiting_acceptance", missing=("Attest",))
    me = talk()

    assert await me.texts('/case_status{"case_number": "HRB0000001"}') == ["Ik vind geen ticket HRB0000001 op uw naam."]
    assert await me.texts('/accept_solution{"case_number": "HRB0000001"}') == [
        "Ik vind geen ticket HRB0000001 op uw naam."
    ]
    assert await me.texts("wat ontbreekt er voor HRB0000001") == ["Ik vind geen ticket HRB0000001 op uw naam."]
    assert desk.cases[0].status == "awaiting_acceptance"


async def test_identity_in_a_payload_changes_nothing(talk, desk):
    desk.hold("person-2", "Geheim", "open")

    answers = await talk().texts('/case_status{"person_id": "person-2", "case_number": "HRB0000001"}')

    assert answers == ["Ik vind geen ticket HRB0000001 op uw naam."]


async def test_missing_documents_of_the_case_that_waits_are_listed(talk, desk):
    desk.hold("person-1", "Adres", "open")
    desk.hold("person-1", "Verlof", "awaiting_info", missing=("Attest", "Kopie identiteitskaart"))

    answers = await talk().texts("wat ontbreekt er nog")

    assert answers == ["Voor ticket HRB0000002 ontbreekt nog:\n• Attest\n• Kopie identiteitskaart"]


async def test_case_that_was_just_named_is_the_one_meant_next(talk, desk):
    desk.hold("person-1", "Adres", "awaiting_info", missing=("Attest",))
    desk.hold("person-1", "Verlof", "open")

    assert await talk().texts("wat is de status van HRB2", "wat ontbreekt er nog") == [
        "Voor ticket HRB0000002 ontbreekt er niets."
    ]


async def test_message_is_put_on_the_case_that_was_chosen_by_button(talk, desk):
    desk.hold("person-1", "Adres", "open")
    desk.hold("person-1", "Verlof", "closed_complete")
    me = talk()

    choice = await me.say("ik wil iets toevoegen aan mijn dossier")
    asked = await me.texts(choice[0].buttons[0]["payload"])
    done = await me.texts("Hierbij nog het attest van mijn arts.")

    assert [button["title"] for button in choice[0].buttons] == ["HRB0000001 Adres"]
    assert asked == ["Wat wilt u toevoegen aan ticket HRB0000001?"]
    assert done == ["Uw bericht staat op ticket HRB0000001."]
    assert desk.cases[0].messages == ["Hierbij nog het attest van mijn arts."]


async def test_yes_to_a_proposed_solution_that_was_just_shown_accepts_it(talk, desk):
    desk.hold("person-1", "Adres", "awaiting_acceptance")

    answers = await talk().texts("hoe staat het met mijn dossier", "ja")

    assert answers == ["Dank u. Ticket HRB0000001 is afgesloten."]
    assert desk.cases[0].status == "closed_complete"


async def test_yes_later_in_the_talk_accepts_nothing(talk, desk):
    desk.hold("person-1", "Adres", "awaiting_acceptance")

    await talk().texts("hoe staat het met mijn dossier", "wat kan ik hier doen", "ja")

    assert desk.cases[0].status == "awaiting_acceptance"


async def test_no_to_a_proposed_solution_asks_why_and_reopens(talk, desk):
    desk.hold("person-1", "Adres", "awaiting_acceptance")

    answers = await talk().texts("hoe staat het met mijn dossier", "nee", "Het bedrag is nog altijd verkeerd")

    assert answers == ["Dank u. We werken verder aan ticket HRB0000001."]
    assert (desk.cases[0].status, desk.cases[0].comment) == (
        "work_in_progress",
        "Het bedrag is nog altijd verkeerd",
    )


async def test_solution_cannot_be_accepted_in_another_status(talk, desk):
    desk.hold("person-1", "Adres", "open")

    assert await talk().texts("ik aanvaard de oplossing van HRB1") == [
        "Dat kan niet in de huidige status van het ticket."
    ]


async def test_person_is_asked_for_and_gets_the_whole_conversation(talk, desk):
    me = talk()

    await me.texts("hallo", "ik wil een medewerker spreken", "ja")

    assert desk.cases[0].subject == "Chatgesprek: graag antwoord van een medewerker"
    lines = desk.cases[0].text.splitlines()
    assert [line for line in lines if line.startswith("> ")] == [
        "> hallo",
        "> ik wil een medewerker spreken",
        "> ja",
    ]
    assert lines[1].startswith("< Dag!")


async def test_second_sentence_in_a_row_that_is_not_understood_offers_a_person(talk):
    me = talk()

    first = await me.say("xyzzy plugh quux")
    second = await me.say("quux plugh xyzzy")

    assert first[0].text == "Sorry, dat heb ik niet begrepen. Kunt u het anders zeggen, of kiest u hieronder?"
    assert second[0].text == "Ik begrijp u nog altijd niet. Wilt u dat een medewerker u antwoordt?"
    assert second[0].buttons[0]["payload"] == "/request_human"


async def test_language_is_switched_by_a_sentence_and_kept(talk):
    me = talk("nl")

    assert await me.texts("can we speak English") == ["All right, I will speak English now."]
    assert await me.texts("thanks") == ["You are welcome. Is there anything else I can do for you?"]


async def test_language_of_the_session_is_followed_when_it_changes(talk):
    me = talk("nl")
    await me.texts("hallo")
    me.metadata["language"] = "de"

    assert await me.texts("danke") == ["Gern geschehen. Kann ich noch etwas für Sie tun?"]


async def test_yes_and_no_after_thanks_are_understood_from_the_story(talk):
    assert await talk().texts("bedankt", "nee") == ["Tot ziens. U kunt hier altijd terugkomen."]
    more = await talk(conversation_id="talk-2").texts("bedankt", "ja")
    assert more[0].startswith("U kunt hier een vraag indienen")


async def test_form_is_found_by_the_words_of_the_question(talk):
    assert await talk().texts("welk formulier heb ik nodig voor ouderschapsverlof") == [
        "Dit past het best bij uw vraag:\n• Ouderschapsverlof: /forms/parental_leave"
    ]


async def test_messages_are_json(talk):
    answers = await talk().say("hallo")

    assert json.loads(json.dumps([answer.as_json() for answer in answers]))[0]["buttons"][0] == {
        "title": "Een vraag indienen",
        "payload": "/file_request",
    }
