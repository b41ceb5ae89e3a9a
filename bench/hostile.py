"""Texts made to take long: 100 kB must be folded or parsed within a second, in time linear to its size."""

import time
from collections.abc import Callable
from statistics import median

from bench import report
from mail_gateway.inbound import reply_text
from mail_gateway.inbound.parse import parse_mail

SIZE = 100_000
ROUNDS = 3
SECONDS = 1.0
MOST_FOR_TWICE = 2.5

LINES = {
    "quote marks": "> " * 40,
    "deep quotes": ">" * 200,
    "half attributions": "On Tue, 15 Sep 2026 at 10:00, An wrote",
    "Outlook headers": "From: a\nSent: b\nTo: c\n",
    "underscores": "_" * 70,
    "blank lines": " \t ",
    "one long line": "",
}
HTML = {
    "nested quotes": "<blockquote>",
    "nested tables": "<table><tr><td>",
    "open brackets": "<",
    "entities": "&amp",
    "comments": "<!--",
    "attributes": '<p a="',
    "nested font tags": "<b><i><font>",
}


def text_of(name: str, size: int) -> str:
    """Return a hostile text of about so many characters."""
    line = LINES[name]
    return f"{line}\n" * (size // (len(line) + 1)) if line else "On wrote: > " * (size // 12)


def mail_of(name: str, size: int) -> bytes:
    """Return a mail with a hostile HTML body of about so many bytes."""
    piece = HTML[name]
    head = b"From: a@b.example\r\nSubject: Re: x\r\nIn-Reply-To: <q@b.example>\r\nContent-Type: text/html\r\n\r\n"
    return head + (piece * (size // len(piece))).encode()


def _fold(name: str, size: int) -> float:
    text = text_of(name, size)
    return cpu_seconds(lambda: reply_text.fold(text, quoted=(), forwarded=False))


def _parse(name: str, size: int) -> float:
    raw = mail_of(name, size)
    return cpu_seconds(lambda: parse_mail(raw))


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the median of the CPU time that a piece of work takes."""
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return median(spent)


def measure() -> None:
    """Print CPU milliseconds for 100 kB, and what twice as much costs."""
    report.heading("hostile texts of 100 kB, CPU ms (aim: under 1000, and at most 2.5 x that for twice as much)")
    for kind, names, work in (("reply text", LINES, _fold), ("HTML", HTML, _parse)):
        for name in names:
            once, twice = work(name, SIZE), work(name, 2 * SIZE)
            reached = once < SECONDS and (twice <= MOST_FOR_TWICE * once or twice < SECONDS / 100)
            verdict = "reached" if reached else "not reached"
            print(f"  {kind + ', ' + name:<32} {once * 1000:8.1f}  twice: {twice / once:4.2f} x  {verdict}", flush=True)
