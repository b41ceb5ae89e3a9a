"""The words by which mail programs introduce what they quote, in the languages of their users.

Dutch, French, German and English are complete for the programs in use; the others are the plain forms.
"""

# Labels of the header block in front of a quoted mail -> the kind of header.
HEADER_LABELS: dict[str, str] = {}
for _kind, _labels in {
    "from": "from van de von da fra från od от від afzender absender expéditeur remitente lähettäjä",
    "date": (
        "date sent datum verzonden verstuurd envoyé envoyée gesendet fecha enviado enviada data inviato "
        "skickat sendt dato дата отправлено wysłano päivämäärä lähetetty odesláno"
    ),
    "to": "to aan à a an para til till do кому destinataire ontvanger empfänger vastaanottaja komu",
    "cc": "cc bcc kopie copie kopi копия",
    "subject": ("subject onderwerp objet sujet betreff betr asunto oggetto assunto emne ämne temat тема aihe předmět"),
}.items():
    for _label in _labels.split():
        HEADER_LABELS[_label] = _kind
HEADER_LABELS |= {"date d'envoi": "date", "sent on": "date", "datum verzonden": "date", "gesendet am": "date"}

# What stands between dashes above a quoted mail.
ORIGINAL_MESSAGE = frozenset(
    {
        "original message",
        "original appointment",
        "reply message",
        "oorspronkelijk bericht",
        "oorspronkelijke bericht",
        "oorspronkelijke afspraak",
        "origineel bericht",
        "originele bericht",
        "message d'origine",
        "message original",
        "message initial",
        "rendez-vous d'origine",
        "ursprüngliche nachricht",
        "originalnachricht",
        "original-nachricht",
        "ursprünglicher termin",
        "originele e-mail",
        "originele mail",
        "oorspronkelijk e-mail",
        "oorspronkelijke e-mail",
        "oorspronkelijke mail",
        "mail original",
        "e-mail original",
        "courriel d'origine",
        "original mail",
        "ursprüngliche e-mail",
        "ursprüngliche mail",
        "original email",
        "e-mail d'origine",
        "courriel original",
        "mensaje original",
        "messaggio originale",
        "mensagem original",
        "ursprungligt meddelande",
        "opprinnelig melding",
        "oprindelig meddelelse",
        "wiadomość oryginalna",
        "исходное сообщение",
        "alkuperäinen viesti",
    }
)
FORWARDED_MESSAGE = frozenset(
    {
        "forwarded message",
        "begin forwarded message",
        "forwarded by",
        "doorgestuurd bericht",
        "doorgestuurde bericht",
        "begin doorgestuurd bericht",
        "message transféré",
        "début du message transféré",
        "début du message réexpédié",
        "message réexpédié",
        "weitergeleitete nachricht",
        "anfang der weitergeleiteten nachricht",
        "anfang der weitergeleiteten e-mail",
        "mensaje reenviado",
        "messaggio inoltrato",
        "mensagem encaminhada",
    }
)

# A line that says who wrote what follows has one of these verbs and ends with a colon.
WROTE = (
    "wrote",
    "schreef",
    "geschreven",
    "schreven",
    "a écrit",
    "ont écrit",
    "écrivait",
    "schrieb",
    "geschrieben",
    "escribió",
    "ha scritto",
    "escreveu",
    "skrev",
    "skrifaði",
    "napisał",
    "pisze",
    "kirjoitti",
    "пишет",
    "написал",
    "пише",
    "написав",
    "napsal",
    "írta",
    "a scris",
    "写道",
    "のメール",
)

# People write these too: they count above marked lines only.
WRITES = ("writes", "schrijft", "schreibt", "quoting ", "zitat von ", "citeert ")

# The first word of such a line, where it is not the name of who wrote.
ATTRIBUTION_STARTS = frozenset({"on", "op", "le", "am", "den", "el", "il", "em", "w", "dne", "kl", "på", "a"})

# A last line that the mail program added on its own.
SENT_FROM = (
    "sent from my ",
    "sent from outlook",
    "sent from mail",
    "sent from yahoo",
    "sent from the all-new",
    "sent via ",
    "get outlook for ",
    "verzonden vanaf mijn ",
    "verstuurd vanaf mijn ",
    "verzonden met mijn ",
    "verzonden vanuit mijn ",
    "verzonden vanuit mail",
    "verzonden vanuit yahoo",
    "verzonden vanaf samsung",
    "verzonden vanuit outlook",
    "verzonden vanaf outlook",
    "outlook voor ios downloaden",
    "outlook voor android downloaden",
    "download outlook voor ",
    "outlook voor ios",
    "outlook voor android",
    "envoyé de mon ",
    "envoyé depuis mon ",
    "envoyé à partir de mon ",
    "envoyé à partir d'outlook",
    "envoyé depuis outlook",
    "envoyé à partir de outlook",
    "envoyé via ",
    "verzonden via ",
    "gesendet via ",
    "envoyé à partir de courrier",
    "envoyé à partir de yahoo",
    "envoyé depuis yahoo",
    "télécharger outlook pour ",
    "obtenez outlook pour ",
    "outlook pour ios",
    "outlook pour android",
    "von meinem ",
    "gesendet von meinem ",
    "gesendet von outlook",
    "gesendet von mail",
    "gesendet von yahoo",
    "outlook für ios beziehen",
    "outlook für android beziehen",
    "holen sie sich outlook für ",
    "laden sie outlook für ",
    "outlook für ios",
    "outlook für android",
    "enviado desde mi ",
    "enviado do meu ",
    "inviato da ",
    "sendt fra min ",
    "skickat från min ",
    "lähetetty ",
)

# The writer says that the answers stand inside the quoted text.
ANSWERS_INSIDE = (
    "see below",
    "inline",
    "answers below",
    "in red",
    "in blue",
    "zie hieronder",
    "in het rood",
    "in het blauw",
    "tussen de regels",
    "voir ci-dessous",
    "en rouge",
    "en bleu",
    "siehe unten",
    "in rot",
    "in blau",
    "zwischen den zeilen",
)

REPLY_PREFIXES = frozenset(
    {"re", "antw", "antwort", "aw", "betr", "réf", "rép", "sv", "vs", "odp", "ris", "rif", "res", "r", "ynt", "vá"}
    | {"отв", "απ", "σχετ", "回复", "答复", "回覆", "回復", "返信", "회신"}
)
FORWARD_PREFIXES = frozenset(
    {"fw", "fwd", "wg", "tr", "doorst", "dst", "i", "vl", "rv", "enc", "pd", "vb", "ilt", "továbbítás"}
    | {"пересл", "πρθ", "转发", "轉寄", "轉發", "転送", "전달"}
)
