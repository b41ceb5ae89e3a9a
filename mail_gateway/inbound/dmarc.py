"""What a domain publishes about mail in its name, and which other domains may speak for it (DMARC, RFC 7489)."""

from dataclasses import dataclass
from functools import cache

from publicsuffixlist import PublicSuffixList

from mail_gateway.inbound.name_servers import NameServers

_POLICIES = frozenset({"none", "quarantine", "reject"})


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """What the owner of a domain asks for mail that is not proven, and how near a domain must be to prove it."""

    asks: str
    strict_signature: bool = False
    strict_server: bool = False


UNPUBLISHED = DmarcPolicy("", strict_signature=True, strict_server=True)
"""A domain that publishes nothing: only the very same domain speaks for it."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def organisation_of(domain: str) -> str:
    """Return the domain that an organisation registered: the one right below a public suffix (RFC 7489, 3.2)."""
    return str(_suffixes().privatesuffix(domain) or domain)


def is_aligned(proven: str, claimed: str, *, strict: bool) -> bool:
    """Tell whether a proven domain speaks for the claimed one (RFC 7489, 3.1)."""
    return proven == claimed or (not strict and organisation_of(proven) == organisation_of(claimed))


async def policy_of(servers: NameServers, domain: str) -> DmarcPolicy:
    """Return the policy of a domain, or else of the organisation above it (RFC 7489, 6.6.3).

    Raises `NamesUnanswered`.
    """
    own = _only_policy(await servers.texts(f"_dmarc.{domain}"), is_below=False)
    if own is not None:
        return own
    organisation = organisation_of(domain)
    if organisation == domain:
        return UNPUBLISHED
    return _only_policy(await servers.texts(f"_dmarc.{organisation}"), is_below=True) or UNPUBLISHED


def _only_policy(texts: list[str], *, is_below: bool) -> DmarcPolicy | None:
    """Read the one policy among the records of a name; two of them are none."""
    records = [tags for text in texts if (tags := _tags(text)) is not None]
    if len(records) != 1:
        return None
    tags = records[0]
    asks = tags.get("sp", tags.get("p", "none")) if is_below else tags.get("p", "none")
    return DmarcPolicy(
        asks if asks in _POLICIES else "none",
        strict_signature=tags.get("adkim") == "s",
        strict_server=tags.get("aspf") == "s",
    )


def _tags(text: str) -> dict[str, str] | None:
    """Return the tags of a policy record, names and values in lower case; None for any other record."""
    pieces = [piece.partition("=") for piece in text.split(";")]
    tags = {name.strip().lower(): value.strip().lower() for name, equals, value in pieces if equals}
    return tags if next(iter(tags.items()), None) == ("v", "dmarc1") else None
