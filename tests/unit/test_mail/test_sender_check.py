"""What DKIM, SPF and DMARC prove, asked of a real DNS server on loopback; signatures are made by another library."""

import base64
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from mailroom import letter, wire
from name_server import Zone, name_server
from signed_mail import SIGNED, published, signed

from mail_gateway.inbound import dmarc
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.sender_check import MOST_KEYS, Finding, SenderCheck, SenderChecker
from mail_gateway.models import Envelope
from mail_gateway.outbound.signing import DkimKey, sign

AN = "An Peeters <an.peeters@health.example>"
KEY = "s1._domainkey.health.example"
DATE = "Tue, 15 Sep 2026 10:00:00 +0200"
OUTSIDE = "203.0.113.7"


@pytest.fixture
async def zone() -> AsyncIterator[Zone]:
    async with name_server() as started:
        started.text("_dmarc.health.example", "v=DMARC1; p=reject")
        started.text(KEY, published())
        started.text("health.example", "v=spf1 ip4:203.0.113.0/24 -all")
        yield started


def mail_of(sender: str = AN, **more: Any) -> bytes:
    headers = {"Date": DATE, "message_id": "m@health.example"} | more
    return wire(letter(sender, "Twelve days.", **headers))


async def check(
    zone: Zone, raw: bytes, *, remote: str = "", mail_from: str = "", at: datetime | None = None, seconds: float = 2.0
) -> SenderCheck:
    relays = (ip_network("127.0.0.0/8"), ip_network("198.51.100.9/32"))
    checker = SenderChecker(zone.servers, {"hr@balie.example"}, relays, seconds)
    envelope = Envelope(mail_from, ("hr@balie.example",), remote, "mx.health.example")
    return await checker.check(parse_mail(raw), envelope, at or datetime.now(UTC))


NOTHING = SenderCheck(Finding.NOTHING, asks="reject")
SIGNED_BY_HEALTH = SenderCheck(Finding.SIGNED, "health.example", "reject")


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
async def test_signature_of_the_senders_domain_is_proof_in_each_form(zone: Zone, header: bytes, body: bytes):
    assert await check(zone, signed(mail_of(), canonicalize=(header, body))) == SIGNED_BY_HEALTH


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet="a \t.-é", max_size=12), max_size=8),
    st.sampled_from([b"simple", b"relaxed"]),
    st.sampled_from([b"simple", b"relaxed"]),
)
def test_every_mail_that_the_other_library_signs_is_hashed_alike(lines: list[str], header: bytes, body: bytes):
    raw = mail_of().partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + "\r\n".join([*lines, ""]).encode()
    [signature] = parse_mail(signed(raw, canonicalize=(header, body))).signatures

    assert signature.covered >= {"from", "to", "subject", "date", "message-id"}


@pytest.mark.parametrize(
    ("dmarc", "domain", "found"),
    [
        ("v=DMARC1; p=none", "health.example", SenderCheck(Finding.SIGNED, "health.example", "none")),
        ("v=DMARC1; p=none", "mail.health.example", SenderCheck(Finding.SIGNED, "mail.health.example", "none")),
        ("v=DMARC1; p=quarantine; adkim=s", "mail.health.example", SenderCheck(Finding.NOTHING, asks="quarantine")),
        ("v=DMARC1; p=none", "evil.example", SenderCheck(Finding.NOTHING, asks="none")),
        ("v=DMARC1; p=none", "otherhealth.example", SenderCheck(Finding.NOTHING, asks="none")),
        ("", "health.example", SenderCheck(Finding.SIGNED, "health.example")),
        ("", "mail.health.example", SenderCheck(Finding.NOTHING)),
        ("p=none; v=DMARC1", "mail.health.example", SenderCheck(Finding.NOTHING)),
    ],
)
async def test_only_an_aligned_domain_proves(zone: Zone, dmarc: str, domain: str, found: SenderCheck):
    zone.text("_dmarc.health.example", dmarc)
    zone.text(f"s1._domainkey.{domain}", published())

    assert await check(zone, signed(mail_of(), domain=domain)) == found


async def test_policy_of_a_subdomain_is_that_of_its_organisation(zone: Zone):
    zone.text("_dmarc.health.example", "v=DMARC1; p=reject; sp=quarantine")

    found = await check(zone, signed(mail_of("an@team.north.health.example")))

    assert found == SenderCheck(Finding.SIGNED, "health.example", "quarantine")


async def test_two_policies_are_none(zone: Zone):
    zone.text("_dmarc.health.example", "v=DMARC1; p=reject", "v=DMARC1; p=none")

    assert await check(zone, mail_of()) == SenderCheck(Finding.NOTHING)


