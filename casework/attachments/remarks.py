"""Names files in a mail with what somebody has to know of them, in the reader's language."""

from casework.attachments.models import Attachment

QUARANTINED = {
    "nl": "in quarantaine: dit bestand kan schadelijk zijn",
    "fr": "en quarantaine : ce fichier peut être nuisible",
    "de": "in Quarantäne: Diese Datei kann schädlich sein",
    "en": "quarantined: this file may be harmful",
}
PROTECTED = {
    "nl": "beveiligd met een wachtwoord",
    "fr": "protégé par un mot de passe",
    "de": "mit einem Passwort geschützt",
    "en": "protected with a password",
}
MACROS = {
    "nl": "bevat macro's: voer ze niet uit",
    "fr": "contient des macros : ne les exécutez pas",
    "de": "enthält Makros: Führen Sie diese nicht aus",
    "en": "holds macros: do not run them",
}
UNACCEPTED = {
    "nl": "een soort bestand dat we niet gebruiken",
    "fr": "un type de fichier que nous n'utilisons pas",
    "de": "eine Art von Datei, die wir nicht verwenden",
    "en": "a kind of file that we do not use",
}
SEND_OTHERWISE = {
    "nl": "dit soort bestand kunnen we niet gebruiken; stuur het als pdf, foto, tekst of Office-document",
    "fr": "nous ne pouvons pas utiliser ce type de fichier ; envoyez-le en PDF, photo, texte ou document Office",
    "de": "diese Art von Datei können wir nicht verwenden; senden Sie sie als PDF, Foto, Text oder Office-Dokument",
    "en": "we cannot use this kind of file; send it as a PDF, a photo, a text or an office document",
}


def for_handler(file: Attachment, language: str) -> str:
    """Return the name of a file with every warning about it."""
    warnings = (
        (file.quarantined, QUARANTINED),
        (file.protected, PROTECTED),
        (file.has_macros, MACROS),
        (file.unaccepted, UNACCEPTED),
    )
    said = [texts[language] for applies, texts in warnings if applies]
    return f"{file.filename} ({'; '.join(said)})" if said else file.filename


def for_requester(file: Attachment, language: str) -> str:
    """Return the name of a file, and what to send instead of one that cannot be used."""
    return f"{file.filename} ({SEND_OTHERWISE[language]})" if file.unaccepted else file.filename
