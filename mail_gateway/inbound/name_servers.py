"""Asks DNS, the one outside server that the check of senders needs; whoever builds the gateway hands it in."""

from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver

from mail_gateway.errors import NamesUnanswered

SECONDS = 3.0
REMEMBERED = 2_000
LONGEST_TEXT = 4_096


class NameServers:
    """The name servers to ask: those of the system, or one that is named by address and port."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        self._server = server
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def records(self, name: str, kind: str) -> Sequence[dns.rdata.Rdata]:
        """Return the records of a kind that a name has; none if there is no such name, or no name can be such.

        Raises `NamesUnanswered` when no server answered in time, or the answer was that something is broken.
        """
        try:
            found = await self._asked().resolve(name, kind, raise_on_no_answer=False, lifetime=SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN, dns.exception.SyntaxError, dns.name.NameTooLong):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise NamesUnanswered(f"{name}: {type(error).__name__}") from error
        return () if found.rrset is None else tuple(found.rrset)

    async def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each in one piece; absurdly long ones are left out.

        Raises `NamesUnanswered`.
        """
        texts = [b"".join(getattr(record, "strings", ())) for record in await self.records(name, "TXT")]
        return [text.decode("utf-8", "replace") for text in texts if len(text) <= LONGEST_TEXT]

    def _asked(self) -> dns.asyncresolver.Resolver:
        """Return the resolver; made at the first question, as a machine without network has no list of servers."""
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver(configure=self._server is None)
            if self._server is not None:
                self._resolver.nameservers = [self._server[0]]
                self._resolver.port = self._server[1]
            self._resolver.cache = dns.resolver.LRUCache(REMEMBERED)
        return self._resolver
