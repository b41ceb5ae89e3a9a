"""What the desk must be told from outside; filled by `runtime.settings`, the only reader of the environment."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True)
class AcceptanceRules:
    """How long the desk waits for the acceptance of an answer, and how long one may come back on it: working days."""

    close_after: int = 10
    reopen_within: int = 10

    @property
    def reminders_after(self) -> tuple[int, int]:
        """After how many working days the two reminders leave: two and four fifths of the time, rounded up."""
        return (-(-self.close_after * 2 // 5), -(-self.close_after * 4 // 5))


@dataclass(frozen=True)
class DeskSettings:
    """The desk's own address, where its pages are, and the key that its signatures and codes are made with."""

    desk_address: str
    public_url: str
    secret_key: bytes
    session_idle_minutes: int = 20
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    acceptance: AcceptanceRules = AcceptanceRules()
    draft_days: int = 30
    self_service_url: str = ""
    expenses_url: str = ""

    @property
    def domain(self) -> str:
        """The domain of the desk's address."""
        return self.desk_address.rpartition("@")[2]

    def link(self, path: str) -> str:
        """Return the full address of a page."""
        return self.public_url.rstrip("/") + path
