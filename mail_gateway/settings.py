"""What the mail gateway must be told from outside; filled by `runtime.settings`, the only reader of the environment."""

import hashlib
import hmac
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

MEBIBYTE = 1024 * 1024
Network = IPv4Network | IPv6Network
THIS_MACHINE = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


@dataclass(frozen=True)
class MailboxSettings:
    """The IMAP mailbox that mail is taken from, and where it is moved to once it is kept (else it is marked seen).

    `ca_file` (PEM) names who signed the server's certificate, if that is nobody whom the system knows.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    move_to: str = ""
    tls: bool = True
    ca_file: Path | None = None
    poll_seconds: float = 60.0

    @property
    def name(self) -> str:
        """What the mailbox is called where its state is shown."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True)
class MailSettings:
    """Where mail comes in, where it goes out, and the limits within which both happen.

    Without `relay_url` (`smtp://host:port`) outgoing mail is put into `maildir`. With `relay_tls_required` it leaves
    over TLS alone, to a relay whose certificate the system or `relay_ca_file` (PEM) vouches for. Sizes are
    bytes, times are seconds.
    `mailbox` is where mail is taken from, if not from the desk's own server alone.
    `authserv_id` names the mail server in front whose findings about senders are believed, if they come from one of
    `authserv_peers`. With `tls_certificate` and `tls_key` (PEM) the server offers STARTTLS. `proxy_peers` are the
    load balancers that begin each connection with a PROXY header. `clamd` (`host:port` or the path of a socket) looks
    at every file; without it none is looked at. `sender_check` has us look up in DNS who sent a mail, at `dns_server`
    or else at the servers of the system. With `dkim_key` (PEM) and `dkim_selector` our mails are signed for
    `dkim_domain`.
    """

    desk_address: str
    secret_key: bytes = field(repr=False)
    maildir: Path
    relay_url: str | None = None
    relay_tls_required: bool = False
    relay_ca_file: Path | None = None
    desk_name: str = "Balie"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 2525
    authserv_id: str = ""
    authserv_peers: tuple[Network, ...] = THIS_MACHINE
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_required: bool = False
    proxy_peers: tuple[Network, ...] = ()
    size_limit: int = 35 * MEBIBYTE
    line_limit: int = 64 * 1024
    recipient_limit: int = 100
    command_limit: int = 100
    connection_limit: int = 1000
    connections_per_address: int = 400
    spooled_mails_at_once: int = 200
    error_limit: int = 100
    idle_seconds: float = 300.0
    session_seconds: float = 1800.0
    proxy_seconds: float = 5.0
    stop_seconds: float = 3.0
    sender_check: bool = False
    dns_server: tuple[str, int] | None = None
    dkim_key: Path | None = None
    dkim_selector: str = ""
    dkim_domain: str = ""
    mailbox: MailboxSettings | None = None
    clamd: str = ""
    scan_seconds: float = 60.0
    intake_poll_seconds: float = 1.0
    outbox_poll_seconds: float = 1.0
    sends_at_once: int = 8
    send_seconds: float = 45.0

    @property
    def domain(self) -> str:
        """The domain of the desk's address, in lower case."""
        return self.desk_address.lower().rpartition("@")[2]

    @property
    def spool_folder(self) -> Path:
        """Where large mails lie while they come in; the files have no name and go with the process."""
        return self.maildir.parent

    @property
    def instance_id(self) -> str:
        """The mark that every mail of this desk carries, so that it is known when it comes back."""
        return hmac.digest(self.secret_key, b"instance", hashlib.sha256).hex()[:16]

    @property
    def own_addresses(self) -> frozenset[str]:
        """The addresses that are the desk itself, in lower case."""
        return frozenset({self.desk_address.lower(), f"postmaster@{self.domain}"})
