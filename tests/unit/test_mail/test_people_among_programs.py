"""People who write to the desk of absences, answers and deliveries are people, whatever words programs use too."""

import pytest
from kind_of_mail import kind

from mail_gateway.inbound.kinds import kind_of
from mail_gateway.models import Address, MailKind

PEOPLE = [
    ("Out of office next week", ()),
    ("Out of office from 3 March", ()),
    ("I am out of the office on Friday", ()),
    ("An Peeters is out of the office: who replaces her?", ()),
    ("Away on Friday", ()),
    ("Vacation: how many days do I have left?", ()),
    ("Vakantie", ()),
    ("Absence du 3 au 5 mars", ()),
    ("Abwesenheit am Freitag", ()),
    ("Automatische loonindexering", ()),
    ("Automatic deduction on my payslip", ()),
    ("Réponse à votre question", ()),
    ("Re: Automatisch antwoord: x", ("In-Reply-To: <1@desk.example>",)),
    ("Fwd: Undeliverable: x", ()),
    ("TR: Non remis : x", ()),
    ("WG: Abwesenheitsnotiz", ()),
    ("FW: Mail delivery failed: returning message to sender", ()),
    ("Undelivered payslip", ()),
    ("Undelivered mail returned by the post", ()),
    ("Afwezig: vrijdag 3 maart", ()),
    ("Out of office: sick today", ()),
    ("[Out of office] 3 March", ()),
    ("Absent du bureau: malade", ()),
    ("Afwezig op vrijdag", ("In-Reply-To: <1@desk.example>", "X-Auto-Response-Suppress: DR, OOF, AutoReply")),
    ("Vacation request", ("References: <1@desk.example>",)),
    ("Urlaub im März", ("In-Reply-To: <1@desk.example>",)),
    ("Returned mail of the pension service", ()),
    ("Delivery of my new laptop", ()),
    ("Failed mail to the payroll desk?", ()),
    ("Read: the new policy", ()),
    ("x", ("X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",)),
    ("x", ("X-Mailer: Vacation Planner Mail 2",)),
    ("x", ("Importance: high", "X-MS-Has-Attach: yes", "X-MS-TNEF-Correlator:")),
    ("x", ("Return-Path: <an@home.example>", "Precedence: normal")),
    ("x", ("Auto-Submitted: no",)),
    ("x", ("X-Autoreply: no",)),
    ("[talk] x", ("List-Id: <talk.x.example>", "List-Post: <mailto:talk@x.example>", "Precedence: bulk")),
    ("Report domain?", ()),
    ("Auto response team", ()),
    ("Automatisch antwoord instellen", ()),
    ("Automatische Antwort einrichten", ()),
    ("Réponse automatique à mettre", ()),
    ("Vacation message", ()),
    ("Out of office", ()),
    ("OOO days", ("In-Reply-To: <1@desk.example>",)),
    ("Auto: leasing", ("In-Reply-To: <1@desk.example>",)),
    ("Out of office (Friday)", ()),
    ("Out-of-office next week", ("In-Reply-To: <1@desk.example>",)),
    ("Out of office request", ("In-Reply-To: <1@desk.example>",)),
    ("Fuera de la oficina el viernes", ()),
    ("Vacation reply", ()),
    ("Vacation response", ()),
    ("Out of office notification", ()),
    ("Rejected: my leave request", ()),
    ("verlof_aanvraag_non_remis", ()),
    ("RE: [Postmaster] role", ()),
    ("Complaint about message from 192.0.2.1", ()),
    ("x", ("Mailing-List: contact talk-help@x.example; run by ezmlm", "Precedence: bulk")),
    ("x", ("X-Beenthere: talk@x.example", "List-Id: Talk <talk.x.example>", "Precedence: bulk")),
    ("x", ("X-Mailing-List: <talk@x.example> archive/latest/1", "Precedence: list")),
    ("x", ("X-Mailing-List: talk@x.example", "List-Id: <talk.x.example>")),
    ("x", ("Sender: owner-talk@x.example", "Precedence: bulk")),
    ("x", ("Sender: Talk <talk-owner@x.example>", "List-Id: <talk.x.example>")),
    ("x", ("Sender: Talk <hr@balie.example>", "List-Unsubscribe: <mailto:leave@x.example>", "Precedence: list")),
    ("x", ("Sender: Talk <hr@x.example>", "Reply-To: hr@x.example", "Precedence: list")),
    ("x", ("Sender: talk-bounce@x.example", "Reply-To: hr@balie.example", "Precedence: bulk")),
    ("x", ("List-Unsubscribe: <mailto:leave@x.example>", "Reply-To: Talk <hr@balie.example>")),
    ("Holiday pictures", ("List-Post: <mailto:talk@x.example>", "List-Id: <talk.x.example>", "Precedence: bulk")),
    ("Vakantie", ("Sender: owner-talk@x.example", "Precedence: bulk")),
    ("Re: x", ("In-Reply-To: <1@home.example>", "List-Unsubscribe: <mailto:talk-leave@x.example>", "Precedence: list")),
]


