"""What the desk must be told from outside; filled by `runtime.settings`, the only reader of the environment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeskSettings:
    """The desk's own address, where its pages are, and the key that its signatures and codes are made with."""

    desk_address: str
    public_url: str
    secret_key: bytes
    session_idle_minutes: int = 20
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
