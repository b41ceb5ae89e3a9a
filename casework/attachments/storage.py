"""Keeps the bytes of files under their SHA-256, each content once, on the disk before it returns."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from casework.errors import NotFound


class Storage(Protocol):
    """A place for bytes, addressed by their SHA-256."""

    async def put(self, contents: Sequence[bytes]) -> list[str]:
        """Keep the bytes of each of these files and return their SHA-256; the same content is kept once."""

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises `NotFound`."""


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

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _put(self, contents: Sequence[bytes]) -> list[str]:
        """Write what is not there yet, and sync each folder once; one that is there, another may not have synced."""
        named = [(hashlib.sha256(content).hexdigest(), content) for content in contents]
        folders = {self._place(sha256).parent for sha256, _ in named}
        new = {folder for folder in folders if not folder.exists()}
        for folder in new:
            folder.mkdir(parents=True, exist_ok=True)
        for sha256, content in named:
            place = self._place(sha256)
            if not place.exists():
                _write(content, place)
        _sync(folders | {folder.parent for folder in new})
        return [sha256 for sha256, _ in named]

    def _get(self, sha256: str) -> bytes:
        try:
            return self._place(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"the content {sha256} is not in the store") from error


def _write(content: bytes, place: Path) -> None:
    """Write a file beside its place, sync it and move it there."""
    descriptor, beside = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    Path(beside).replace(place)


def _sync(folders: Iterable[Path]) -> None:
    """Have the disk know which files these folders hold."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
