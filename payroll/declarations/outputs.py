"""Keeps outputs and hands them back: the same bytes each time, checked against their digest."""

import asyncio
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, undefer

from casework.db import insert_once
from casework.errors import NotFound
from payroll.declarations.models import PayOutput
from payroll.errors import PayrollError


class OutputKind(StrEnum):
    """What is handed over, and to whom."""

    PAYMENT_FILE = "payment_file"
    JOURNAL = "journal"
    WITHHOLDING_RETURN = "withholding_return"
    TAX_SHEETS = "tax_sheets"
    QUARTER = "quarter"


@dataclass(frozen=True)
class Made:
    """An output that was just made; kind and key name it, and there is one of each."""

    kind: OutputKind
    key: str
    filename: str
    content: bytes
    sha256: str
    compressed: bytes


class OutputDiffers(PayrollError):
    """An output was made before with other bytes; what was handed over is never replaced."""


class OutputDamaged(PayrollError):
    """The bytes of an output are not those that were kept."""


async def made(kind: OutputKind, key: str, filename: str, content: bytes) -> Made:
    """Prepare an output for keeping, beside the loop."""
    return await asyncio.to_thread(_made, kind, key, filename, content)


def _made(kind: OutputKind, key: str, filename: str, content: bytes) -> Made:
    return Made(kind, key, filename, content, hashlib.sha256(content).hexdigest(), zlib.compress(content, 1))


async def keep(session: AsyncSession, output: Made, now: datetime, run_id: int | None = None) -> None:
    """Keep an output once. Raises `OutputDiffers` if it was kept with other bytes."""
    row = {
        "run_id": run_id,
        "kind": output.kind,
        "key": output.key,
        "filename": output.filename,
        "made_at": now,
        "sha256": output.sha256,
        "content": output.compressed,
    }
    if await insert_once(session, PayOutput, row):
        return
    query = select(PayOutput.sha256).where(PayOutput.kind == output.kind, PayOutput.key == output.key)
    if (await session.execute(query)).scalar_one() != output.sha256:
        raise OutputDiffers


async def of_run(session: AsyncSession, run_id: int) -> Sequence[PayOutput]:
    """Return the outputs of a run, without their bytes."""
    query = select(PayOutput).options(defer(PayOutput.content)).where(PayOutput.run_id == run_id)
    return (await session.execute(query.order_by(PayOutput.id))).scalars().all()


async def read(session: AsyncSession, output_id: int) -> tuple[PayOutput, bytes]:
    """Return an output and its bytes. Raises `NotFound` or `OutputDamaged`."""
    query = select(PayOutput).options(undefer(PayOutput.content)).where(PayOutput.id == output_id)
    output = (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    if output is None:
        raise NotFound
    content = await asyncio.to_thread(zlib.decompress, output.content)
    if hashlib.sha256(content).hexdigest() != output.sha256:
        raise OutputDamaged
    return output, content
