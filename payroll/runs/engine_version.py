"""Names the engine that calculated a run, so that nobody has to remember to count its versions."""

import hashlib
from functools import cache
from pathlib import Path

import payroll
from payroll import engine

ENGINE = Path(str(engine.__file__)).parent
WHOLE = Path(str(payroll.__file__)).parent


@cache
def engine_version() -> str:
    """Return the digest of the engine's own source; the law beside it has a fingerprint of its own."""
    return _digest(ENGINE)


@cache
def calculation_version() -> str:
    """Return the digest of all the source that leads from facts to amounts."""
    return _digest(WHOLE)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
