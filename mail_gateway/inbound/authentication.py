"""Reads what our own border said about a mail: `Authentication-Results` (RFC 8601) of one configured server.

Anybody can write such a header. What counts stands at the top, names our border, and came by a machine that is
told to be it; the border must drop every other header with its name (RFC 8601, section 5).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from mail_gateway.models import Defect, Envelope, ParsedMail
from mail_gateway.settings import Network

HEADER = "authentication-results"

_MOST_HEADERS = 10
_LONGEST_HEADER = 8_000
_METHOD = re.compile(r"([a-z][a-z0-9-]*)(?:/[0-9]+)?\s*=\s*([a-z]+)(?=\s|$)", re.IGNORECASE | re.ASCII)
_PROPERTY = re.compile(
    r'([a-z]+\.[a-z0-9-]+)\s*=\s*((?:"(?:[^"\\]|\\.)*"|[^\s"])+)', re.IGNORECASE | re.ASCII
)  # a quoted string is one piece, whatever it holds
DOUBTFUL = frozenset({Defect.SEVERAL_SENDERS, Defect.SENDER_IS_GROUP, Defect.NO_SENDER, Defect.HEADER_TOO_LONG})
"""Where a mail has one of these, a server that checked it may have read another sender than the desk does."""
_PROVES = (("dkim", "header.d"), ("dkim", "header.i"), ("spf", "smtp.mailfrom"))


@dataclass(frozen=True, slots=True)
class Border:
    """The mail server in front of the desk whose checks are believed; without a name none is.

    `peers` are the machines that speak for it to the desk's own server.
    """

    authserv_id: str = ""
    peers: tuple[Network, ...] = ()


NO_BORDER = Border()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found by one method, `dmarc=pass` for one, and about what."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


def proof_of_sender(mail: ParsedMail, envelope: Envelope, border: Border) -> str | None:
    """Return what shows that a mail comes from the domain in its From, in words; None if nothing does.

    A DMARC result decides (RFC 7489). Without one, DKIM or SPF of that domain or of one above it is enough.
    """
    domain = mail.from_.address.rpartition("@")[2].strip().lower()
    if not border.authserv_id or not domain or mail.from_count != 1 or not _is_peer(envelope.remote, border):
        return None
    if not DOUBTFUL.isdisjoint(mail.defects):
        return None
    findings = [finding for value in _of_border(mail, border.authserv_id) for finding in read_findings(value)]
    verdicts = [finding for finding in findings if finding.method == "dmarc"]
    if verdicts:
        passed = all(one.result == "pass" and _domain(one, "header.from") == domain for one in verdicts)
        return f"{border.authserv_id} found dmarc=pass for {domain}" if passed else None
    for method, about in _PROVES:
        for finding in findings:
            if (finding.method, finding.result) == (method, "pass") and _aligned(_domain(finding, about), domain):
                return f"{border.authserv_id} found {method}=pass for {_domain(finding, about)}"
    return None


def _is_peer(remote: str, border: Border) -> bool:
    try:
        address = ip_address(remote.partition("%")[0])
    except ValueError:
        return False
    return is_within(address, border.peers)


def is_within(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address is in one of the networks; an IPv4 address may be written as IPv6."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in networks)


def _of_border(mail: ParsedMail, authserv_id: str) -> list[str]:
    """Return the results of the border: the first one that bears its name and those right under it.

    Lower down, past anything else, its name is the sender's word: that is a forged header.
    """
    found: list[str] = []
    for name, value in mail.headers:
        if name == HEADER and _server(value) == authserv_id.lower():
            found.append(value)
        elif found:
            break
    return found[:_MOST_HEADERS]


def _server(value: str) -> str:
    """Return the name of the server that checked; behind it a version may stand."""
    pieces = _pieces(value)
    return (pieces[0].split() or [""])[0].strip('"').lower() if pieces else ""


def read_findings(value: str) -> Iterator[Finding]:
    """Yield what one header says; one that is not written as RFC 8601 asks says nothing at all."""
    pieces = _pieces(value)[1:]
    methods = [_METHOD.match(piece) for piece in pieces]
    if not all(methods):
        return
    for piece, method in zip(pieces, methods, strict=True):
        if method is not None:
            found = _PROPERTY.findall(piece, method.end())
            properties = {name.lower(): text.lower() for name, text in found}
            yield Finding(method[1].lower(), method[2].lower(), properties)


def _pieces(value: str) -> list[str]:
    """Return what stands between the semicolons, comments taken out; nothing if a quote or a comment stays open."""
    pieces, depth, quoted, escaped = [""], 0, False, False
    for char in value[: _LONGEST_HEADER + 1]:
        written = "" if depth else char
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif quoted or (char == '"' and not depth):
            quoted = char != '"' or not quoted
        elif char == "(":
            depth, written = depth + 1, ""
        elif char == ")" and depth:
            depth, written = depth - 1, " "
        elif char == ";" and not depth:
            pieces.append("")
            continue
        pieces[-1] += written
    if depth or quoted or len(value) > _LONGEST_HEADER:
        return []
    stripped = [piece.strip() for piece in pieces]
    return stripped if stripped[-1] else stripped[:-1]


def _domain(finding: Finding, about: str) -> str:
    return finding.properties.get(about, "").rpartition("@")[2].strip('<>"')


def _aligned(proven: str, claimed: str) -> bool:
    """Tell whether a proven domain speaks for the claimed one: it is the same, or one above it.

    RFC 7489 also lets a domain below speak; who may own that is in a list that the desk does not have.
    """
    return bool(proven) and (proven == claimed or ("." in proven and claimed.endswith(f".{proven}")))
