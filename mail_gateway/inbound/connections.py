"""Counts the connections to the mail server, so that nobody takes them all."""

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

from mail_gateway.settings import MailSettings

Connection = TypeVar("Connection", bound=Hashable)


class Connections(Generic[Connection]):
    """How many connections there are, in all and from each address."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._of_host: Counter[str] = Counter()
        self._hosts: dict[Connection, str] = {}

    @property
    def open(self) -> tuple[Connection, ...]:
        """The connections that were admitted and are still there."""
        return tuple(self._hosts)

    def admit(self, connection: Connection, host: str) -> bool:
        """Count a connection, unless there are too many; a proxy has no host yet, and counts only in all."""
        if len(self._hosts) >= self._settings.connection_limit or not self._has_room(host):
            return False
        self._count(connection, host)
        return True

    def move(self, connection: Connection, host: str) -> bool:
        """Count an admitted connection for the host behind the proxy, unless that host has too many."""
        if connection not in self._hosts or not self._has_room(host):
            return False
        self.leave(connection)
        self._count(connection, host)
        return True

    def leave(self, connection: Connection) -> None:
        """Forget a connection, if it was admitted."""
        host = self._hosts.pop(connection, "")
        self._of_host[host] -= 1
        if self._of_host[host] <= 0:
            del self._of_host[host]

    def _has_room(self, host: str) -> bool:
        return not host or self._of_host[host] < self._settings.connections_per_address

    def _count(self, connection: Connection, host: str) -> None:
        self._hosts[connection] = host
        self._of_host[host] += 1
