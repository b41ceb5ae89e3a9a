"""What mail servers and vacation programs send, each with no more signs than the poorest of its kind."""

import pytest
from kind_of_mail import kind

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import MailKind

# Sender, subject, first words of the text: without a null sender, a report part or any other help.
BOUNCES = [
    ("Content-filter at mx.example <postmaster@mx.example>", "Undeliverable mail, MTA-BLOCKED", "Your mail"),
    ("postmaster@isp.example", "FAILURE NOTICE :", "----- The following addresses had permanent fatal errors -----"),
    ("postmaster@isp.example", "Returned mail: User unknown", "----- The following addresses had delivery problems"),
    ('"Courier mail server at mx.example" <postmaster@mx.example>', "NOTICE: mail delivery status.", "Your message"),
    ("Courier mail server <postmaster@mx.example>", "WARNING: delayed mail.", "This is a delivery status notice"),
    ("Postmaster@carrier.example", "Mail System Error - Returned Mail", "The user(s) account is disabled."),
    ("System Administrator <postmaster@corp.example>", "Undeliverable: leave", "Your message"),
    ("Microsoft Outlook <MicrosoftExchange329e71ec88@corp.example>", "Non remis : congé", "Échec de la remise"),
    ("Microsoft Outlook <postmaster@corp.example>", "Non recapitabile: x", "Il recapito non è riuscito"),
    ("Microsoft Outlook <postmaster@corp.example>", "NÃO ENTREGUE: x", "A mensagem"),
    ("Microsoft Outlook <postmaster@corp.example>", "Nedoručitelné: x", "Doručení se nezdařilo"),
    ("Microsoft Outlook <postmaster@corp.example>", "Olevererbart: x", "Leveransen misslyckades"),
    ("Microsoft Outlook <postmaster@corp.example>", "Kan niet worden bezorgd: x", "Bezorging mislukt"),
    ("Microsoft Outlook <postmaster@corp.example>", "Niet te bezorgen: x", "Bezorging mislukt"),
    ("Microsoft Outlook <postmaster@corp.example>", "No se puede entregar: x", "Error de entrega"),
    ("Microsoft Outlook <postmaster@corp.example>", "Nie można dostarczyć: x", "Nie można dostarczyć"),
    ("Microsoft Outlook <postmaster@corp.example>", "Ikke levert: x", "Levering mislyktes"),
    ("Microsoft Outlook <postmaster@corp.example>", "Kan ikke leveres: x", "Levering mislykkedes"),
    ("Microsoft Outlook <postmaster@corp.example>", "配信不能: x", "配信に失敗しました"),
    ("list-admin@lists.example", "reject mail from an@home.example", "You are not a member of this mailing list"),
    ("list-admin@lists.example", "Loop Alert: dear list", "A mail loop was detected"),
    ("InterScan MSS <scanner@corp.example>", "Mail could not be delivered", "The message could not be delivered"),
    ("InterScan Notification <scan@corp.example>", "メールを配信できませんでした。", "配信"),
    ("no-reply@carrier.example", "Mail delivery", "Your mail sent on: Thu, 29 Apr 2010 11:04:47 +0900"),
    ("mailadmin@x.example", "Undeliverable Mail", "Unknown user: an@home.example"),
    ("Postmaster <postmaster@x.example>", "Message delivery has failed", "Your message could not be delivered"),
    ("postmaster@x.example", "Delivery Status", "--- The following addresses had delivery problems ---"),
    (
        "Internet Mail Delivery <postmaster@x.example>",
        "Delivery Notification: Delivery has failed",
        "This report relates",
    ),
    ("an@home.example", "failure notice", "Hi. This is the qmail-send program at mx.example."),
    ("Postmaster <MAILER-DAEMON@x.example>", "Undeliverable message", "------- Failure Reasons  --------"),
    ("postmaster@x.example", "Delivery report", "Hello, this is the mail server on x.example."),
    ("Mail Delivery Subsystem <md@x.example>", "Postmaster notify: see transcript for details", "The original message"),
    (
        "Mail Delivery Subsystem <md@x.example>",
        "Warning: could not send message for past 4 hours",
        "** THIS IS A WARNING",
    ),
    ("post_master@carrier.example", "Undeliverable Message", "Message could not be delivered to mobile"),
    (
        "sysadmin@carrier.example",
        "Undeliverable Message",
        "Your message could not be delivered. Error: No valid recipients",
    ),
    ("Mail Deliver System <daemon@x.example>", "Returned Mail: User unknown", "Original message received at"),
    ("Mail Delivery <x@x.example>", "There was an error sending your mail", "We had trouble delivering your message."),
    (
        "Zoho <x@mail.example>",
        "Undelivered Mail Returned to Sender",
        "This message was created automatically by mail delivery",
    ),
    ("x@mail.example", "Re:[BOUNCE]", "Hi. This is the James mail server at mx.example."),
    ("x@mail.example", "[BOUNCE]", "I'm afraid I wasn't able to deliver your message"),
    (
        "no-reply@sns.cloud.example",
        "AWS Notification Message",
        '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent"}}',
    ),
    ("postmaster@x.example", "Nachricht nicht zustellbar", "Die folgende Nachricht konnte nicht zugestellt werden"),
    ("Mail System <x@x.example>", "Mail konnte nicht zugestellt werden", "Die folgende Adresse"),
    ("postmaster@x.example", "Mensagem não entregue", "Sua mensagem"),
    ("postmaster@x.example", "Permanent Delivery Failure", "This is a permanent error"),
    ("postmaster@x.example", "Message frozen", "Message 1abc has been frozen"),
    ("Mail Administrator <x@x.example>", "Mail System Error - Returned Mail", "This Message was undeliverable due to"),
    (
        "MDaemon at x.example <MDaemon@x.example>",
        "Permanent Delivery Failure",
        "The attached message had PERMANENT fatal",
    ),
    ("mmdf@x.example", "Failed mail (msg.aa1234)", "Your message was not delivered"),
    (
        "X.400 gateway <mts@x400.example>",
        "Delivery Report (failure) for an@home.example",
        "This report relates to a message you sent",
    ),
    (
        "x@groupwise.example",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following",
    ),
    ("Mailer <x@x.example>", "Nondeliverable mail", "Unable to deliver the following"),
    ("postoffice@x.example", "Mail delivery failed: returning message to sender", "This message was created"),
    ("virus-scanner@x.example", "Undeliverable: your mail", "Your mail was rejected by the server: 550 5.7.1"),
    (
        "Mail Service <x@x.example>",
        "Auto-reply: Undeliverable",
        "User's mailbox is full: <an@home.example> Unable to deliver mail.",
    ),
    ("postmaster@x.example", "E-mail delivery failure", "Your message did not reach"),
    ("mail-daemon@x.example", "x", "x"),
    ("Mail Delivery System <x@x.example>", "Delayed Mail (still being retried)", "This is the mail system at host"),
    (
        "2ndml-admin@lists.example",
        "Loop Alert: Duplicated Message-ID (2ndml ML)",
        "Duplicated Message-ID in <2ndml@x>.",
    ),
    ("Mail Router <mailrouter@x.example>", "Non-delivery report", "x"),
    ("mail.delivery.system@x.example", "Undeliverable", "x"),
    ("gateway@x.example", "Delivery failure notification", "Your message with subject x could not be delivered"),
    ("System Administrator <ict@x.example>", "Undeliverable: x", "550 5.1.1 User unknown"),
    (
        "gateway@x.example",
        "RE: your leave : non remis (delivery failed)",
        "Your message could not be delivered to an@x",
    ),
    ("postmaster@x.example", "Невозможно доставить: x", "x"),
    ("postmaster@x.example", "未送达: x", "x"),
    ("filter@x.example", "Notice", "BANNED CONTENTS ALERT\n\nOur content checker found banned name: .exe"),
    ("postmaster@x.example", "Message delayed", "Your message has been delayed and is still awaiting delivery"),
    ("no-reply@carrier.example", "メールエラー通知", "送信できませんでした。\n<an@x.example>"),
    ("post_master@carrier.example", "Re:Your leave", "Error: Invalid user address"),
    ("Post <post@x.example>", "[Postmaster] Email Delivery Failure", "This is a delivery failure notification message"),
    ("box@x.example", "Mail Delivery Warning", "This is an advisory-only email.  Please do not reply to it."),
    ("Microsoft Outlook <postmaster@x.example>", "Non_remis_: congé", "Échec"),
    ("postmaster@x.example", "Ekki hægt að afhenda: x", "x"),
    ("postmaster@x.example", "Zustellung fehlgeschlagen", "x"),
    ("SES <ses@x.example>", "Event Notification", '{"eventType":"DeliveryDelay","mail":{}}'),
]


