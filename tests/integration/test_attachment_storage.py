import hashlib
from pathlib import Path

import pytest

from casework.attachments.storage import FolderStorage
from casework.errors import NotFound


def named(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_files_are_kept_under_their_sums_in_the_order_they_came(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    contents = [b"one", b"", b"x" * 300_000]

    sums = await storage.put(contents)

    assert sums == [named(content) for content in contents]
    assert [await storage.get(one) for one in sums] == contents


async def test_same_content_is_kept_once_within_one_mail_and_across_mails(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")

    assert await storage.put([b"same", b"same"]) == [named(b"same")] * 2
    assert await storage.put([b"same"]) == [named(b"same")]

    assert [file.name for file in (tmp_path / "files").rglob("*") if file.is_file()] == [named(b"same")]


async def test_no_files_leave_nothing(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")

    assert await storage.put([]) == []
    assert not (tmp_path / "files").exists()


async def test_file_that_cannot_be_written_is_not_there(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / named(b"blocked")[:2]).write_bytes(b"a file where the folder should be")

    with pytest.raises(OSError, match="Not a directory"):
        await storage.put([b"blocked"])

    with pytest.raises((NotFound, NotADirectoryError)):
        await storage.get(named(b"blocked"))
