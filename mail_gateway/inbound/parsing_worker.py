"""The child process in which mail is parsed, so that a mail can cost no more than this process.

It speaks over its standard streams: a length and the raw bytes come in; a head (`HEAD`) and the answer go out.
"""

import contextlib
import fcntl
import resource
import struct
import sys
from typing import BinaryIO

from casework.attachments import sniffing
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.parsing_answer import write_answer

READY, PARSED, FAILED = b"R", b"P", b"F"
LENGTH = struct.Struct(">Q")
HEAD = struct.Struct(">cQ")
"""Of an answer: its sign and its length."""

PIPE_BYTES = 1024 * 1024  # what most mails fit into: over a narrow pipe two processes wake each other for each piece


def widen(pipe: BinaryIO) -> None:
    """Let a pipe hold a whole mail, where the system allows it (fcntl(2), F_SETPIPE_SZ)."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer mails until the other end closes."""
    sniffing.sniff(b"warm")  # loads libmagic before the first mail waits for it
    parse_mail(b"Content-Type: text/html\n\n<p>warm</p>\n")
    outgoing.write(READY)
    outgoing.flush()
    while len(head := incoming.read(LENGTH.size)) == LENGTH.size:
        _work(incoming.read(LENGTH.unpack(head)[0]), outgoing)


def _work(raw: bytes, outgoing: BinaryIO) -> None:
    """Write the parsed mail, or the name of what went wrong: this is the outermost loop of the process."""
    sign, answer = PARSED, [b""]
    try:
        mail = parse_mail(raw)
        del raw  # a large mail must not lie here beside its answer
        answer = write_answer(mail)
    except Exception as error:  # noqa: BLE001 -- one mail must not stop the next
        sign, answer = FAILED, [type(error).__name__.encode()]
    outgoing.write(HEAD.pack(sign, sum(map(len, answer))))
    outgoing.writelines(answer)
    outgoing.flush()


def main() -> None:
    """Bound the memory of this process to the bytes given as argument, then serve."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    widen(sys.stdin.buffer)
    widen(sys.stdout.buffer)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
