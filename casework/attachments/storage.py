"""Keeps the bytes of files under their SHA-256, each content once, on the disk before it returns."""

import asyncio
import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from casework.errors import NotFound

ASIDE = "aside"


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


class FolderStorage:
    """A folder on this machine: a file is written beside its place, synced, and moved there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, contents: Sequence[bytes]) -> list[str]:
        """Keep the bytes of each of these files and return their SHA-256."""
        return await asyncio.to_thread(self._put, contents)

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

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _aside(self, sha256: str) -> Path:
        return self._folder / ASIDE / sha256

    def _left_for(self, age: timedelta) -> list[str]:
        files = itertools.chain(self._folder.glob("??/" + "?" * 64), self._folder.glob(f"{ASIDE}/*"))
        return sorted({file.name for file in files if _is_older(file, age)})

    def _set_aside(self, sums: Collection[str], age: timedelta) -> int:
        count = 0
        for sha256 in sums:
            if _is_older(self._aside(sha256), age):
                self._aside(sha256).unlink(missing_ok=True)
            if _is_older(self._place(sha256), age):  # somebody may have handed it in again since
                self._aside(sha256).parent.mkdir(exist_ok=True)
                self._place(sha256).replace(self._aside(sha256))
                os.utime(self._aside(sha256))
                count += 1
        return count

    def _put_back(self, sums: Collection[str]) -> None:
        for sha256 in sums:
            if self._aside(sha256).exists():
                self._aside(sha256).replace(self._place(sha256))

    def _put(self, contents: Sequence[bytes]) -> list[str]:
        """Write what is not there yet, and sync each folder once; one that is there, another may not have synced."""
        named = [(hashlib.sha256(content).hexdigest(), content) for content in contents]
        folders = {self._place(sha256).parent for sha256, _ in named}
        new = {folder for folder in folders if not folder.exists()}
        for folder in new:
            folder.mkdir(parents=True, exist_ok=True)
        for sha256, content in named:
            place = self._place(sha256)
            if place.exists():
                os.utime(place)  # handed in anew: it is not left
            else:
                _write(content, place)
        _sync(folders | {folder.parent for folder in new})
        return [sha256 for sha256, _ in named]

    def _get(self, sha256: str) -> bytes:
        for place in (self._place(sha256), self._aside(sha256)):
            with suppress(FileNotFoundError):
                return place.read_bytes()
        raise NotFound(f"the content {sha256} is not in the store")


def _is_older(file: Path, age: timedelta) -> bool:
    """Return whether a file is there and was not touched for so long, by the clock of the disk."""
    try:
        return file.stat().st_mtime < time.time() - age.total_seconds()
    except FileNotFoundError:
        return False


def _write(content: bytes, place: Path) -> None:
    """Write a file beside its place, sync it and move it there; nobody else on the machine may read it."""
    beside = f"{place}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", 0) as file:
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]
        os.fsync(descriptor)
    os.replace(beside, place)  # noqa: PTH105 -- a path would be put together again


def _sync(folders: Iterable[Path]) -> None:
    """Have the disk know which files these folders hold."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
