"""Turns a read mail into what a case keeps of it: its words, and its files."""

from collections.abc import Sequence
from itertools import zip_longest

from casework.attachments.models import IncomingFile
from casework.cases.models import Case
from casework.catalogue.models import Form, RequiredDocument
from casework.desk import Desk
from casework.messages.models import Channel
from casework.messages.service import Words
from mail_gateway.inbound.identity import Sender
from mail_gateway.inbound.request_documents import takes
from mail_gateway.models import ParsedMail


def words(mail: ParsedMail, sender: Sender, *, is_answer: bool) -> Words:
    """Return the words of a mail: all of them, and if it answers one of ours, with what it quotes folded."""
    if is_answer and mail.reply_start:
        own, quoted = mail.text[mail.reply_start :].rstrip(), mail.text[: mail.reply_start].rstrip()
        return Words(f"{own}\n\n{quoted}", Channel.MAIL, len(own), mail.message_id, sender.trust.shown)
    folded = is_answer and mail.reply_end < len(mail.text)
    return Words(
        text=mail.text,
        channel=Channel.MAIL,
        folded_from=mail.reply_end if folded else None,
        mail_message_id=mail.message_id,
        sender=sender.trust.shown,
    )


def files(
    desk: Desk, mail: ParsedMail, form: Form | None = None, documents: Sequence[RequiredDocument | None] = ()
) -> list[IncomingFile]:
    """Return the files of a mail, each with the required document that it is, if it is one."""
    return [
        IncomingFile(
            file.filename,
            file.declared_type,
            file.content,
            document.key if document else None,
            document.sensitive if document else None,
            file.finding,
            unaccepted=not takes(desk.catalogue, form, file),
            kept=file.kept,
        )
        for file, document in zip_longest(mail.attachments, documents)
    ]


def form_of(desk: Desk, case: Case) -> Form | None:
    """Return the form of a case, which says what files it takes."""
    return desk.catalogue.form(case.form_key) if case.form_key else None