@pytest.mark.parametrize(
    ("proven", "claimed", "loosely"),
    [
        ("mail.health.example", "health.example", True),
        ("one.github.io", "two.github.io", False),
        ("one.co.uk", "two.co.uk", False),
        ("co.uk", "two.co.uk", False),
        ("health.example", "otherhealth.example", False),
    ],
)
def test_domains_are_aligned_below_the_same_registered_one(proven: str, claimed: str, *, loosely: bool):
    assert dmarc.is_aligned(proven, claimed, strict=False) is loosely
    assert dmarc.is_aligned(proven, claimed, strict=True) is False
    assert dmarc.is_aligned(claimed, claimed, strict=True) is True


async def test_international_domain_is_asked_for_in_its_ascii_form(zone: Zone):
    zone.text("s1._domainkey.xn--exmple-cua.example", published())
    raw = mail_of().replace(AN.encode(), "An <an@exämple.example>".encode())

    found = await check(zone, signed(raw, domain="xn--exmple-cua.example"))

    assert found == SenderCheck(Finding.SIGNED, "xn--exmple-cua.example")


async def test_domain_that_only_looks_alike_proves_nothing_for_the_real_one(zone: Zone):
    zone.text("s1._domainkey.xn--halth-4of.example", published())  # with a Cyrillic letter in it

    assert await check(zone, signed(mail_of(), domain="xn--halth-4of.example")) == NOTHING


