import asyncio
import hashlib
import os
import resource
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from factories import make_cast

from casework.attachments import sweeping
from casework.attachments.models import IncomingFile
from casework.attachments.storage import FolderStorage
from casework.cases import service
from casework.db import Database
from casework.desk import Desk
from casework.drafts.models import DraftFile, FormDraft
from casework.errors import NotFound
from casework.messages.models import Channel
from casework.messages.service import Words


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


async def test_files_that_are_handed_in_at_once_are_each_kept(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    mails = [[b"%d" % number, b"in every mail"] for number in range(100)]

    sums = await asyncio.gather(*(storage.put(contents) for contents in mails))

    assert sums == [[named(content) for content in contents] for contents in mails]
    assert [await storage.get(first) for first, _ in sums] == [first for first, _ in mails]
    assert len(list((tmp_path / "files").iterdir())) == 101


async def test_file_that_fails_costs_those_beside_it_nothing(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, most[1]))
    try:
        puts = [storage.put([content]) for content in (b"before", b"x" * 1_000_001, b"behind")]
        before, failed, behind = await asyncio.gather(*puts, return_exceptions=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)

    assert (before, behind) == ([named(b"before")], [named(b"behind")])
    assert isinstance(failed, OSError)
    assert sorted(file.name for file in (tmp_path / "files").iterdir()) == sorted([named(b"before"), named(b"behind")])


async def test_file_in_a_folder_of_an_earlier_version_is_found_and_kept_once(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    older = tmp_path / "files" / named(b"older")[:2] / named(b"older")
    older.parent.mkdir(parents=True)
    older.write_bytes(b"older")

    assert await storage.put([b"older"]) == [named(b"older")]
    assert await storage.get(named(b"older")) == b"older"
    assert [file for file in (tmp_path / "files").rglob("*") if file.is_file()] == [older]
    assert await storage.set_aside([named(b"older")], timedelta(0)) == 1
    assert (older.exists(), await storage.get(named(b"older"))) == (False, b"older")


async def test_no_files_leave_nothing(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")

    assert await storage.put([]) == []
    assert not (tmp_path / "files").exists()


async def test_file_that_cannot_be_written_is_not_there(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    (tmp_path / "files").write_bytes(b"a file where the folder should be")

    with pytest.raises(OSError, match="Not a directory"):
        await storage.put([b"blocked"])

    with pytest.raises((NotFound, NotADirectoryError)):
        await storage.get(named(b"blocked"))


def age(folder: Path, content: bytes, days: int) -> None:
    [file] = folder.rglob(named(content))
    long_ago = time.time() - days * 86_400
    os.utime(file, (long_ago, long_ago))


async def test_disk_that_is_full_half_way_keeps_nothing_of_that_file_and_all_of_the_others(tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    on_excess = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most[1]))
    try:
        one, too_large, two = await asyncio.gather(
            storage.put([b"one"]), storage.put([b"first", b"x" * 2000]), storage.put([b"two"]), return_exceptions=True
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
        signal.signal(signal.SIGXFSZ, on_excess)

    assert isinstance(too_large, OSError)
    assert (one, two) == ([named(b"one")], [named(b"two")])
    assert {file.name for file in (tmp_path / "files").iterdir()} == {named(b"one"), named(b"two")}


async def test_what_a_killed_process_had_begun_to_write_is_gone_after_a_week(database: Database, tmp_path: Path):
    storage = FolderStorage(tmp_path / "files")
    await storage.put([b"whole"])
    begun, being_written = (
        tmp_path / "files" / f"{named(b'begun')}.{end}" for end in ("0123456789abcdef", "fedcba9876543210")
    )
    begun.write_bytes(b"beg")
    being_written.write_bytes(b"be")
    age(tmp_path, b"whole", 6)
    os.utime(begun, (time.time() - 8 * 86_400,) * 2)

    assert await sweeping.sweep(database, storage) == 0
    assert {file.name for file in (tmp_path / "files").iterdir()} == {named(b"whole"), being_written.name}


async def test_what_nothing_refers_to_is_swept_after_a_week_and_gone_after_another(database: Database, desk: Desk):
    folder = desk.storage._folder
    contents = [b"on a case", b"of a draft", b"left", b"left, and handed in again", b"new"]
    await desk.storage.put(contents)
    async with database.transaction() as session:
        cast = await make_cast(session)
        file = IncomingFile("a.txt", "text/plain", b"on a case")
        await service.open_case(session, desk, cast.an, service.Request("S", Words("t", Channel.WEB), files=[file]))
        draft = FormDraft(person_id=cast.an.person_id, key="k", form_key="household", saved_at=desk.clock.now())
        session.add(draft)
        await session.flush()
        session.add(DraftFile(draft_id=draft.id, filename="b", declared_type="", size=1, sha256=named(b"of a draft")))
    for content in contents[:-1]:
        age(folder, content, 8)
    await desk.storage.put([b"left, and handed in again"])

    assert await sweeping.sweep(database, desk.storage) == 1
    assert await desk.storage.get(named(b"left")) == b"left"  # still to be read, for a week
    age(folder, b"left", 8)
    assert await sweeping.sweep(database, desk.storage) == 0

    with pytest.raises(NotFound):
        await desk.storage.get(named(b"left"))
    others = [content for content in contents if content != b"left"]
    assert [await desk.storage.get(named(content)) for content in others] == others


async def test_what_was_set_aside_and_is_referred_to_after_all_is_put_back(database: Database, desk: Desk):
    folder = desk.storage._folder
    await desk.storage.put([b"of a draft"])
    age(folder, b"of a draft", 8)
    assert await sweeping.sweep(database, desk.storage) == 1
    async with database.transaction() as session:
        cast = await make_cast(session)
        draft = FormDraft(person_id=cast.an.person_id, key="k", form_key="household", saved_at=desk.clock.now())
        session.add(draft)
        await session.flush()
        session.add(DraftFile(draft_id=draft.id, filename="b", declared_type="", size=1, sha256=named(b"of a draft")))
    age(folder, b"of a draft", 8)

    assert await sweeping.sweep(database, desk.storage) == 0

    assert await desk.storage.get(named(b"of a draft")) == b"of a draft"