@pytest.mark.parametrize(("subject", "more"), PEOPLE)
def test_mail_of_people_about_such_things_is_theirs(subject, more):
    assert kind("An Peeters <an@home.example>", subject, "Hello, can you help me with this?", *more) is MailKind.PERSON


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Afwezig", "Beste, ik ben afwezig tot en met vrijdag wegens ziekte. Het attest vindt u hierbij."),
        ("Absence", "Bonjour, je suis absente jusqu'à vendredi, le certificat suit."),
        ("Urlaub", "Guten Tag, ich bin vom 3. bis 7. März im Urlaub. Reicht dieses Formular?"),
        ("Out of office", "I will be out of the office from 3 to 7 March. Please register it."),
        ("Out of office", "Ik volg een opleiding van 3 tot 7 maart. Gelieve dit te registreren."),
        ("Réponse automatique", "Je suis en formation du 3 au 7 mars, merci d'en prendre note."),
        ("Abwesenheitsnotiz", "Ich bin vom 3. bis 7. März auf Schulung, bitte so eintragen."),
    ],
)
def test_person_who_reports_an_absence_is_a_person(subject, text):
    assert kind("An Peeters <an@home.example>", subject, text) is MailKind.PERSON


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: x", "Thank you for your message. I am on leave until Monday; on my return I send you the certificate."),
        ("Leave", "I am on sick leave until Monday. In urgent cases you can call me on 0470 12 34 56."),
        ("x", "I am out of the office until Monday. In urgent cases contact Luc. Your mail is read. Who replaces me?"),
        ("Fwd: x", "I am out of the office until Monday. In urgent cases contact Luc. Your mail will be read."),
        ("Re: x", "I agree.\n\n> I am out of the office. In urgent cases contact Luc. Your mail will be read.\n"),
        ("Verlof", "Ik ben met verlof van 1 tot 6 juli. Graag een bevestiging. Voor dringende zaken: bel mij."),
        ("Absence", "Je suis absente jusqu'au 5 juillet, certificat en annexe. En cas d'urgence, appelez-moi. Merci."),
        (
            "x",
            "Ik ben afwezig tot 5 juli, attest in bijlage. Dringend: bel mij op 0470 12 34 56. Bedankt voor uw mail.",
        ),
        (
            "My file",
            "I am on leave until Friday. In my absence please contact Luc about my file; thank you for your help.",
        ),
    ],
)
def test_person_who_says_less_than_a_note_is_a_person(subject, text):
    assert kind("an@home.example", subject, text) == MailKind.PERSON