@pytest.mark.parametrize(("sender", "subject", "text"), BOUNCES)
def test_bounce_of_each_kind_of_server_is_one(sender, subject, text):
    assert kind(sender, subject, text) is MailKind.BOUNCE


ABSENCE_NOTES = [
    ("Automatisch antwoord: x", ()),
    ("Automatische beantwoording: x", ()),
    ("Afwezigheidsassistent: x", ()),
    ("Afwezigheidsmelding", ("In-Reply-To: <1@desk.example>",)),
    ("Afwezig Re: x", ("In-Reply-To: <1@desk.example>",)),
    ("Réponse automatique : x", ()),
    ("Réponse automatique d'absence", ()),
    ("Réponse d'absence : x", ()),
    ("Notification d'absence", ("Auto-Submitted: auto-generated",)),
    ("Automatische Antwort auf Ihre E-Mail", ()),
    ("Abwesenheitsassistent", ()),
    ("Abwesenheitsbenachrichtigung", ("References: <1@desk.example>",)),
    ("Abwesend: x", ("References: <1@desk.example>",)),
    ("Automatic reply: x", ()),
    ("Automatic Reply from an@home.example", ()),
    ("AutoReply: x", ()),
    ("Auto Reply Re: x", ()),
    ("Auto-Response: x", ()),
    ("AUTO: An Peeters is out of the office (returning 05/03/2027)", ()),
    ("An Peeters is out of the office.", ()),
    ("An Peeters is out of the office until 05/03/2027.", ("X-MIMETrack: Serialize by Router",)),
    ("Out of Office: x", ()),
    ("Out of the Office Reply", ()),
    ("Out of office reply (was: x)", ()),
    ("OOO Re: x", ("In-Reply-To: <1@desk.example>",)),
    ("Vacation reply", ("In-Reply-To: <1@desk.example>",)),
    ("Vacation reply: x", ()),
    ("Out of Office Notification", ("References: <1@desk.example>",)),
    ("Yahoo! Auto Response", ()),
    ("AutoRespons: x", ()),
    ("Ответ автоматически: x", ()),
    ("Message automatique : x", ()),
    ("การตอบกลับอัตโนมัติ: x", ()),
    ("Sjálfvirkt svar: x", ()),
    ("This is an autoreply...[Re: x]", ()),
    ("Away from my mail", ()),
    ("I am out of the office", ("In-Reply-To: <1@desk.example>",)),
    ("On vacation Re: x", ("Precedence: bulk",)),
    ("x", ("X-Autoreply: yes",)),
    ("x", ("X-Auto-Reply: yes",)),
    ("x", ("X-Autogenerated: Reply",)),
    ("x", ("X-Mailer: vacation 1.2.7",)),
    ("x", ("X-Autoreply-From: an@home.example",)),
    ("x", ("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",)),
    ("x", ("X-Auto-Generated: ticket",)),
    ("x", ("X-Cron-Env: <SHELL=/bin/sh>",)),
    ("x", ("X-FreeScout-Mail-Type: auto.reply",)),
    ("x", ("X-OTRS-Loop: yes",)),
    ("x", ("Delivered-To: Autoresponder",)),
    ("x", ("X-POST-MessageClass: 9; Autoresponder",)),
    ("x", ("X-Mail-Autoreply: 1",)),
    ("x", ("Auto-Submitted: auto-replied (zimbra; vacation)",)),
    ("x", ("Precedence: auto_reply",)),
    ("Re: x", ("X-Precedence: bulk", "X-Autorespond: x")),
    ("Risposta automatica: x", ()),
    ("Fuori ufficio: x", ()),
    ("Respuesta automática: x", ()),
    ("Fuera de oficina: x", ()),
    ("Resposta automática: x", ()),
    ("Autosvar: x", ()),
    ("Automaattinen vastaus: x", ()),
    ("Odpowiedź automatyczna: x", ()),
    ("Automatická odpověď: x", ()),
    ("Автоматический ответ: x", ()),
    ("自動応答: x", ()),
    ("자동 회신: x", ()),
    ("Autorisposta: x", ()),
    ("Autoodpowiedź: x", ()),
    ("Automatische Abwesenheit", ()),
    ("Abwesend: x", ()),
    ("Afwezig: uw vraag", ()),
    ("Afwezig Re: x", ()),
    ("I'm on holiday (was: x)", ()),
    ("תשובה אוטומטית: x", ()),
    ("رد تلقائي: x", ()),
    ("Trả lời tự động: x", ()),
    ("Re:   Your leave (Automatic Response)", ()),
    ("AW: x [Automatische Antwort]", ()),
    ("AUTO: Peeters, An is out of the office. (returning 05/03/2027)", ()),
    ("[AUTO GENERATED] x", ()),
    ("Message automatique d'absence", ()),
    ("Automatische E-Mail Antwort", ()),
    ("Absent(e) du bureau : x", ()),
    ("Frånvarande: x", ()),
    ("【自動返信】x", ()),
    ("不在のお知らせ", ()),
    ("[Out of Office] x", ()),
    ("Automatische ontvangstbevestiging: x", ()),
    ("Hors du bureau : x", ()),
    ("Automatická odpoveď: x", ()),
    ("x", ("Return-Path: <MAILER-DAEMON@mx.example>",)),
    ("x", ("Envelope-From: <>",)),
    ("x", ("X-MailFrom: <>",)),
]


