"""A real DNS server on a loopback port that answers from a table."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from mail_gateway.inbound.name_servers import NameServers

Question = tuple[str, str]


@dataclass
class Zone(asyncio.DatagramProtocol):
    """What the server says: records by name and kind; names in `broken` fail, and those in `silent` get no answer."""

    records: dict[Question, list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    asked: list[Question] = field(default_factory=list)
    port: int = 0
    transport: asyncio.DatagramTransport | None = None

    def text(self, name: str, *texts: str) -> None:
        """Give a name these TXT records, cut as DNS wants them."""
        pieces = [[text[at : at + 255] for at in range(0, len(text), 255)] or [""] for text in texts]
        self.records[name, "TXT"] = [" ".join(f'"{piece}"' for piece in cut) for cut in pieces]

    @property
    def servers(self) -> NameServers:
        return NameServers(("127.0.0.1", self.port))

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        found = self.records.get((name, kind))
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        assert self.transport is not None
        self.transport.sendto(answer.to_wire(max_size=65_535), sender)


@asynccontextmanager
async def name_server() -> AsyncIterator[Zone]:
    zone = Zone()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: zone, ("127.0.0.1", 0))
    zone.port = transport.get_extra_info("sockname")[1]
    try:
        yield zone
    finally:
        transport.close()
