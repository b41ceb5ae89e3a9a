"""The words of the mail gateway: what an envelope, a mail and a file in it are once they have been read."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from casework.attachments.inspection import KeptContent


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox as a header names it; both halves are claims of the sender."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the sending server said first; an empty `mail_from` is the null sender (RFC 5321, 4.5.5).

    `remote` is the address of that server, `helo` the name it gave itself.
    """

    mail_from: str
    rcpt_tos: tuple[str, ...]
    remote: str = field(default="", compare=False)
    helo: str = field(default="", compare=False)


class MailKind(StrEnum):
    """Who or what wrote a mail, as far as its headers tell."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    REPORT = "report"
    BULK = "bulk"
    LOOP = "loop"


class Defect(StrEnum):
    """What is wrong with a mail, or could not be established about it, in the words shown to people."""

    HEADER_TOO_LONG = "header too long"
    TOO_MANY_ADDRESSES = "too many addresses"
    TOO_MANY_PARTS = "too many parts"
    TOO_DEEP = "too deep"
    TEXT_TOO_LONG = "text too long"
    NO_SENDER = "no sender"
    SEVERAL_SENDERS = "several senders"
    SENDER_IS_GROUP = "sender is a group"
    DATE_UNREADABLE = "date unreadable"
    CUT_SHORT = "cut short"
    ENCODING_BROKEN = "encoding broken"
    CHARSET_BROKEN = "charset broken"
    SIGNATURE_NOT_VERIFIED = "signature not verified"
    ENCRYPTED = "encrypted"
    TNEF_BROKEN = "winmail.dat broken"


# Over these bounds something of the mail was left unread: a person has to look at the raw bytes.
UNREAD_DEFECTS = frozenset(
    {
        Defect.HEADER_TOO_LONG,
        Defect.TOO_MANY_ADDRESSES,
        Defect.TOO_MANY_PARTS,
        Defect.TOO_DEEP,
        Defect.TEXT_TOO_LONG,
    }
)


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """A file in a mail: `declared_type` is what the sender says it is, `content_type` what its bytes show.

    `finding` is what a virus scanner said about it; None if it said nothing or was not asked. `kept` is what the
    desk found when it put the bytes on the disk; None if it has not.
    """

    filename: str
    declared_type: str
    content_type: str
    content: bytes
    size: int
    inline: bool
    content_id: str | None
    finding: str | None = None
    kept: KeptContent | None = None


@dataclass(frozen=True, slots=True)
class CalendarInvite:
    """A meeting found in a mail; its times are in UTC if the calendar names a known zone, else naive.

    `method` is the iTIP method in capitals (RFC 5546): REQUEST invites; REPLY, COUNTER and CANCEL are sent
    by calendar programs.
    """

    method: str
    summary: str
    starts_at: datetime | None
    ends_at: datetime | None
    whole_day: bool


class KeyType(StrEnum):
    """How a DKIM signature was made: RSA (RFC 6376) or Ed25519 (RFC 8463), both over SHA-256."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """A DKIM signature that fits the body of its mail; whether it is genuine only the key in DNS can tell.

    `digest` is the SHA-256 that `signature` must confirm. `covered` names the headers of which every field is signed.
    `expires_at` is in seconds since 1970.
    """

    domain: str
    selector: str
    identity_domain: str
    key_type: KeyType
    signature: bytes
    digest: bytes
    covered: frozenset[str]
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail read into text, files and facts; nothing in it is trusted.

    `text` is the whole body. `reply_end` is the offset into `text` where the quoted part starts, read as if
    the mail answers another; it is the length of `text` for forwards and where no cut is safe. `reply_start` is
    above 0 only for a writer who answers below what they quote: it is the offset where they begin. `headers`
    holds every header in order, names in lower case, values decoded and on one line; `Authentication-Results`
    is not decoded, as it may hold no encoded words (RFC 2047, section 5).
    """

    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    from_: Address
    from_count: int
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    text: str
    html: str
    reply_start: int
    reply_end: int
    answers: bool
    language: str | None
    kind: MailKind
    attachments: tuple[ParsedAttachment, ...]
    calendar: tuple[CalendarInvite, ...]
    defects: tuple[Defect, ...]
    headers: tuple[tuple[str, str], ...]
    signatures: tuple[DkimSignature, ...] = ()

    @property
    def answer_text(self) -> str:
        """What the writer added, for a mail that is known to answer one of ours."""
        return self.text[self.reply_start : self.reply_end].rstrip()

    @property
    def reply_text(self) -> str:
        """What the writer added if the mail itself says that it answers another, else the whole text."""
        return self.text[: self.reply_end].rstrip() if self.answers else self.text

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty text; `name` in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return every value of a header in the order of the mail; `name` in lower case."""
        return tuple(value for key, value in self.headers if key == name)