@pytest.mark.parametrize(("subject", "more"), ABSENCE_NOTES)
def test_absence_note_of_each_kind_of_program_is_an_automatic_answer(subject, more):
    assert kind("An Peeters <an@home.example>", subject, "I am back on Monday.", *more) is MailKind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("On leave", "I am on leave until 3 March. In urgent cases, please call my colleagues."),
        ("Afwezig", "Ik ben met verlof. Uw bericht wordt niet doorgestuurd."),
        ("Absence", "Je suis en congé jusqu'au 3 mars. En cas d'urgence, appelez le secrétariat."),
        ("Abwesenheit", "Ich bin im Urlaub. Ihre E-Mail wird nicht weitergeleitet."),
        ("Buiten kantoor", "Ik ben buiten kantoor. Uw bericht wordt bij mijn terugkomst gelezen."),
        ("Vakantie", "Ik ben met vakantie tot 5 maart. Uw bericht wordt niet doorgestuurd."),
        ("Afwezig", "Ik ben afwezig tot 3 maart. Gelieve uw mail te richten aan luc@x.example."),
        ("Absence", "Je suis absente jusqu'au 3 mars. Veuillez adresser votre demande à luc@x.example."),
        ("Out of office", "I am away until 3 March. Please direct your question to luc@x.example."),
        ("Ausente", "Estoy ausente hasta el lunes. Durante mi ausencia contacte con Luc."),
        ("Assente", "Sono fuori ufficio fino a lunedì. Per urgenze contattare Luc."),
        ("De férias", "Estou de férias até segunda-feira. Durante a minha ausência, contacte Luc."),
        ("Nieobecność", "Jestem nieobecny do poniedziałku. Po powrocie odpowiem."),
        ("Away from the office", "I am away until Monday and will answer your mail then."),
        ("Afwezigheidsbericht", "Ik ben afwezig. Uw bericht wordt niet gelezen."),
        ("Message d'absence", "Je suis absent. En cas d'urgence, contactez Luc."),
        ("Abwesenheitsmeldung: x", "Ich bin bis Montag im Urlaub."),
        ("Re: x", "This is an automatic reply. I am out of the office."),
        ("Re: x", "Dit is een automatisch gegenereerd antwoord. Ik ben er niet."),
        ("Re: x", "Ceci est une réponse automatique. Je suis absent."),
        ("Re: x", "Dies ist eine automatische Antwort. Ich bin nicht im Haus."),
        ("Re: x", "Thank you for your email. This is an automatic response. I will reply after August 5."),
        ("Re: x", "Hi there, thanks for reaching out! This is an auto-response."),
        ("Re: x", "Beste, bedankt voor uw bericht. Dit is een automatisch antwoord, ik lees het op maandag."),
        ("Re: x", "Je suis en congés, je lirai votre demande à mon retour. Ce message est généré automatiquement."),
        ("Re: x", "Réponse automatique : je suis absent du 12 au 26 août."),
        ("Re: x", "Automatische Antwort: Danke für Ihre Nachricht, ich melde mich."),
        ("Vacation Reply", "I'm on vacation until Monday."),
        ("Out of office notification", "I am out of the office. Your mail is not read."),
        ("Out of Office", "I am away from the office."),
        ("Thank you for your email", "I am away until 3 March. In urgent cases contact Luc."),
        ("x", 'I am away.\n\nNote: This is an automated response to your message "x" sent on 1 March.'),
    ],
)
def test_note_to_anybody_below_a_subject_that_people_use_is_an_automatic_answer(subject, text):
    assert kind("An Peeters <an@home.example>", subject, text) is MailKind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "User unknown",
        "Rejected: x",
        "Quota exceeded",
        "Message non délivré",
        "전달 실패",
        "无法投递: x",
        "Kézbesíthetetlen: x",
        "Ikke leveret: x",
        "Nu poate fi livrat: x",
        "Неможливо доставити: x",
        "Αδύνατη η παράδοση: x",
    ],
)
def test_failure_that_a_postmaster_names_in_few_words_is_a_bounce(subject):
    assert kind("postmaster@x.example", subject, "x", "Auto-Submitted: auto-replied") is MailKind.BOUNCE


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("From MAILER-DAEMON  Sat Oct  4 08:00:09 2025", MailKind.PERSON),
        ("From <> Sat Oct  4 08:00:09 2025", MailKind.AUTO_REPLY),
        ("From an@home.example Sat Oct  4 08:00:09 2025", MailKind.PERSON),
    ],
)
def test_envelope_line_of_a_mailbox_file_tells_of_a_sender_that_is_nobody(line, expected):
    assert parse_mail(f"{line}\nFrom: an@home.example\nSubject: x\n\nx".encode()).kind is expected


