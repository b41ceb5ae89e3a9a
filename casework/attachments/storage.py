"""Keeps the bytes of files under their SHA-256, each content once, on the disk before it returns."""

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

from casework.errors import NotFound


class Storage(Protocol):
    """A place for bytes, addressed by their SHA-256."""

    async def put(self, content: bytes) -> str:
        """Keep these bytes and return their SHA-256; the same content is kept once."""

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises `NotFound`."""


class FolderStorage:
    """A folder on this machine: a file is written beside its place, synced, and moved there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Keep these bytes and return their SHA-256."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises `NotFound`."""
        return await asyncio.to_thread(self._get, sha256)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        place = self._place(sha256)
        if place.exists():
            return sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256

    def _get(self, sha256: str) -> bytes:
        try:
            return self._place(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"the content {sha256} is not in the store") from error