CHANGED = {
    "body": lambda raw: raw.replace(b"Twelve", b"Thirty"),
    "subject": lambda raw: raw.replace(b"My leave", b"My raise"),
    "added to the body": lambda raw: raw + b"#note more\r\n",
    "a second From on top": lambda raw: b"From: luc.martin@health.example\r\n" + raw,
    "a second From below": lambda raw: raw.replace(b"Subject:", b"From: luc.martin@health.example\r\nSubject:"),
    "a From hidden behind a bare line end": lambda raw: raw.replace(b"My leave", b"My leave\rFrom: luc@health.example"),
    "an answer to another mail": lambda raw: b"In-Reply-To: <other@balie.example>\r\n" + raw,
    "a header that ends early for one reader": lambda raw: raw.replace(b"Subject:", b"--x\r\nSubject:"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED.keys())
async def test_mail_that_was_changed_on_its_way_is_not_proven(zone: Zone, change: Any):
    found = await check(zone, change(signed(mail_of())))

    assert found.finding is Finding.NOTHING


@pytest.mark.parametrize("missing", ["to", "subject", "date", "message-id", "in-reply-to", "references"])
async def test_signature_must_cover_what_steers_the_mail(zone: Zone, missing: str):
    over = tuple(name for name in SIGNED if name != missing)
    raw = mail_of(In_Reply_To="<a@balie.example>", References="<a@balie.example>")

    assert await check(zone, signed(raw, over=over)) == NOTHING
    assert await check(zone, signed(raw)) == SIGNED_BY_HEALTH


async def test_mail_that_was_written_to_somebody_else_is_not_proven_to_be_for_the_desk(zone: Zone):
    assert await check(zone, signed(mail_of(to="luc.martin@health.example"))) == NOTHING
    assert await check(zone, signed(mail_of(to="luc.martin@health.example", Cc="hr@balie.example"))) == SIGNED_BY_HEALTH


async def test_signature_with_a_body_length_does_not_count(zone: Zone):
    assert await check(zone, signed(mail_of(), length=True)) == NOTHING


async def test_sha1_does_not_count(zone: Zone):
    assert await check(zone, signed(mail_of(), signature_algorithm=b"rsa-sha1")) == NOTHING


def ed25519_key(more: str = "") -> tuple[DkimKey, str]:
    private = Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return DkimKey(f"health.example{more}", "s1", private), f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


async def test_ed25519_counts(zone: Zone):
    key, record = ed25519_key()
    zone.text(KEY, record)

    assert await check(zone, sign(mail_of(), key, datetime.now(UTC))) == SIGNED_BY_HEALTH


async def test_signature_counts_as_long_as_it_says(zone: Zone):
    now = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
    key, record = ed25519_key(f"; x={int(now.timestamp())}")
    zone.text(KEY, record)
    raw = sign(mail_of(), key, now)

    assert await check(zone, raw, at=now) == SIGNED_BY_HEALTH
    assert await check(zone, raw, at=now + timedelta(hours=2)) == NOTHING


@pytest.mark.parametrize(
    "tag", ["x=soon", "x=-1", "x=" + "9" * 30, "d=other.example", "i=@evil.example", "q=http", "c=loose"]
)
async def test_signature_with_a_tag_that_cannot_be_meant_does_not_count(zone: Zone, tag: str):
    key, record = ed25519_key(f"; {tag}")
    zone.text(KEY, record)

    assert await check(zone, sign(mail_of(), key, datetime.now(UTC))) == NOTHING


RECORDS = {
    "revoked": "v=DKIM1; p=",
    "in test mode": published(more="t=y; "),
    "for something else than mail": published(more="s=tlsrpt; "),
    "for another hash": published(more="h=sha1; "),
    "of another kind": published().replace("k=rsa", "k=ed25519"),
    "of another version": published().replace("DKIM1", "DKIM2"),
    "no key": "v=DKIM1; p=AAAA",
    "no record": "hello",
    "not base64": "v=DKIM1; p=é",
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
async def test_key_that_is_not_meant_for_this_proves_nothing(zone: Zone, record: str):
    zone.text(KEY, record)

    assert await check(zone, signed(mail_of())) == NOTHING


async def test_two_keys_under_one_name_prove_nothing(zone: Zone):
    zone.text(KEY, published(), published(1024))

    assert await check(zone, signed(mail_of())) == NOTHING


@pytest.mark.parametrize("bits", [1024, 4096])
async def test_key_of_a_usual_size_counts(zone: Zone, bits: int):
    zone.text(KEY, published(bits))

    assert await check(zone, signed(mail_of(), bits=bits)) == SIGNED_BY_HEALTH


async def test_huge_key_does_not_count(zone: Zone):
    zone.text(KEY, published(4104))
    assert await check(zone, signed(mail_of(), bits=4104)) == NOTHING
    zone.text(KEY, "v=DKIM1; p=" + "A" * 5000)
    assert await check(zone, signed(mail_of())) == NOTHING


async def test_only_so_many_keys_are_asked_for(zone: Zone):
    raw = mail_of()
    one = signed(raw)[: -len(raw)]
    zone.text(KEY, "v=DKIM1; p=AAAA")

    many = b"".join(one.replace(b"s=s1", b"s=k%d" % number) for number in range(100)) + raw
    await check(zone, many)

    assert len([name for name, _ in zone.asked if "_domainkey" in name]) == MOST_KEYS


async def test_signatures_of_strangers_cost_no_question(zone: Zone):
    raw = signed(signed(mail_of(), domain="one.example"), domain="two.example")

    assert await check(zone, raw) == NOTHING
    assert [name for name, _ in zone.asked] == ["_dmarc.health.example"]


async def test_other_signatures_do_not_stand_in_the_way(zone: Zone):
    raw = b"DKIM-Signature: v=1; a=rsa-sha256\r\n" + signed(signed(mail_of()), domain="list.example")

    assert await check(zone, raw) == SIGNED_BY_HEALTH


@pytest.mark.parametrize(
    ("spf", "result"),
    [
        ("v=spf1 ip4:203.0.113.0/24 -all", Finding.SENT_BY_ITS_SERVER),
        ("v=spf1 a:mx.health.example -all", Finding.SENT_BY_ITS_SERVER),
        ("v=spf1 include:spf.provider.example -all", Finding.SENT_BY_ITS_SERVER),
        ("v=spf1 mx ~all", Finding.SENT_BY_ITS_SERVER),
        ("v=spf1 ip4:192.0.2.0/24 -all", Finding.NOTHING),
        ("v=spf1 ip4:192.0.2.0/24 ~all", Finding.NOTHING),
        ("v=spf1 ?all", Finding.NOTHING),
        ("v=spf1 include:health.example -all", Finding.NOTHING),
        ("v=spf1 exists:%{x}.health.example -all", Finding.NOTHING),
        ("v=spf1 ip4:203.0.113.0/24 -all " + "x" * 5000, Finding.NOTHING),
        ("nothing of this kind", Finding.NOTHING),
    ],
)
async def test_server_that_the_senders_domain_allows_is_proof(zone: Zone, spf: str, result: Finding):
    zone.text("health.example", spf)
    zone.text("spf.provider.example", "v=spf1 ip4:203.0.113.7 -all")
    zone.records["mx.health.example", "A"] = [OUTSIDE]
    zone.records["health.example", "MX"] = ["10 mx.health.example."]

    found = await check(zone, mail_of(), remote=OUTSIDE, mail_from="bounce@health.example")

    assert found.finding is result


@pytest.mark.parametrize(
    ("remote", "mail_from"),
    [
        (OUTSIDE, "bounce@evil.example"),
        (OUTSIDE, ""),
        ("127.0.0.1", "bounce@health.example"),
        ("198.51.100.9", "bounce@health.example"),
        ("somewhere", "bounce@health.example"),
        ("::1", "bounce@health.example"),
    ],
)
async def test_server_proves_nothing_for_another_domain_nor_if_it_is_a_relay(zone: Zone, remote: str, mail_from: str):
    zone.text("health.example", "v=spf1 +all")
    zone.text("evil.example", "v=spf1 +all")

    assert await check(zone, mail_of(), remote=remote, mail_from=mail_from) == NOTHING


async def test_strict_policy_wants_the_very_domain_of_the_envelope(zone: Zone):
    zone.text("mail.health.example", "v=spf1 ip4:203.0.113.7 -all")
    loose = await check(zone, mail_of(), remote=OUTSIDE, mail_from="b@mail.health.example")
    zone.text("_dmarc.health.example", "v=DMARC1; p=none; aspf=s")
    strict = await check(zone, mail_of(), remote=OUTSIDE, mail_from="b@mail.health.example")

    assert loose == SenderCheck(Finding.SENT_BY_ITS_SERVER, "mail.health.example", "reject")
    assert strict == SenderCheck(Finding.NOTHING, asks="none")


async def test_address_may_be_version_4_written_as_version_6(zone: Zone):
    found = await check(zone, mail_of(), remote=f"::ffff:{OUTSIDE}", mail_from="b@health.example")

    assert found.finding is Finding.SENT_BY_ITS_SERVER


SENDERS = {
    "two addresses": "an.peeters@health.example, luc.martin@health.example",
    "a group": "Everybody: an.peeters@health.example;",
    "an empty group": "Undisclosed: ;",
    "no domain": "an.peeters",
    "an address as domain": "an.peeters@[203.0.113.7]",
    "one label": "an.peeters@" + "localhost",
    "no name at all": "<>",
}


@pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS.keys())
async def test_sender_that_is_not_one_plain_address_is_never_proven(zone: Zone, sender: str):
    raw = mail_of().replace(AN.encode(), sender.encode())

    found = await check(zone, signed(raw), remote=OUTSIDE, mail_from="b@health.example")

    assert found.finding is Finding.NOTHING


@pytest.mark.parametrize(
    "name",
    ['"Peeters, An: HR;" <an.peeters@health.example>', "=?utf-8?q?Peeters=2C_An=3A?= <an.peeters@health.example>"],
)
async def test_signs_inside_a_name_are_no_group(zone: Zone, name: str):
    raw = mail_of().replace(AN.encode(), name.encode())

    assert await check(zone, signed(raw)) == SIGNED_BY_HEALTH


@pytest.mark.parametrize("name", ["_dmarc.health.example", KEY])
@pytest.mark.parametrize("how", ["broken", "silent"])
async def test_dns_that_does_not_answer_raises_no_trust_and_takes_little_time(zone: Zone, name: str, how: str):
    getattr(zone, how).add(name)
    began = time.monotonic()

    found = await check(zone, signed(mail_of()), seconds=0.5)

    assert found.finding is Finding.UNANSWERED
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("how", ["broken", "silent"])
async def test_sending_server_that_cannot_be_asked_about_raises_no_trust(zone: Zone, how: str):
    getattr(zone, how).add("health.example")

    found = await check(zone, mail_of(), remote=OUTSIDE, mail_from="b@health.example", seconds=0.5)

    assert found.finding is Finding.UNANSWERED


async def test_no_name_server_at_all_raises_no_trust(zone: Zone):
    zone.port = 1

    assert (await check(zone, signed(mail_of()), seconds=0.5)).finding is Finding.UNANSWERED


async def test_signature_counts_the_first_time_alone():
    first = SenderCheck(Finding.SIGNED, "health.example", "reject")
    server = SenderCheck(Finding.SENT_BY_ITS_SERVER, "health.example", "reject")

    assert (first.once(came_before=False), first.once(came_before=True)) == (first, NOTHING)
    assert server.once(came_before=True) == server


def test_hostile_bodies_and_signatures_are_read_in_little_time():
    began = time.process_time()
    parse_mail(signed(mail_of()) + (b" " * 60_000 + b"x\r\n") * 50)
    parse_mail(signed(mail_of()) + b"\r\n" * 500_000)
    parse_mail(b"DKIM-Signature: v=1; b=" + b" \t" * 100_000 + b"!\r\n" + mail_of())
    parse_mail(b"DKIM-Signature: v=1; b=" + b"\r\n a" * 1_900 + b"!\r\n" + mail_of())

    assert time.process_time() - began < 8
