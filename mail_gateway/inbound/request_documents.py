"""Which file of a mail is which document that a form asks for, judged by its name and then by its own words."""

from collections.abc import Collection, Sequence

from casework.catalogue import words
from casework.catalogue.models import Catalogue, Form, RequiredDocument
from mail_gateway.inbound import document_texts
from mail_gateway.models import ParsedAttachment, ParsedMail

_ADDED_BY_PROGRAMS = frozenset(
    {
        "application/ms-tnef",
        "application/pgp-encrypted",
        "application/pgp-keys",
        "application/pgp-signature",
        "application/pkcs7-mime",
        "application/pkcs7-signature",
        "application/x-pkcs7-mime",
        "application/x-pkcs7-signature",
    }
)
_SHORTEST_TITLE = 6  # of a document, to be looked for among other words
_SHORTEST_WORD = 4  # of a label, to be looked for in a file name
_ENOUGH_OF_A_LABEL = 0.5


def takes(catalogue: Catalogue, form: Form | None, file: ParsedAttachment) -> bool:
    """Return whether a file is of a kind that a form takes; what mail programs add themselves is nobody's document."""
    return file.inline or file.declared_type in _ADDED_BY_PROGRAMS or catalogue.takes(file.content_type, form)


def documents_in(
    mail: ParsedMail, needed: Collection[RequiredDocument], *, usable: Sequence[bool], asked_for: bool = False
) -> list[RequiredDocument | None]:
    """Return for each file of a mail which of the needed documents it is, judged by its name and then its text.

    `usable` says of each file whether its kind is taken. `asked_for` says that the mail answers a request for these
    documents: then the only file is the only document.
    """
    candidates = [
        usable_ and not file.inline and file.declared_type not in _ADDED_BY_PROGRAMS
        for file, usable_ in zip(mail.attachments, usable, strict=True)
    ]
    documents = [
        _document_of(file, needed) if is_candidate else None
        for file, is_candidate in zip(mail.attachments, candidates, strict=True)
    ]
    if asked_for and sum(candidates) == len(needed) == 1:
        documents[candidates.index(True)] = next(iter(needed))
    return documents


def _document_of(file: ParsedAttachment, needed: Collection[RequiredDocument]) -> RequiredDocument | None:
    called = _document_called(file.filename, needed)
    if called is not None or not needed:
        return called
    title = words.fold(document_texts.beginning_of(file.content, file.content_type))
    titled = [
        document
        for document in needed
        if any(
            len(label) >= _SHORTEST_TITLE and f" {label} " in f" {title} "
            for label in map(words.fold, document.label.in_each())
        )
    ]
    return titled[0] if len(titled) == 1 else None


def _document_called(filename: str, needed: Collection[RequiredDocument]) -> RequiredDocument | None:
    name = words.fold(filename.rpartition(".")[0] or filename)
    scored = [
        (_share(words.fold(label), name), document)
        for document in needed
        for label in (document.key, *document.label.in_each())
    ]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] > _ENOUGH_OF_A_LABEL else None


def _share(label: str, name: str) -> float:
    """Return how much of a label's words stand in a file name; words may be written as one."""
    telling = [word for word in label.split() if len(word) >= _SHORTEST_WORD]
    joined = name.replace(" ", "")
    return sum(word in joined for word in telling) / len(telling) if telling else 0.0
