"""A disk of a test's own whose power can be cut: an ext4 image on a loop device that stops without writing back.

What was not synced by then is lost, what was is found after the journal was played back, as on a machine that went
out. The ioctl is FS_IOC_SHUTDOWN of Linux with the flag that leaves the journal as it lies on the disk.
"""

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

FS_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_JOURNAL = 2


class NoDisk(Exception):
    """This machine does not let a test make a disk of its own."""


@dataclass(frozen=True)
class Disk:
    """A mounted image; its files stand in `folder`."""

    image: Path
    folder: Path

    def cut(self) -> None:
        """Cut the power: from here on every write and sync fails, and what waited for the disk never reaches it."""
        opened = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(opened, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_JOURNAL))
        finally:
            os.close(opened)

    def power_up(self) -> None:
        """Mount what survived; whoever still held the dead disk must have ended."""
        _must("umount", str(self.folder))
        _must("mount", "-o", "loop", str(self.image), str(self.folder))


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Make a disk while the block lasts. Raises `NoDisk` where that is not allowed."""
    made = Disk(folder / "disk.img", folder / "disk")
    made.folder.mkdir()
    with made.image.open("wb") as file:
        file.truncate(megabytes * 1024**2)
    try:
        _must("mkfs.ext4", "-q", "-F", str(made.image))
        _must("mount", "-o", "loop", str(made.image), str(made.folder))
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoDisk("no disk can be made here: mkfs.ext4, loop devices and root are needed") from error
    try:
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            _must("umount", str(made.folder))
        made.image.unlink()


def _must(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
