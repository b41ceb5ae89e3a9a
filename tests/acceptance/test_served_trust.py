"""A served desk that proves senders by DNS and signs its own mails: settings, sockets and commands together."""

import asyncio
import re
from email import message_from_bytes, policy
from pathlib import Path

import aiosmtplib
import dkim
from mailroom import OtherServer, letter, other_server
from name_server import name_server
from served_desk import DESK, Postbox, Service, prepare
from signed_mail import pem, published, signed

AN, HANNE = "an.peeters@health.example", "hanne.claes@balie.example"
DATE = "Tue, 15 Sep 2026 10:00:00 +0200"


async def hand_in(service: Service, raw: bytes) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=service.smtp_port) as client:
        await client.sendmail("bounce@elsewhere.example", [DESK], raw)


def mail_to(relay: OtherServer, address: str) -> bytes:
    [raw] = [mail.raw for mail in relay.arrived if mail.rcpt_tos == [address]]
    return raw


async def test_signed_mail_is_proven_and_what_the_desk_sends_is_signed_by_the_record_that_it_prints(tmp_path: Path):
    (tmp_path / "dkim.pem").write_bytes(pem())
    async with name_server() as zone, other_server() as relay:
        zone.text("_dmarc.health.example", "v=DMARC1; p=reject")
        zone.text("s1._domainkey.health.example", published())
        more = {
            "BALIE_SENDER_CHECK": "true",
            "BALIE_DNS_SERVER": f"127.0.0.1#{zone.port}",
            "BALIE_DKIM_KEY": str(tmp_path / "dkim.pem"),
            "BALIE_DKIM_SELECTOR": "balie1",
        }
        service = await asyncio.to_thread(prepare, tmp_path, Postbox(), relay.port, **more)
        await service.start()
        try:
            mail = letter(AN, "How many days do I have left?", message_id="q@health.example", Date=DATE)
            await hand_in(service, signed(mail))
            async with asyncio.timeout(60):
                await relay.count_reaches(3)
            printed = await asyncio.to_thread(service.balie, "mail", "dkim")
        finally:
            await service.stop()

    raw = mail_to(relay, HANNE)
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "Afzender: bewezen: de e-mail is ondertekend door health.example (DKIM)" in body.get_content()
    name = printed.partition(" ")[0]
    record = "".join(re.findall(r'"([^"]*)"', printed)).encode()
    assert name == "balie1._domainkey.balie.example."
    assert [dkim.verify(one.raw, dnsfunc=lambda asked, **_: record if asked == name.encode() else None)
            for one in relay.arrived] == [True] * 3  # fmt: skip


async def test_key_that_cannot_be_used_stops_the_start_with_the_reason(tmp_path: Path):
    (tmp_path / "dkim.pem").write_bytes(b"hello")
    more = {"BALIE_DKIM_KEY": str(tmp_path / "dkim.pem"), "BALIE_DKIM_SELECTOR": "balie1"}
    service = await asyncio.to_thread(prepare, tmp_path, Postbox(), 1, **more)

    said = [await asyncio.to_thread(service.refusal, *arguments) for arguments in (["serve"], ["mail", "dkim"])]
    assert ["dkim.pem" in words and "Traceback" not in words for words in said] == [True, True], said
