"""Absence notes and acknowledgements whose headers say nothing, beside people who write much the same."""

import pytest
from kind_of_mail import kind

from mail_gateway.models import MailKind

ANSWERS = "In-Reply-To: <1@desk.example>"
AN = "An Peeters <an@home.example>"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Verlof", "Ik geniet van mijn vakantie en ben terug op 24 juli. Mails worden niet doorgestuurd."),
        ("Afwezigheid: uw vraag", "Dank voor uw mail. Ik ben met bevallingsverlof. Gelieve u te richten tot Luc."),
        ("Niet beschikbaar", "Ik ben deze week niet beschikbaar. Uw bericht wordt maandag gelezen."),
        ("Congés", "Actuellement en congés, je vous réponds dès mon retour lundi."),
        ("Absence", "Je suis en conges. En cas d'urgence, appelez le secretariat au 02 555 00 11."),
        ("Elternzeit", "Ich bin bis Ende November in Elternzeit. Bitte wenden Sie sich in dieser Zeit an Luc."),
        ("Danke", "Ich bin diese Woche nicht im Buero. Ihre Nachricht wird nicht weitergeleitet."),
        ("Semester", "Hej! Jag har semester. Ditt mejl läses på måndag."),
        ("Ferie", "Hej, jeg er på ferie i denne uge. Din mail bliver ikke læst."),
        ("Fravær", "Takk for din e-post. Jeg er ute av kontoret. Ved hastesaker, ring Luc."),
        ("Loma", "Olen lomalla. Kiireellisissä asioissa soita toimistoon."),
        ("Dovolená", "Jsem na dovolené, v naléhavých případech volejte kancelář."),
        ("Fuori ufficio", "Sono in ferie. Per urgenze contattare Luc."),
        ("不在", "8月14日まで休暇をいただいております。緊急の場合は代表までご連絡ください。"),
    ],
)
def test_note_that_answers_under_a_title_of_its_own_is_a_programs(subject, text):
    assert kind(AN, subject, text, ANSWERS) is MailKind.AUTO_REPLY


def test_title_before_the_subject_that_is_answered_is_a_programs():
    text = "Szabadságon vagyok. Sürgős esetben hívja a titkárságot."

    assert kind(AN, "Szabadság Re: uw vraag", text) is MailKind.AUTO_REPLY
    assert kind(AN, "Form re: leave", "I will be on leave until 3 May. The form is filled in.") is MailKind.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "Ik werk van maandag tot donderdag en lees op vrijdag geen mails. Voor dringende vragen kan u terecht bij Luc.",
        "Wegens verlof kan ik uw mail niet beantwoorden. In dringende gevallen belt u naar 02 555 00 11.",
        "Étant absente, je pourrai répondre à votre message lundi. Pour toute urgence, merci de contacter Luc.",
        "Ich bin zurzeit nicht erreichbar und am 17. wieder für Sie da. Bei dringenden Fragen bitte an Luc wenden.",
        "I work part-time and will reply to your message on Monday. For urgent matters please call the front desk.",
        "I'm on vacation through 14 August, checking email sporadically. For anything urgent, reach out to Luc.",
    ],
)
def test_note_that_says_what_to_do_with_what_cannot_wait_is_a_programs(text):
    assert kind(AN, "Re: HRB0001167", text) is MailKind.AUTO_REPLY
    assert kind(AN, "Re: HRB0001167", f"{text} Is that right?") is MailKind.PERSON


def test_answer_that_says_until_when_and_who_helps_is_a_note_and_a_first_mail_is_none():
    text = "I am out of the office until 17 August. For anything urgent please contact Luc."

    assert kind(AN, "Re: your request", text, ANSWERS) is MailKind.AUTO_REPLY
    assert kind(AN, "My leave", text) is MailKind.PERSON


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Ontvangst", "Dit is een automatische bevestiging: uw bericht is aangekomen."),
        ("Uw vraag 4711", "Beste,\n\nUw vraag kreeg nummer 4711.\n\nDit bericht werd automatisch verstuurd."),
        ("Votre demande", "Bonjour,\n\nNous l'avons reçue.\n\nCe message a été envoyé automatiquement."),
        ("Accusé de réception", "Nous l'avons reçue. Ceci est un accusé de réception automatique."),
        ("Ihre Anfrage", "Guten Tag,\n\nwir haben sie erfasst.\n\nDiese E-Mail wurde automatisch erstellt."),
        ("Re: leave [4711]", "Hello,\n\nWe got it.\n\nThis is an automated message, please do not reply."),
        ("Case 4711", "Your case was created.\n\nThis e-mail was generated automatically."),
        ("Kvittering", "Dette er en automatisk kvittering."),
    ],
)
def test_acknowledgement_that_calls_itself_automatic_is_a_programs(subject, text):
    assert kind("Support <support@shop.example>", subject, text) is MailKind.AUTO_REPLY


