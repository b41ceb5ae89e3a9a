"""Describes a parsed mail as the JSON object that `balie mail parse` prints."""

import hashlib
from typing import Any

from mail_gateway.models import Address, ParsedAttachment, ParsedMail


def describe(mail: ParsedMail, file: str) -> dict[str, Any]:
    """Return the object for one file, named as given; nothing in it was checked against anything known."""
    return {
        "file": file,
        "message_id": bracketed(mail.message_id),
        "in_reply_to": bracketed(mail.in_reply_to),
        "references": [f"<{reference}>" for reference in mail.references],
        "from": _address(mail.from_),
        "to": [_address(address) for address in mail.to],
        "cc": [_address(address) for address in mail.cc],
        "reply_to": [_address(address) for address in mail.reply_to],
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "html": mail.html,
        "reply_text": mail.reply_text,
        "kind": mail.kind.value,
        "language": mail.language,
        "trust": "unchecked",
        "attachments": [_attachment(attachment) for attachment in mail.attachments],
        "defects": [defect.value for defect in mail.defects],
    }


def bracketed(message_id: str | None) -> str | None:
    """Return a message identifier as headers write it (RFC 5322, section 3.6.4); it is stored without its brackets."""
    return None if message_id is None else f"<{message_id}>"


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _attachment(attachment: ParsedAttachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "declared_type": attachment.declared_type,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": hashlib.sha256(attachment.content).hexdigest(),
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }
