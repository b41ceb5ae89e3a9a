"""Keeps the bytes of files under their SHA-256, each content once, on the disk before it returns.

What is handed in while the disk is busy goes to it together: a folder is synced once for all of it, and a disk that
is told of many files before it is waited for has less to do for each.
"""

import asyncio
import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from casework.errors import NotFound

ASIDE = "aside"
FILES_AT_ONCE = 64  # that are open


class Storage(Protocol):
    """A place for bytes, addressed by their SHA-256."""

    async def put(self, contents: Sequence[bytes]) -> list[str]:
        """Keep the bytes of each of these files and return their SHA-256; the same content is kept once."""

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises `NotFound`."""

    async def left_for(self, age: timedelta) -> list[str]:
        """Return the SHA-256 of the files that nobody handed in, or that were set aside, for so long."""

    async def set_aside(self, sums: Collection[str], age: timedelta) -> int:
        """Set files aside and return how many; delete those that were so long ago. Till then each can be read."""

    async def put_back(self, sums: Collection[str]) -> None:
        """Put back those of these files that were set aside."""

    async def drop_fragments(self, age: timedelta) -> int:
        """Delete what a process that died so long ago had begun to write, and return how many pieces that were."""


@dataclass(eq=False)
class _HandedIn:
    """Files that were handed in together; they have their sums once they are on the disk."""

    contents: Sequence[bytes]
    sums: list[str] | None = None


class FolderStorage:
    """A folder on this machine: a file is written beside its place, synced, and moved there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[_HandedIn] = []
        self._disk = asyncio.Lock()

    async def put(self, contents: Sequence[bytes]) -> list[str]:
        """Keep the bytes of each of these files and return their SHA-256."""
        if not contents:
            return []
        ours = _HandedIn(contents)
        self._waiting.append(ours)
        async with self._disk:
            if ours in self._waiting:
                waiting, self._waiting = self._waiting, []
                with suppress(OSError):
                    await asyncio.to_thread(self._put, waiting)
            if ours.sums is None:  # together they failed, perhaps because of another's
                await asyncio.to_thread(self._put, [ours])
        return ours.sums or []

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises `NotFound`."""
        return await asyncio.to_thread(self._get, sha256)

    async def left_for(self, age: timedelta) -> list[str]:
        """Return the SHA-256 of the files that nobody handed in, or that were set aside, for so long."""
        return await asyncio.to_thread(self._left_for, age)

    async def set_aside(self, sums: Collection[str], age: timedelta) -> int:
        """Set files aside and return how many; delete those that were so long ago. Till then each can be read."""
        return await asyncio.to_thread(self._set_aside, sums, age)

    async def put_back(self, sums: Collection[str]) -> None:
        """Put back those of these files that were set aside."""
        await asyncio.to_thread(self._put_back, sums)

    async def drop_fragments(self, age: timedelta) -> int:
        """Delete what a process that died so long ago had begun to write, and return how many pieces that were."""
        return await asyncio.to_thread(self._drop_fragments, age)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256

    def _found(self, sha256: str) -> Path:
        """Return where a file is, or will be; older ones are in folders by the beginning of their names."""
        older = self._folder / sha256[:2] / sha256
        return older if older.exists() else self._place(sha256)

    def _aside(self, sha256: str) -> Path:
        return self._folder / ASIDE / sha256

    def _left_for(self, age: timedelta) -> list[str]:
        places = (self._folder.glob(pattern) for pattern in ("?" * 64, "??/" + "?" * 64, f"{ASIDE}/*"))
        files = itertools.chain.from_iterable(places)
        return sorted({file.name for file in files if _is_older(file, age)})

    def _set_aside(self, sums: Collection[str], age: timedelta) -> int:
        count = 0
        for sha256 in sums:
            if _is_older(self._aside(sha256), age):
                self._aside(sha256).unlink(missing_ok=True)
            if _is_older(self._found(sha256), age):  # somebody may have handed it in again since
                self._aside(sha256).parent.mkdir(exist_ok=True)
                self._found(sha256).replace(self._aside(sha256))
                os.utime(self._aside(sha256))
                count += 1
        return count

    def _put_back(self, sums: Collection[str]) -> None:
        for sha256 in sums:
            if self._aside(sha256).exists():
                self._aside(sha256).replace(self._place(sha256))

    def _drop_fragments(self, age: timedelta) -> int:
        fragments = [file for file in self._folder.glob("?" * 64 + ".*") if _is_older(file, age)]
        for fragment in fragments:
            fragment.unlink(missing_ok=True)
        return len(fragments)

    def _put(self, waiting: Sequence[_HandedIn]) -> None:
        """Write what is not there yet; what is there, another may not have synced."""
        summed = [[hashlib.sha256(content).hexdigest() for content in each.contents] for each in waiting]
        new: dict[Path, bytes] = {}
        folders = {self._folder}
        for each, sums in zip(waiting, summed, strict=True):
            for sha256, content in zip(sums, each.contents, strict=True):
                place = self._found(sha256)
                folders.add(place.parent)
                if place.exists():
                    os.utime(place)  # handed in anew: it is not left
                else:
                    new[place] = content
        if not self._folder.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            folders.add(self._folder.parent)
        files = iter(new.items())
        while batch := list(itertools.islice(files, FILES_AT_ONCE)):
            _write(batch)
        _sync(folders)
        for each, sums in zip(waiting, summed, strict=True):
            each.sums = sums

    def _get(self, sha256: str) -> bytes:
        for place in (self._found(sha256), self._aside(sha256)):
            with suppress(FileNotFoundError):
                return place.read_bytes()
        raise NotFound(f"the content {sha256} is not in the store")


def _is_older(file: Path, age: timedelta) -> bool:
    """Return whether a file is there and was not touched for so long, by the clock of the disk."""
    try:
        return file.stat().st_mtime < time.time() - age.total_seconds()
    except FileNotFoundError:
        return False


def _write(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write files beside their places, sync them, and move them there; nobody else on the machine may read them.

    On a disk that is full nothing stays beside them: each new try would leave it fuller.
    """
    written: list[tuple[int, str, Path]] = []
    try:
        with ExitStack() as opened:
            for place, _ in files:
                beside = f"{place}.{secrets.token_hex(8)}"
                descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                opened.callback(os.close, descriptor)
                written.append((descriptor, beside, place))
            for (descriptor, _, _), (_, content) in zip(written, files, strict=True):
                _write_whole(descriptor, content)
            for descriptor, _, _ in written:
                os.fsync(descriptor)
        for _, beside, place in written:
            os.replace(beside, place)  # noqa: PTH105 -- a path would be put together again
    except OSError:
        for _, beside, _ in written:
            with suppress(FileNotFoundError):  # it was moved to its place
                os.unlink(beside)  # noqa: PTH108 -- as above
        raise


def _write_whole(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
    with suppress(OSError, AttributeError):  # not every system has it
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # the disk begins with this one now


def _sync(folders: Iterable[Path]) -> None:
    """Have the disk know which files these folders hold."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