def test_mail_that_asks_not_to_be_answered_and_thanks_for_a_mail_is_an_answer():
    said = "Thanks for your email. We read it tomorrow."

    assert kind(AN, "Thanks", said, "Precedence: bulk") is MailKind.AUTO_REPLY
    assert kind(AN, "Gesloten", "Uw bericht wordt in januari behandeld.", "Precedence: junk") is MailKind.AUTO_REPLY
    assert kind(AN, "News", "This e-mail is sent to our members.", "Precedence: bulk") is MailKind.BULK
    assert kind(AN, "Thanks", said, "Precedence: bulk", "List-Id: <talk.x.example>") is MailKind.BULK


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Re: HRB0001167",
            "Bedankt voor uw bericht. Ik werk deeltijds sinds mei. Voor de planning kan u terecht bij Luc.",
        ),
        (
            "Re: HRB0001167",
            "Merci pour votre message. Je travaille à temps partiel; pour l'horaire, veuillez contacter Luc.",
        ),
        ("Re: HRB0001167", "I was on leave until yesterday. Here is what you asked: I started on 1 May."),
        ("Re: HRB0001167", "Ik was gisteren met verlof, hierbij mijn aanvraag voor 3 mei."),
        ("Re: HRB0001167", "Je suis en congé jusqu'au 24 juillet, je remplirai le formulaire après."),
        ("Re: HRB0001167", "Ich bin bis 24. Juli im Urlaub und fülle das Formular danach aus."),
        ("Re: HRB0001167", "My manager is out of the office until Monday; in urgent cases contact his deputy Luc."),
        ("Congés août", "Bonjour, je serai en congé du 3 au 14 août. Luc me remplace pendant mon absence."),
        ("Urlaub August", "Ich bin vom 3. bis 14. August im Urlaub. Luc vertritt mich während meiner Abwesenheit."),
        ("Delegatie", "Ik ben met verlof tot 14 augustus. Gelieve Luc als goedkeurder in te stellen."),
        ("Tijdskrediet", "Ik ben met ouderschapsverlof tot 31 december. De premie werd niet betaald."),
        ("Automatische bevestiging", "Ik krijg geen automatische bevestiging als ik verlof aanvraag."),
        ("Confirmation", "I got this: this message was generated automatically. The days in it are wrong."),
        ("Semester", "Jag tar semester 3-14 augusti."),
        ("Ferie", "Jeg er på ferie fra 3. til 14. august, kan I registrere det?"),
    ],
)
def test_person_who_writes_of_their_absence_is_a_person(subject, text):
    assert kind(AN, subject, text) is MailKind.PERSON


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: An Peeters is out of the office.", "Why did I get this? I knew that."),
        ("FW: An Peeters is niet op kantoor", "Ter info."),
        ("Out of office Re: leave", "What does this mean? I got it from you."),
        ("New dates", "Thank you for your message. I am away next week, so let us talk on Monday."),
        ("Andere vraag", "Bedankt voor uw bericht. Ik ben met verlof, kunnen we nadien bellen?"),
    ],
)
def test_person_who_answers_or_passes_on_a_note_or_only_thanks_is_a_person(subject, text):
    assert kind(AN, subject, text, ANSWERS) is MailKind.PERSON


def test_urgent_with_a_question_mark_asks_nothing():
    assert kind(AN, "Afwezig Re: loonbrief", "Ik ben met verlof. Dringend? Bel Luc.") is MailKind.AUTO_REPLY
    assert kind(AN, "Afwezig Re: loonbrief", "Ik ben met verlof. Is dat dringend, Luc?") is MailKind.PERSON


@pytest.mark.parametrize(
    ("note", "small_print"),
    [
        ("Ik ben afwezig. Dringend: bel Luc.", "Dit bericht en de bijlagen zijn vertrouwelijk. Moet u dit afdrukken?"),
        ("Je suis absente. En cas d'urgence, appelez Luc.", "Ce message et ses annexes sont confidentiels. Imprimer ?"),
        ("Ich bin im Urlaub. In dringenden Fällen: 02 555 00 11.", "Diese E-Mail kann Anhänge haben. Drucken?"),
        ("I am on leave. For urgent matters call Luc.", "This e-mail and any attachments are confidential. Print it?"),
    ],
)
def test_small_print_of_a_company_is_no_part_of_a_note(note, small_print):
    assert kind(AN, "x", f"{note}\n\n{small_print * 30}", ANSWERS) is MailKind.AUTO_REPLY
