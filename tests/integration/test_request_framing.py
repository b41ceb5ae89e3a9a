"""Two readers of one request must never see two requests: whatever can be read in two ways is refused (ASVS 4.2.1).

A proxy in front may read a length otherwise than the desk does (RFC 9112, section 11.2). Here each such request ends
the connection with one refusal, so that nothing that hides behind it is ever answered.
"""

import asyncio
import re

import pytest
from portal_site import open_site

HIDDEN = b"GET /help HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /sign-in HTTP/1.1\r\nHost: x\r\n"
EMPTY = b"\r\n\r\n0\r\n\r\n"
AMBIGUOUS = {
    "a length and chunks": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked" + EMPTY,
    "chunks of no known kind": POST + b"Transfer-Encoding: xchunked" + EMPTY,
    "a blank before the colon": POST + b"Transfer-Encoding : chunked" + EMPTY,
    "chunks that are not last": POST + b"Transfer-Encoding: chunked, identity" + EMPTY,
    "two encodings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity" + EMPTY,
    "an encoding beside a length": POST + b"Transfer-Encoding: identity\r\nContent-Length: 5" + EMPTY,
    "an encoding on the next line": POST + b"Transfer-Encoding:\r\n chunked" + EMPTY,
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\nContent-Length: 6" + EMPTY,
    "a length with a sign": POST + b"Content-Length: +5" + EMPTY,
    "a list of lengths": POST + b"Content-Length: 5, 5" + EMPTY,
    "two equal lengths": POST + b"Content-Length: 5\r\nContent-Length: 5" + EMPTY,
    "a length with a line in it": POST + b"Content-Length: 1_0" + EMPTY,
    "a length below nothing": POST + b"Content-Length: -5" + EMPTY,
    "a chunk with a prefix": POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk below nothing": POST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk and a blank": POST + b"Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    "a chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
    "a chunk with half a line end": POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    "half line ends": b"POST /sign-in HTTP/1.1\nHost: x\nContent-Length: 5\n\n0\r\n\r\n",
    "the other half of them": POST + b"X: a\rContent-Length: 5" + EMPTY,
    "two hosts": b"GET /sign-in HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET /sign-in HTTP/1.1\r\n\r\n",
}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules):
    async with open_site(database, desk, sign_in_rules) as opened:
        yield opened


async def answers(site, sent: bytes) -> list[bytes]:
    """Return the status of each answer, until the desk hangs up."""
    reader, writer = await asyncio.open_connection(site.client.host, site.client.port)
    writer.write(sent)
    received = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)


async def test_a_request_that_can_be_read_in_two_ways_is_refused_with_all_that_follows(site):
    found = {name: await answers(site, sent + HIDDEN) for name, sent in AMBIGUOUS.items()}

    assert found == {name: [b"400"] for name in AMBIGUOUS}


async def test_what_stands_within_a_request_is_never_another_one(site):
    stays = b"GET /sign-in HTTP/1.1\r\nHost: x\r\n"
    ends = stays + b"Connection: close\r\n\r\n"

    assert await answers(site, stays + b"\r\n" + ends) == [b"200", b"200"]
    length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN)
    assert await answers(site, stays + length + HIDDEN) == [b"200"]
