"""What the parser takes a plain mail for, by its sender, subject and words."""

from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import MailKind


def kind(sender: str, subject: str, text: str, *more: str) -> MailKind:
    """Return the kind of a mail of one text, with these header lines more."""
    lines = "".join(f"{line}\n" for line in more)
    head = f"From: {sender}\nTo: hr@balie.example\nSubject: {subject}\n{lines}"
    return parse_mail(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()).kind