@pytest.mark.parametrize("subject", ["Vacation", "Out of office", "Out of office notification", "Verlof", "x"])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("Cc: Luc <luc@home.example>", MailKind.PERSON),
        ("Cc: hr@balie.example <hr@balie.example>", MailKind.AUTO_REPLY),
        ("Cc: " + "(" * 10_000, MailKind.AUTO_REPLY),
    ],
)
def test_whoever_tells_several_people_of_an_absence_is_a_person(subject, more, expected):
    text = "I am on leave until 6 July. In urgent cases contact An Claes. Your message will be read on my return."

    assert kind("An Peeters <an@home.example>", subject, text, more) is expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [("application/pdf", MailKind.PERSON), ("application/pkcs7-signature", MailKind.AUTO_REPLY)],
)
def test_whoever_hands_in_a_document_is_a_person(part, expected):
    text = "I am out of the office until 6 July. In urgent cases contact Luc. Your message will be read on my return."
    found = kind_of(
        (("subject", "x"),),
        Address("", "an@home.example"),
        report_type="",
        part_types=frozenset({"text/plain", part}),
        text=text,
        own_words=text,
    )
    assert found == expected


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Vacation reply", "Yes, I take my vacation from 3 to 7 August, as agreed with Luc."),
        ("Vacation notification", "I will be on vacation from 3 August to 7 August. Please book it."),
        ("Out of office notification", "Please note that I will be out of the office tomorrow."),
        ("Out of office notification", "I will be out of office on Friday for a medical appointment."),
        ("Out of office notification", "My out of office notification still says last year's date."),
        ("Out of office reply", "Could you remove the out of office reply of our mailbox?"),
        ("Out-of-office", "On Monday I am at the training in Ghent."),
        ("Holiday message", "Merry Christmas to the whole team!"),
        ("Holiday message: double pay", "My double holiday pay did not come."),
        ("Vacation notice: 3-7 August", "I will be on vacation from 3 to 7 August.\n\nAn"),
        ("Vacation notification: An Peeters", "I will be on vacation in the first week of August."),
        ("Out of office notice: our team", "Attached is the text that we use. Is it right?"),
        ("Out of office message: where do I set it", "I cannot find it in the portal."),
        ("Thank you for your mail", "I am away next week for the training. In urgent cases you can call me."),
        ("Error", "Error: the leave form does not save my days."),
        ("Portal", "Error: invalid user address. The portal tells me that since Monday."),
        ("Mails to payroll", "Delivery of email to this address does not work for me: pay@desk.example. I will call."),
        ("Strike", "This is an advisory-only email of my union. I send it to you for my file."),
        ("Error in my payslip", "Error: invalid amount of meal vouchers."),
        ("x", '{"eventType": "I like to write so"} please register Friday'),
        ("Mail delivery warning", "I got a warning that my mail to you was delayed, did you get it?"),
        ("Why did I get Mail delivery failed", "I got this when I wrote to you:\n\n550 5.1.1 User unknown"),
        ("Sad news", "I'm sorry to have to inform you that my father died this morning. I need leave for the funeral."),
        ("Hi", "Hi. This is the third time that I ask for my holiday pay."),
        (
            "HRB0001167",
            "Your message was not delivered to the right person: I am his colleague. Please correct the file.",
        ),
        ("Feedback", "This report relates to a message you sent me last week about my overtime; I disagree."),
        ("My manager", "I'm afraid I wasn't able to deliver your message to him: he is ill."),
        (
            "My mails to you",
            "Your message could not be delivered: that is what I get when I write to payroll. Please help.",
        ),
        (
            "Undelivered Mail Returned to Sender",
            "I got this from my manager, can you correct his address?\n\nThis is the mail system at host mx.example.",
        ),
        ("Message delayed", "My message about my sick note was delayed, the recipient was wrong."),
        ("Automatisch antwoord", "Kan iemand mijn automatisch antwoord uitzetten, ik ben terug."),
        ("Automatisch antwoord: werkt niet", "Mijn automatisch antwoord werkt niet. Kunnen jullie helpen?"),
        ("Vacation message", "Please put a vacation message on the shared mailbox of our team."),
        ("Réponse automatique", "Merci de désactiver la réponse automatique de notre service, nous sommes de retour."),
        ("Message d'absence", "Pouvez-vous mettre un message d\u2019absence sur ma boîte, je suis hospitalisée."),
        ("Abwesenheitsnotiz", "Bitte richten Sie eine Abwesenheitsnotiz ein, ich gehe am Montag in Mutterschutz."),
        ("Niet op kantoor: telewerk", "Ik werk donderdag thuis, klopt het dat ik dat moet aanvragen?"),
        ("Abwesenheitsnotiz", "Ich habe diese Notiz von Luc bekommen. Ist sein Antrag dringend?\n\nGruß, An"),
        ("Afwezig: tandarts", "Ik kom later."),
        ("Abwesend: Termin", "Morgen komme ich nicht."),
        ("Absent du bureau : enfant", "Je suis absente aujourd'hui."),
        (
            "Annual leave",
            "This is urgent: I'm on leave from Monday and my request is still not approved. Please call me.",
        ),
        ("Urlaub", "Ich bin ab Montag im Urlaub und mein Antrag ist noch nicht genehmigt. Es ist dringend."),
        ("Congé", "Je suis en congé lundi et la demande n'est pas approuvée. C'est urgent, merci."),
        ("En congé", "Je suis en congé jusqu'au 5 mars. En cas d'urgence, appelez-moi. Ma fiche de paie est fausse."),
        ("Met verlof", "Ik ben met verlof vanaf maandag, dringend: mijn aanvraag is nog niet goedgekeurd."),
        ("Lu : la note", "J'ai lu la note, elle a été lue par tous. Quand entre-t-elle en vigueur ?"),
        ("Afwezigheidsmelding", "Hierbij meld ik mijn afwezigheid van 3 tot 5 maart wegens ziekte."),
        ("Notification d'absence", "Je serai absent vendredi pour un rendez-vous médical."),
        ("Abwesenheitsmeldung", "Hiermit melde ich mich krank, das Attest folgt per Post."),
        ("Urlaubsbenachrichtigung", "Hiermit teile ich meinen Urlaub vom 3. bis 7. August mit."),
        ("Automatic reply", "I always get your automatic reply and never an answer."),
        ("Réponse automatique : encore une", "Je ne reçois que des réponses automatiques de votre service."),
        (
            "Ziekmelding",
            "Ik ben afwezig wegens ziekte. In dringende gevallen kan men Luc bellen. Uw mail wordt door hem gelezen.",
        ),
        ("Returned mail: my contract", "It was returned to me by the post, recipient unknown."),
        ("Gelesen: Rundschreiben", "Das Rundschreiben wurde am Montag, 2. März gelesen. Wir haben eine Frage dazu."),
    ],
)
def test_words_that_programs_use_too_make_no_program_of_who_writes_to_the_desk(subject, text):
    assert kind("An Peeters <an@home.example>", subject, text) is MailKind.PERSON


