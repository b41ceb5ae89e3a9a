"""Parses mail in a child process that can be killed, so that no mail stops the service."""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from mail_gateway.errors import MailUnreadable, ReaderEnded
from mail_gateway.inbound.parsing_answer import AnswerMakesNoSense, read_answer
from mail_gateway.inbound.parsing_worker import FAILED, HEAD, LENGTH, PIPE_BYTES, READY
from mail_gateway.models import ParsedMail

_START_SECONDS = 60.0
PIECE = 256 * 1024
MEGABYTE = 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_TIMES, MOST_BESIDES = 8, 16 * MEGABYTE
"""How many times its mail an answer may take, and how much besides: more than any text does that is shown as HTML."""
_NO_SENSE = "its reader gave an answer that makes no sense"


@dataclass(frozen=True)
class Child:
    """A process with a pipe to it and one from it, which hold a whole mail; the event loop's own may be sockets."""

    process: asyncio.subprocess.Process
    asked: asyncio.StreamWriter
    answers: asyncio.StreamReader
    answering: asyncio.ReadTransport
    memory: BinaryIO | None
    """What the system says of the memory of the process (proc(5), `statm`), held open: None where it does not."""

    def resident_bytes(self) -> int:
        """Return how much memory the process takes; 0 where the system does not say."""
        if self.memory is None:
            return 0
        try:
            return int(os.pread(self.memory.fileno(), 100, 0).split()[1]) * PAGE
        except (OSError, IndexError):  # it is gone
            return 0

    async def end(self) -> None:
        """Kill the process, and return when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.asked.close()
        self.answering.close()
        if self.memory is not None:
            self.memory.close()
        await self.process.wait()


class ParsingProcess:
    """A warm child that parses one mail at a time; it is killed over a bound and started again for the next.

    `seconds` bounds the time of one mail, `memory_bytes` the address space of the child; one that a mail has swollen
    to more than `kept_bytes` above its beginning is not kept for the next.
    """

    def __init__(self, *, seconds: float = 10.0, memory_bytes: int = 1 << 30, kept_bytes: int = 16 * MEGABYTE) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._kept_bytes = kept_bytes
        self._size_at_start = 0
        self._child: Child | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def parse(self, raw: bytes) -> ParsedMail:
        """Return the parsed mail; raise MailUnreadable with the bound it went over, or the fault it met.

        That is `ReaderEnded` where the child ended, which somebody else may have done.
        """
        async with self._turn:
            child = await self._warm()
            answered = False
            asking = _ask(child, raw)
            del raw  # once it is asked, a large mail need not lie here as well
            try:
                async with asyncio.timeout(self._seconds):
                    sign, answer = await asking
                answered = True
            except TimeoutError:
                raise MailUnreadable(f"it took longer than {self._seconds:g} seconds") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                raise ReaderEnded("the process that read it ended") from None
            finally:
                # Whatever else ends the wait leaves half an exchange in the pipes.
                if not answered or child.resident_bytes() > self._size_at_start + self._kept_bytes:
                    await self._kill()
            if sign == FAILED:
                raise MailUnreadable(_reason(answer))
            try:
                return read_answer(answer)
            except AnswerMakesNoSense as error:
                raise MailUnreadable(_NO_SENSE) from error

    async def close(self) -> None:
        """End the child; the next mail would start another."""
        async with self._turn:
            await self._kill()

    async def _warm(self) -> Child:
        """Return the child, or another where it ended while nothing was asked of it: no mail is to blame for that."""
        if self._child is not None and self._child.process.returncode is not None:
            await self._kill()
        return self._child or await self._start()

    async def _start(self) -> Child:
        """Start the child with no more of the environment than it needs to find its modules."""
        module = "mail_gateway.inbound.parsing_worker"
        child = self._child = await start_child(sys.executable, "-m", module, str(self._memory_bytes))
        started = False
        try:
            with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(_START_SECONDS):
                    started = await child.answers.readexactly(1) == READY
        finally:
            if not started:  # its sign must not be taken for an answer by the next mail
                await self._kill()
        if not started:
            raise ReaderEnded("the process that reads mail did not start")
        self._size_at_start = child.resident_bytes()
        return child

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.end()


async def start_child(*command: str) -> Child:
    """Start a process that reads its questions and writes its answers."""
    loop = asyncio.get_running_loop()
    (question, asked), (answered, answer) = os.pipe(), os.pipe()
    answers = asyncio.StreamReader(PIPE_BYTES)
    from_child, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(answers), os.fdopen(answered, "rb", 0)
    )
    to_child, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(asked, "wb", 0)
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=question,
            stdout=answer,
            env={"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except BaseException:
        from_child.close()
        to_child.close()
        raise
    finally:
        os.close(question)
        os.close(answer)
    asked_by = asyncio.StreamWriter(to_child, protocol, None, loop)
    return Child(process, asked_by, answers, from_child, _open_memory(process.pid))


def _open_memory(pid: int) -> BinaryIO | None:
    try:
        return Path(f"/proc/{pid}/statm").open("rb", 0)
    except OSError:
        return None


async def _ask(child: Child, raw: bytes) -> tuple[bytes, bytes]:
    child.asked.write(LENGTH.pack(len(raw)))
    whole = memoryview(raw)
    for start in range(0, len(raw), PIECE):  # written at once, a mail would lie in memory a second time
        child.asked.write(whole[start : start + PIECE])
        await child.asked.drain()
    most = MOST_TIMES * len(raw) + MOST_BESIDES
    del whole, raw
    sign, size = HEAD.unpack(await child.answers.readexactly(HEAD.size))
    if size > most:  # it would be taken into memory as it comes
        raise MailUnreadable(_NO_SENSE)
    return sign, await child.answers.readexactly(size)


def _reason(name: bytes) -> str:
    if name == b"MemoryError":
        return "it needed too much memory"
    return f"reading it failed ({name.decode('ascii', 'replace')})"
