"""Grants the commands that nearly every delivery is made of, in the one way in which nearly all programs write them.

Whatever differs in a letter, and whatever cannot be granted, is left to aiosmtpd, which takes four times as long.
"""

import re

from aiosmtpd.smtp import Envelope

from mail_gateway import replies
from mail_gateway.settings import MailSettings

ATOMS = r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
ADDRESS = rf"<({ATOMS}@[a-z0-9-]+(?:\.[a-z0-9-]+)*)>"
PLAIN_ADDRESS = re.compile(rf"{ADDRESS}(?: ([\x21-\x7e ]*))?", re.ASCII | re.IGNORECASE)
MAIL_FROM = re.compile(
    rf"MAIL FROM:{ADDRESS}((?: SIZE=([0-9]{{1,12}}))?(?: BODY=(?:7BIT|8BITMIME))?)\r\n".encode(), re.IGNORECASE
)
RCPT_TO = re.compile(rf"RCPT TO:{ADDRESS}\r\n".encode(), re.IGNORECASE)
DATA = b"DATA\r\n"
LONGEST_LINE = 512  # RFC 5321, 4.5.3.1.4
GRANTED = "250 OK"  # as aiosmtpd says it


class PlainCommands:
    """Answers the plain commands of one connection, up to a number of them."""

    def __init__(self, settings: MailSettings, most: int) -> None:
        """Grant what these settings allow; of recipients, only the desk's own addresses are plain."""
        self._recipients = {each for each in settings.own_addresses if each.endswith(f"@{settings.domain}")}
        self._settings = settings
        self._left = most

    def grant(self, line: bytes, envelope: Envelope) -> str | None:
        """Carry out a plain command and return its reply; None, and nothing happened, for everything else."""
        if len(line) > LONGEST_LINE or self._left <= 0:
            return None
        reply = self._grant(line, envelope)
        if reply is not None:
            self._left -= 1
        return reply

    def _grant(self, line: bytes, envelope: Envelope) -> str | None:
        if not envelope.mail_from:
            sender = MAIL_FROM.fullmatch(line)
            return self._grant_sender(sender, envelope) if sender else None
        if recipient := RCPT_TO.fullmatch(line):
            return self._grant_recipient(recipient[1].decode().lower(), envelope)
        return replies.SEND_DATA if envelope.rcpt_tos and line.upper() == DATA else None

    def _grant_sender(self, sender: re.Match[bytes], envelope: Envelope) -> str | None:
        if int(sender[3] or 0) > self._settings.size_limit:
            return None
        envelope.mail_from = sender[1].decode()
        envelope.mail_options.extend(sender[2].decode().upper().split())
        envelope.smtp_utf8 = False
        return GRANTED

    def _grant_recipient(self, address: str, envelope: Envelope) -> str | None:
        if address not in self._recipients or len(envelope.rcpt_tos) >= self._settings.recipient_limit:
            return None
        envelope.rcpt_tos.append(address)
        return replies.GO_ON