def test_mail_of_nobody_that_says_a_user_does_not_exist_is_a_bounce_and_an_absence_is_none():
    nobody = ("Return-Path: <>", "In-Reply-To: <1@desk.example>", "Auto-Submitted: auto-replied")

    assert kind("<>", "x", "You sent mail to an@x.example. That's not a valid user here.", *nobody) is MailKind.BOUNCE
    assert kind("<>", "Automatic reply: x", "Mail was not delivered.", *nobody) is MailKind.AUTO_REPLY


def test_old_note_that_asks_programs_not_to_answer_is_an_automatic_answer():
    text = "I will be away until Monday and answer your message then."
    default = "I will not be reading my mail for a while.\nYour mail regarding 'x' will be read when I return."

    assert kind("an@home.example", "x", text, "Precedence: bulk") is MailKind.AUTO_REPLY
    assert kind("an@home.example", "x", default, "Precedence: bulk") is MailKind.AUTO_REPLY
    assert kind("an@home.example", "x", text, "Precedence: bulk", "List-Id: <x.example>") is MailKind.BULK


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("administrator@corp.example", "Mail delivery: not delivered", "550 5.1.1 User unknown"),
        ("Mailer <mailer@corp.example>", "Failed delivery", "<an@home.example>: no such user"),
        ("root@corp.example", "Message not delivered", "An address was rejected: 550 mailbox not found"),
    ],
)
def test_program_with_the_name_of_a_person_shows_what_a_server_said(sender, subject, text):
    assert kind(sender, subject, text) == MailKind.BOUNCE


@pytest.mark.parametrize(
    "text",
    [
        (
            "Hello,\n\nI am out of the office until 6 July. In urgent cases please contact desk@health.example.\n"
            "I will read your message on my return.\n\nAn"
        ),
        (
            "Beste,\nIk ben met verlof tot en met 6 juli. Voor dringende vragen kan u terecht bij luc@health.example.\n"
            "Uw bericht wordt niet doorgestuurd."
        ),
        (
            "Bonjour,\nJe suis en congé jusqu'au 6 juillet. En cas d'urgence, contactez luc@health.example.\n"
            "Merci pour votre message."
        ),
        (
            "Guten Tag,\nich bin bis 6. Juli im Urlaub. In dringenden Fällen wenden Sie sich an luc@health.example.\n"
            "Ihre E-Mail wird nicht weitergeleitet."
        ),
        (
            "Thank you for your e-mail. I'm on leave with limited access to e-mail; for urgent matters call 02 "
            "123 45 67."
        ),
    ],
)
@pytest.mark.parametrize("subject", ["Re: Your leave (HRB0001167)", "", "x"])
def test_absence_note_without_any_mark_is_told_by_its_words(subject, text):
    assert kind("an@home.example", subject, text) == MailKind.AUTO_REPLY
