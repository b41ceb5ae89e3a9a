"""Our mails carry a signature that another library confirms, and a key that cannot be used is named at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import factories
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings, other_server, wire
from signed_mail import pem, private_key

from casework.cases.models import Case
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from mail_gateway.errors import KeyUnusable
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.outbound.compose import HEADER_BLOCK
from mail_gateway.outbound.signing import DkimKey, read_key, sign
from mail_gateway.store import MailState, ReceivedMail

RSA = DkimKey("balie.example", "balie1", private_key())
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def is_genuine(raw: bytes, key: DkimKey = RSA) -> bool:
    """Ask the other library, which finds the key where the desk says it stands."""

    def record(name: bytes, timeout: float = 5.0) -> bytes | None:
        return key.record.encode() if name.decode() == f"{key.record_name}." else None

    return bool(dkim.verify(raw, dnsfunc=record))


@pytest.mark.parametrize(
    "text",
    ["Twelve days.", "Één café - ça va?", "x" * 3_000, "a  b \t \r\n\r\nc\r\n\r\n\r\n", "", ".\r\n.. from\r\nFrom x"],
)
def test_other_library_confirms_the_signature(text: str):
    mail = letter("hr@balie.example", text, message_id="m@balie.example")
    mail.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="é.pdf")

    assert is_genuine(sign(wire(mail), RSA, NOW))


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="aé \t\n.:", max_size=40), st.text(alphabet="aé .", max_size=200))
def test_other_library_confirms_the_signature_over_any_words(text: str, subject: str):
    raw = wire(letter("hr@balie.example", text, subject=" ".join(subject.split()) or "x"))

    assert is_genuine(sign(raw, RSA, NOW))


def test_bytes_beyond_ascii_and_long_lines_are_signed_as_they_stand():
    raw = (
        "From: Désk <hr@balie.example>\r\nTo: jérôme@exämple.example\r\nSubject: ça\r\n\r\n" + "é" * 5_000 + "\r\n"
    ).encode()

    assert is_genuine(sign(raw, RSA, NOW))


@pytest.mark.parametrize("name", ["From", "Subject", "To", "Reply-To", "In-Reply-To", "References", "Cc", "Date"])
def test_nobody_can_add_a_header_that_would_mislead(name: str):
    raw = sign(wire(letter("hr@balie.example", "Twelve days.")), RSA, NOW)

    assert is_genuine(raw)
    assert not is_genuine(f"{name}: evil@evil.example\r\n".encode() + raw)
    assert not is_genuine(raw.replace(b"\r\n\r\n", f"\r\n{name}: evil@evil.example\r\n\r\n".encode(), 1))
    assert not is_genuine(raw.replace(b"Twelve", b"Thirty"))


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET), dkim_key=RSA))


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@only_sqlite
async def test_every_mail_leaves_signed_and_a_second_try_sends_the_same_bytes(story: Story, clock: SettableClock):
    await story.arrives(letter(AN, "Één vraag: " + "hoeveel dagen? " * 200, message_id="q@health.example"))
    async with other_server() as relay:
        relay.on_mail = lambda count: "451 4.3.0 Later" if count <= 3 else "250 2.0.0 Taken"
        await story.bench.deliver(port=relay.port)
        first = {mail.rcpt_tos[0]: mail.raw for mail in relay.arrived}
        clock.advance(timedelta(minutes=6))
        await story.bench.deliver(port=relay.port)
        second = {mail.rcpt_tos[0]: mail.raw for mail in relay.arrived[3:]}

    assert sorted(first) == sorted(mail.to_address for mail in await story.told())
    assert (second, [is_genuine(raw) for raw in first.values()]) == (first, [True] * 3)


def earlier_mail(case: Case, number: int) -> ReceivedMail:
    return ReceivedMail(
        dedupe_key=f"{number:064d}", sha256="0" * 64, size=1, envelope_from=AN, rcpt_tos=[], remote="",
        received_at=NOW, message_id=f"{number:0240d}@health.example", from_address=AN, state=MailState.PROCESSED,
        case_id=case.id, person_id=case.requester_id,
    )  # fmt: skip


@only_sqlite
async def test_long_thread_leaves_room_for_the_signature(story: Story):
    story.bench.dkim_key = DkimKey("balie.example", "balie1", private_key(4096))
    await story.is_answered()
    [case] = await story.cases()
    async with story.bench.database.transaction() as session:
        session.add_all(earlier_mail(case, number) for number in range(30))
    async with other_server() as relay:
        await story.bench.deliver(port=relay.port)

    raws = [mail.raw for mail in relay.arrived]
    assert max(raw.index(b"\r\n\r\n") for raw in raws) < HEADER_BLOCK
    assert [is_genuine(raw, story.bench.dkim_key) for raw in raws] == [True] * len(await story.told())
    assert 1 < max(len(parse_mail(raw).references) for raw in raws) <= 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"hello", "is no private key in PEM without a password"),
        (pem(1024), "has 1024 bits; 2048 to 4096 are needed"),
        (
            private_key().private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"x")),
            "is no private key in PEM without a password",
        ),
        (
            ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, serialization.NoEncryption()),
            "is neither RSA nor Ed25519",
        ),
    ],
)
def test_key_that_cannot_be_used_is_named(content: bytes | None, said: str, tmp_path: Path):
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KeyUnusable) as refused:
        read_key(path, selector="balie1", domain="balie.example")

    assert said in str(refused.value)


@pytest.mark.parametrize("private", [private_key(), Ed25519PrivateKey.generate()])
def test_key_is_read_from_its_file(private: object, tmp_path: Path):
    path = tmp_path / "key.pem"
    path.write_bytes(private.private_bytes(PEM, PKCS8, serialization.NoEncryption()))

    key = read_key(path, selector="balie1", domain="balie.example")

    assert (key.record, key.record_name) == (
        DkimKey("balie.example", "balie1", private).record,
        "balie1._domainkey.balie.example",
    )
