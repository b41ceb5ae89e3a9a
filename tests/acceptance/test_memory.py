"""No mail swells a served desk: each bomb is refused or bounded, and memory comes back."""

import asyncio
import smtplib
import sys
from collections import Counter

import pytest
from mail_bombs import bombs, with_file
from process_memory import MEGABYTE, MemoryWatch
from served_desk import DESK, Service, until

AN = "an.peeters@health.example"
MOST_MEGABYTES = 200


def _send(port: int, raw: bytes, recipients: int = 1) -> tuple[int, Counter[int]]:
    """Send a mail; returns the code it got in the end, and how often each code was given to a recipient."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo()
        client.mail(AN)
        given = Counter(client.rcpt(DESK)[0] for _ in range(recipients))
        try:
            return client.data(raw)[0], given
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, given


async def _settled(service: Service, count: int) -> list[str]:
    """Wait until so many mails are worked off, and return their states."""
    rows = await service.json_until(
        lambda rows: len(rows) == count and all(row["state"] != "received" for row in rows), "mail", "list", seconds=60
    )
    return [row["state"] for row in rows]


async def _warmed_up(service: Service) -> MemoryWatch:
    """Have the desk do its work once, so that what it loads for the first time counts as idle."""
    await asyncio.to_thread(_send, service.smtp_port, with_file("first", "a.txt", b"hello"))
    await _settled(service, 1)
    # The assistant is trained in a process of its own, which would count as idle.
    await until(lambda: any(service.folder.rglob("intents-*.pickle")), 90, "the trained assistant")
    await asyncio.sleep(2)
    assert service.process is not None
    return MemoryWatch(service.process.pid)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_every_bomb_is_bounded_and_memory_comes_back(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    watch, count = await _warmed_up(service), 1
    figures = [f"idle {watch.idle / MEGABYTE:.0f} MB"]
    with watch:
        for name, raw in bombs():
            before, watch.peak = watch.now(), watch.now()
            code, _ = await asyncio.to_thread(_send, service.smtp_port, raw)
            assert code == 250, name
            count += 1
            state = (await _settled(service, count))[-1]
            figures.append(
                f"{name}: {len(raw) / MEGABYTE:.1f} MB on the wire, {state}, "
                f"{(watch.peak - before) / MEGABYTE:.0f} MB more, {watch.rise:.0f} MB above idle"
            )
            assert watch.rise < MOST_MEGABYTES, figures
            code, _ = await asyncio.to_thread(_send, service.smtp_port, with_file(f"after {name}", "a.txt", b"hello"))
            assert code == 250, name
            count += 1
            await _settled(service, count)
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(figures) + "\n")


async def test_fifty_megabytes_are_refused_and_ten_thousand_recipients_capped_without_a_rise(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    large = with_file("fifty", "large.bin", bytes(range(256)) * (50 * 4096))
    with await _warmed_up(service) as watch:
        refused = await asyncio.gather(*(asyncio.to_thread(_send, service.smtp_port, large) for _ in range(4)))
        many = await asyncio.to_thread(_send, service.smtp_port, with_file("many", "a.txt", b"x"), 10_000)
        await _settled(service, 2)
    with capsys.disabled():
        sys.stdout.write(
            f"\n4 x 50 MB refused and 10,000 recipients: {watch.rise:.0f} MB above idle {watch.idle / MEGABYTE:.0f} MB"
        )

    assert [code for code, _ in refused] == [552] * 4
    assert many == (250, Counter({250: 100, 452: 9_900}))
    assert watch.rise < MOST_MEGABYTES


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_largest_mails_at_once_are_taken_one_after_the_other(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    mails = [with_file(f"large {n}", "large.bin", bytes(range(256)) * (24 * 4096)) for n in range(4)]
    with await _warmed_up(service) as watch:
        taken = await asyncio.gather(*(asyncio.to_thread(_send, service.smtp_port, raw) for raw in mails))
        await _settled(service, 5)
    with capsys.disabled():
        sys.stdout.write(f"\n4 x 33 MB at once: {watch.rise:.0f} MB above idle {watch.idle / MEGABYTE:.0f} MB\n")

    assert [code for code, _ in taken] == [250] * 4
    assert watch.rise < MOST_MEGABYTES