def test_somebody_whose_name_is_that_of_a_server_asks_about_their_mail():
    found = kind("Postmaster Ann <ann@x.example>", "Mail delivery problem", "Can you use my private address?")

    assert found is MailKind.PERSON


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("x", "Your message was not delivered.\n\n<an@home.example>: 550 5.1.1 User unknown"),
        ("x", "I'm sorry to have to inform you that your message could not be delivered.\n\n<an@home.example>: gone"),
        ("Mail failure", "Your message could not be delivered."),
    ],
)
def test_such_words_above_what_a_server_found_are_a_bounce(subject, text):
    assert kind("x@x.example", subject, text) is MailKind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery problem with meal vouchers", "My meal vouchers were not delivered to my mailbox."),
        ("Mail error", "I get a mail error when I write to my manager: is the recipient right?"),
        ("Non remis: mes chèques-repas", "Le destinataire n'a rien reçu."),
        ("Onbestelbaar: mijn maaltijdcheques", "De post bracht ze terug, de bestemmeling was niet thuis."),
        ("Unzustellbar: mein Brief", "Der Empfänger war nicht zu Hause."),
        ("Delivery failure of my parcel", "It came back, the recipient was not at home. Room 5.12."),
        ("Returned mail", "The post returned my letter to you."),
        ("Message delayed", "My message was delayed, sorry."),
        ("Undelivered mail", "My manager says his mails to me come back: 550 5.1.1 user unknown. What now?"),
        (
            "Mail delivery failed",
            "Hello,\n\nI got this: a message that you sent could not be delivered. 550 5.1.1 unknown",
        ),
        ("[bounce] my mails", "Hello, all of them bounce. The recipient is right."),
        ("Re: Undelivered Mail Returned to Sender", "This is the mail system at host mx.example."),
        ("Automatic reply", "Can you set an automatic reply on our mailbox?"),
        ("x", "Is this an automatic reply? This is an automated response to your message, it says."),
        ("Fwd: x", "This is an automatic reply. I am out of the office."),
    ],
)
def test_person_whose_post_did_not_arrive_is_a_person(subject, text):
    assert kind("An Peeters <an@home.example>", subject, text) is MailKind.PERSON


def test_postmaster_who_answers_the_desk_is_a_person():
    text = "The server said 550 5.1.1 user unknown when I wrote to Luc. Could you give me his address?"

    found = kind("Post Master <postmaster@x.example>", "Re: leave", text, "In-Reply-To: <1@desk.example>")

    assert found is MailKind.PERSON


def test_person_who_sends_the_words_of_a_bounce_is_a_person():
    text = "Hello,\n\nI got this, what does it mean?\n\nThis is the mail system at host mx.example.\n550 5.1.1 unknown"

    assert kind("An Peeters <an@home.example>", "Problem with my mail", text) is MailKind.PERSON


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("administrator@health.example", "Delivery of my new laptop", "Could the delivery wait until Monday?"),
        ("Mailer <norman.mailer@health.example>", "Failed delivery of my badge", "The post office has no trace of it."),
        ("Nora Mailer <nora@health.example>", "Delivery problem", "My meal vouchers did not come."),
        ("System Administrator <ict@health.example>", "Failed logins on your account", "Please change your password."),
        ("Systeembeheerder <ict@health.example>", "Quota van uw mailbox", "Gelieve op te ruimen."),
        ("Bounce <bounce@dance.example>", "Failed delivery of my badge", "It did not come."),
        ("Microsoft Outlook <an@health.example>", "Failed delivery of my badge", "It did not come."),
        ("An <an@home.example>", "Gelesen: Vertrag", "Der Vertrag wurde am Montag unterschrieben."),
        ("root@health.example", "My quota of training days", "How many are left?"),
        ("sysadmin@health.example", "Failure of the time clock", "It did not take my badge this morning."),
    ],
)
def test_person_with_the_name_of_a_program_who_speaks_of_a_delivery_is_a_person(sender, subject, text):
    assert kind(sender, subject, text) == MailKind.PERSON
