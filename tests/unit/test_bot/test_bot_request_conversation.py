"""A request filed by chat, in each language, with everything that can come in between."""

import pytest

QUESTION = {
    "nl": "Mijn loonfiche van september klopt niet, er ontbreekt een premie.",
    "fr": "Ma fiche de paie de septembre n'est pas correcte, il manque une prime.",
    "de": "Meine Gehaltsabrechnung von September stimmt nicht, es fehlt eine Prämie.",
    "en": "My payslip of September is not right, a bonus is missing.",
}
SUBJECT = {"nl": "Loonfiche september", "fr": "Fiche septembre", "de": "Abrechnung September", "en": "Payslip"}
START = {
    "nl": "ik wil een vraag indienen",
    "fr": "je voudrais introduire une demande",
    "de": "ich möchte eine Anfrage stellen",
    "en": "I want to file a request",
}
ASK_TEXT = {
    "nl": "Wat is uw vraag? Schrijf ze in uw eigen woorden, zo volledig als u wilt.",
    "fr": "Quelle est votre question ? Écrivez-la avec vos propres mots, aussi complètement que vous voulez.",
    "de": "Was ist Ihre Frage? Schreiben Sie sie mit eigenen Worten, so ausführlich Sie möchten.",
    "en": "What is your question? Write it in your own words, as fully as you like.",
}
ASK_SUBJECT = {
    "nl": "Waarover gaat het, in enkele woorden? Dit wordt het onderwerp.",
    "fr": "De quoi s'agit-il, en quelques mots ? Ce sera l'objet.",
    "de": "Worum geht es, in wenigen Worten? Das wird der Betreff.",
    "en": "What is it about, in a few words? This will be the subject.",
}
YES = {"nl": "ja", "fr": "oui", "de": "ja", "en": "yes"}
NO = {"nl": "nee", "fr": "non", "de": "nein", "en": "no"}
FILED = {
    "nl": "Uw vraag is ingediend als ticket HRB0000001. U krijgt een bevestiging per e-mail.",
    "fr": "Votre demande a été introduite sous le numéro HRB0000001. Vous recevrez une confirmation par e-mail.",
    "de": "Ihre Anfrage wurde als Ticket HRB0000001 eingereicht. Sie erhalten eine Bestätigung per E-Mail.",
    "en": "Your request has been filed as ticket HRB0000001. You will receive a confirmation by e-mail.",
}
LANGUAGES = ["nl", "fr", "de", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_request_is_filed_with_what_was_written(talk, desk, language):
    me = talk(language)

    asked_text = await me.texts(START[language])
    asked_subject = await me.texts(QUESTION[language])
    confirm = await me.say(SUBJECT[language])
    filed = await me.say(YES[language])

    assert asked_text == [ASK_TEXT[language]]
    assert asked_subject == [ASK_SUBJECT[language]]
    assert [button["payload"] for button in confirm[0].buttons] == ["/affirm", "/deny"]
    assert confirm[0].text.splitlines()[:2] == [
        f"{word}: {value}"
        for word, value in zip(
            {
                "nl": ("Onderwerp", "Vraag"),
                "fr": ("Objet ", "Question "),
                "de": ("Betreff", "Frage"),
                "en": ("Subject", "Question"),
            }[language],
            (SUBJECT[language], QUESTION[language]),
            strict=True,
        )
    ]
    assert [message.as_json() for message in filed] == [
        {"text": FILED[language]},
        {"custom": {"case": {"number": "HRB0000001"}}},
    ]
    assert [(c.person_id, c.subject, c.text) for c in desk.cases] == [
        ("person-1", SUBJECT[language], QUESTION[language])
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_request_that_is_not_confirmed_opens_no_case(talk, desk, language):
    me = talk(language)

    await me.texts(START[language], QUESTION[language], SUBJECT[language], NO[language])

    assert desk.cases == []
    assert await me.texts(START[language]) == [ASK_TEXT[language]]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_question_of_a_few_characters_is_asked_again(talk, language):
    me = talk(language)

    answers = await me.texts(START[language], "abc")

    assert len(answers) == 2
    assert answers[1] == ASK_TEXT[language]


async def test_subject_longer_than_a_line_is_asked_again(talk):
    answers = await talk().texts(START["nl"], QUESTION["nl"], "woord " * 40)

    assert answers == ["Het onderwerp telt best tussen 3 en 120 tekens.", ASK_SUBJECT["nl"]]


async def test_other_question_is_answered_and_the_form_goes_on(talk, desk):
    me = talk()
    desk.hold("person-1", "Adres", "work_in_progress")

    answers = await me.texts(START["nl"], QUESTION["nl"], SUBJECT["nl"], "/case_status")

    assert answers[0] == "Ticket HRB0000001 (Adres) heeft de status: Werk in uitvoering."
    assert answers[1].startswith(f"Onderwerp: {SUBJECT['nl']}\nVraag: {QUESTION['nl']}\n")
    assert (await me.texts("ja"))[0].startswith("Uw vraag is ingediend als ticket HRB0000002.")


@pytest.mark.parametrize("word", ["stop", "annuler", "abbrechen", "never mind", "/stop"])
async def test_stop_ends_the_form_and_forgets_the_draft(talk, desk, word):
    me = talk()

    stopped = await me.texts(START["nl"], QUESTION["nl"], word)
    again = await me.texts(START["nl"])

    assert stopped == ["Goed, ik stop hier. Er is niets verstuurd."]
    assert again == [ASK_TEXT["nl"]]
    assert desk.cases == []


async def test_question_that_only_contains_a_stop_word_is_taken_as_the_question(talk):
    answers = await talk().texts(START["nl"], "Mag ik mijn loopbaanonderbreking vroeger stoppen dan gepland?")

    assert answers == [ASK_SUBJECT["nl"]]


async def test_old_button_is_not_taken_as_the_question(talk):
    answers = await talk().texts(START["nl"], "/affirm")

    assert answers == [ASK_TEXT["nl"]]


async def test_text_with_braces_is_quoted_as_it_is(talk, desk):
    me = talk()

    await me.texts(START["nl"], "Waarom staat er {request_subject} in mijn brief?", "Brief {0}", "ja")

    assert desk.cases[0].text == "Waarom staat er {request_subject} in mijn brief?"
    assert desk.cases[0].subject == "Brief {0}"


async def test_uploads_go_along_with_the_request(talk, desk):
    me = talk()
    await me.texts(START["nl"])
    me.metadata["attachments"] = ["upload-1"]
    await me.texts(QUESTION["nl"])
    me.metadata["attachments"] = ["upload-2"]
    await me.texts(SUBJECT["nl"])
    me.metadata["attachments"] = []

    await me.texts("ja")

    assert desk.cases[0].attachments == ("upload-1", "upload-2")


async def test_nobody_signed_in_is_told_how_to_sign_in(talk, desk):
    answers = await talk(person_id=None).texts(START["nl"])

    assert answers == ["Daarvoor moet ik weten wie u bent. Meld u aan op het portaal en kom hier dan terug."]
    assert desk.cases == []


async def test_desk_that_cannot_take_the_request_now_keeps_the_draft(talk, desk):
    me = talk()
    desk.unavailable = True
    refused = await me.texts(START["nl"], QUESTION["nl"], SUBJECT["nl"], "ja")
    desk.unavailable = False

    resumed = await me.texts(START["nl"])

    assert refused == ["Dat lukt nu even niet. Probeer het straks opnieuw; wat u schreef, is bewaard."]
    assert resumed[0].startswith(f"Onderwerp: {SUBJECT['nl']}")
    await me.texts("ja")
    assert [case.text for case in desk.cases] == [QUESTION["nl"]]
