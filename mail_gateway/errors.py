"""What can go wrong between a mail server and the desk."""

from pathlib import Path


class MailGatewayError(Exception):
    """The mail gateway could not do its work."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class CertificateUnusable(MailGatewayError):
    """The certificate of the mail server cannot be used with its key."""

    def __init__(self, certificate: Path, key: Path, reason: OSError) -> None:
        super().__init__(f"The certificate {certificate} cannot be used with the key {key}: {reason}")


class MailUnreadable(MailGatewayError):
    """The mail could not be read within its bounds; its raw bytes are kept and a person has to look at it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The mail could not be read: {reason}")
        self.reason = reason


class ReaderEnded(MailUnreadable):
    """The process that was to read a mail ended before it answered, by this mail or by somebody else."""


class KeyUnusable(MailGatewayError):
    """The DKIM key cannot be used."""


class NamesUnanswered(MailGatewayError):
    """DNS gave no answer; it may give one later."""
