"""Absence notes that nothing marks, beside what people answer about their own absence."""

import pytest

from mail_gateway.inbound.absence_notes import reads_like_absence_note


@pytest.mark.parametrize(
    "note",
    [
        "I am away until Monday.",
        "Hello,\n\nI'm currently out of the office and will be back on 3 March.\n\nRegards, An",
        "I am on annual leave with limited access to e-mail. For urgent matters, call my team.",
        "Ik ben afwezig tot en met 3 maart.",
        "Dag,\n\nMomenteel ben ik met verlof. Uw bericht wordt niet doorgestuurd.",
        "Ik ben op vakantie van 3 tot 5 maart. Voor dringende vragen: bel het team.",
        "Je suis absente jusqu'au 3 mars.",
        "Bonjour, je suis actuellement en congé. En cas d\N{RIGHT SINGLE QUOTATION MARK}urgence, appelez l'équipe.",
        "Ich bin bis zum 3. März nicht im Büro.",
        "Ich bin bis zum 3. Maerz nicht im Buero.",
        "Je suis en conge jusqu'au 3 mars.",
        "Derzeit bin ich im Urlaub. Ihre E-Mail wird nicht weitergeleitet.",
        "Estoy de vacaciones hasta el lunes.",
        "Sono in ferie fino al 3 marzo.",
        "Jestem na urlopie do 3 marca.",
        "Estou ausente até segunda-feira.",
        "お世話になっております。3月3日まで休暇を取得しております。緊急の場合は代表までご連絡ください。",
    ],
)
def test_absence_note_is_recognised_in_its_language(note: str) -> None:
    assert reads_like_absence_note(note)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Ja, akkoord.",
        "I am on leave from 3 until 7 March, as I wrote in the form.",
        "Ik ben afwezig van 3 tot 7 maart.",
        "Ich bin vom 3. bis 7. März im Urlaub.",
        "Je suis en congé du 3 au 7 mars.",
        "Je suis en congé du 3 au 7 mars. Luc me remplace pendant mon absence.",
        "I am away until Monday: can you send me the form before?",
        "You are on leave until 3 March, so nothing changes for you.",
        "My colleague is out of the office until Monday.",
        "Ik ben ziek, het attest volgt.",
        "How many days do I have left until December?",
    ],
)
def test_answer_of_a_person_is_none(words: str) -> None:
    assert not reads_like_absence_note(words)
