from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_gateway.inbound.authentication import Border, Finding, proof_of_sender, read_findings
from mail_gateway.inbound.identity import MAY, Deed, TrustLevel
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.models import Envelope

BORDER = Border("mx.balie.example", (ip_network("192.0.2.0/24"), ip_network("::1")))
RESULT = "Authentication-Results: mx.balie.example; "
PASS = RESULT + "dmarc=pass header.from=health.example"


def proof(*lines: str, remote: str = "192.0.2.7", sender: str = "an@health.example", border: Border = BORDER):
    raw = "\r\n".join([*lines, f"From: An <{sender}>", "Subject: x", "", "y"]).encode()
    return proof_of_sender(parse_mail(raw), Envelope("", (), remote), border)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("dmarc=pass (p=NONE sp=NONE) header.from=health.example", "dmarc=pass for health.example"),
        ("dmarc=pass action=none header.from=HEALTH.example;", "dmarc=pass for health.example"),
        ('dkim=pass reason="good; key" header.d=health.example header.s=k1', "dkim=pass for health.example"),
        ("dkim=fail header.d=health.example; dkim=pass header.i=@health.example", "dkim=pass for health.example"),
        ("spf=pass smtp.mailfrom=bounce@health.example", "spf=pass for health.example"),
        ("spf=pass\r\n\tsmtp.mailfrom=health.example", "spf=pass for health.example"),
    ],
)
def test_result_of_our_border_for_the_domain_of_the_sender_is_proof(header: str, found: str):
    assert proof(RESULT + header) == f"mx.balie.example found {found}"


@pytest.mark.parametrize(
    "sender", ["me@health.example: <boss@health.example>;", r"me@health.example (<boss@health.example>\\)"]
)
def test_border_proves_no_sender_that_it_may_have_read_otherwise(sender: str):
    raw = f"{PASS}\r\nFrom: {sender}\r\nSubject: x\r\n\r\ny".encode()

    assert proof_of_sender(parse_mail(raw), Envelope("", (), "192.0.2.7"), BORDER) is None


def test_domain_above_the_senders_speaks_for_it_and_one_below_does_not():
    header = RESULT + "dkim=pass header.d="

    assert proof(header + "health.example", sender="an@mail.health.example") is not None
    assert proof(header + "mail.health.example") is None
    assert proof(header + "example") is None
    assert proof(header + "otherhealth.example") is None


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (RESULT + "none",),
        (PASS.replace("mx.balie", "mx.elsewhere"),),
        (PASS.replace("mx.balie", "x.mx.balie"),),
        (RESULT + "dmarc=fail header.from=health.example; dkim=pass header.d=health.example",),
        (RESULT + "dmarc=fail header.from=health.example", PASS),
        (RESULT + "spf=pass smtp.mailfrom=evil.example", "Received: from x by mx.balie.example", PASS),
        (RESULT + "dmarc=pass header.from=evil.example",),
        (RESULT + "dmarc=pass",),
        (RESULT + "dmarc=pass (header.from=health.example)",),
        (RESULT + 'spf=pass smtp.mailfrom="x; dmarc=pass header.from=health.example"@evil.example',),
        (RESULT + "spf=pass smtp.mailfrom==?utf-8?q?x=3Bdmarc=3Dpass=20header.from=3Dhealth.example?=@evil.example",),
        (RESULT + "spf=pass (open; dmarc=pass header.from=health.example",),
        (RESULT + 'spf=pass "open; dmarc=pass header.from=health.example',),
        (RESULT + "spf=pass x; and more; dmarc=pass header.from=health.example",),
        (RESULT + "x=" + "y" * 9000 + "; dmarc=pass header.from=health.example",),
        (PASS, "From: luc@health.example"),
    ],
)
def test_anything_else_is_no_proof(lines: tuple[str, ...]):
    assert proof(*lines) is None


@pytest.mark.parametrize("remote", ["198.51.100.1", "", "somewhere", "::2"])
def test_machine_that_is_not_our_border_proves_nothing_by_its_name(remote: str):
    assert proof(PASS, remote=remote) is None


@pytest.mark.parametrize("remote", ["192.0.2.1", "::1", "::ffff:192.0.2.9"])
def test_peer_may_be_a_network_and_an_address_written_either_way(remote: str):
    assert proof(PASS, remote=remote) is not None


def test_without_a_configured_name_nothing_is_proof():
    assert proof(PASS, border=Border()) is None
    assert proof("Authentication-Results: ; dmarc=pass header.from=health.example", border=Border()) is None


def test_several_headers_of_the_border_are_read_together():
    assert proof(RESULT + "spf=fail smtp.mailfrom=health.example", PASS) is not None


def test_finding_holds_method_result_and_properties():
    value = 'mx.example 1; DKIM/1=Pass (a (nested) note) header.d=x.example header.b="q\\"r"; spf=none'

    assert list(read_findings(value)) == [
        Finding("dkim", "pass", {"header.d": "x.example", "header.b": '"q\\"r"'}),
        Finding("spf", "none"),
    ]


@given(st.text(alphabet='ab=;()"\\ .@', max_size=60))
def test_no_local_part_in_quotes_can_add_a_result(written: str):
    escaped = written.replace("\\", "\\\\").replace('"', '\\"')
    value = f'mx; spf=pass smtp.mailfrom="{escaped}"@evil.example'

    assert [finding.method for finding in read_findings(value)] == ["spf"]


def test_table_of_trust_covers_every_level_and_only_proof_may_act():
    assert set(MAY) == set(TrustLevel)
    assert {level for level in TrustLevel if Deed.HANDLE in MAY[level]} == {TrustLevel.PROVEN, TrustLevel.VOUCHED}
    assert {level for level in TrustLevel if Deed.DECIDE in MAY[level]} == {TrustLevel.PROVEN, TrustLevel.VOUCHED}
    assert MAY[TrustLevel.UNPROVEN] == {Deed.ASK}
