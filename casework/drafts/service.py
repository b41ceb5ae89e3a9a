"""Keeps forms that are half filled in, until they are filed, thrown away, or left alone for too long."""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import IncomingFile
from casework.attachments.service import safe_filename
from casework.catalogue.models import Form
from casework.db import insert_once
from casework.desk import Desk
from casework.drafts.models import DraftFile, FormDraft
from casework.errors import CaseworkError
from casework.messages.service import storable


class TooManyDocuments(CaseworkError):
    """A draft holds as many documents as it may."""


KEY = re.compile(r"[A-Za-z0-9_-]{20,40}")
MOST_FILES = 30
MOST_DRAFTS = 30


def new_key() -> str:
    """Return a key for a page that is about to be shown."""
    return secrets.token_urlsafe(18)


def usable_key(text: str) -> str:
    """Return the key that a page brought, or a new one if it is none of ours."""
    return text if KEY.fullmatch(text) else new_key()


async def find(session: AsyncSession, person_id: int, key: str) -> FormDraft | None:
    """Return a person's own draft with this key, if there is one."""
    query = select(FormDraft).where(FormDraft.person_id == person_id, FormDraft.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def of_person(session: AsyncSession, person_id: int) -> Sequence[FormDraft]:
    """Return a person's drafts, the latest first."""
    query = select(FormDraft).where(FormDraft.person_id == person_id).order_by(FormDraft.saved_at.desc())
    return (await session.execute(query.limit(MOST_DRAFTS))).scalars().all()


async def files(session: AsyncSession, draft: FormDraft | None) -> Sequence[DraftFile]:
    """Return the documents that are kept with a draft, in the order in which they came."""
    if draft is None:
        return []
    query = select(DraftFile).where(DraftFile.draft_id == draft.id).order_by(DraftFile.id)
    return (await session.execute(query)).scalars().all()


async def save(
    session: AsyncSession,
    desk: Desk,
    person_id: int,
    key: str,
    form: Form,
    answers: Mapping[str, str],
    handed_in: Sequence[IncomingFile] = (),
) -> FormDraft:
    """Keep what was filled in and handed in so far. Raises `TooManyDocuments`."""
    now = desk.clock.now()
    row = {"person_id": person_id, "key": key, "form_key": form.key, "answers": {}, "saved_at": now}
    if await insert_once(session, FormDraft, row):
        await _make_room(session, person_id)
    held = select(FormDraft).where(FormDraft.person_id == person_id, FormDraft.key == key).with_for_update()
    draft = (await session.execute(held)).scalar_one()
    draft.form_key = form.key
    draft.answers = {name: storable(value) for name, value in answers.items() if value}
    draft.saved_at = now
    await session.flush()
    await _keep_files(session, desk, draft, handed_in)
    return draft


async def _make_room(session: AsyncSession, person_id: int) -> None:
    """Throw away the oldest drafts of somebody who keeps very many."""
    latest = select(FormDraft.id).where(FormDraft.person_id == person_id)
    latest = latest.order_by(FormDraft.saved_at.desc(), FormDraft.id.desc())
    await _delete(session, (await session.execute(latest.offset(MOST_DRAFTS))).scalars().all())


async def _keep_files(session: AsyncSession, desk: Desk, draft: FormDraft, handed_in: Sequence[IncomingFile]) -> None:
    """Keep documents, each once: a page that is sent again brings the same ones again."""
    if not handed_in:
        return
    there = {(file.document_key, file.filename, file.sha256) for file in await files(session, draft)}
    stored = await desk.storage.put([file.content for file in handed_in])
    for file, sha256 in zip(handed_in, stored, strict=True):
        row = DraftFile(
            draft_id=draft.id,
            document_key=file.document_key,
            filename=safe_filename(file.filename),
            declared_type=storable(file.declared_type),
            size=len(file.content),
            sha256=sha256,
            quarantined=file.quarantined,
        )
        known = (row.document_key, row.filename, row.sha256)
        if known in there:
            continue
        if len(there) >= MOST_FILES:
            raise TooManyDocuments
        there.add(known)
        session.add(row)
    await session.flush()


async def take_files(session: AsyncSession, desk: Desk, draft: FormDraft | None, form: Form) -> list[IncomingFile]:
    """Return the documents of a draft with their bytes, ready to be filed with the case."""
    return [
        IncomingFile(
            filename=kept.filename,
            declared_type=kept.declared_type,
            content=await desk.storage.get(kept.sha256),
            document_key=kept.document_key,
            quarantined=kept.quarantined,
            sensitive=_sensitivity(form, kept.document_key),
        )
        for kept in await files(session, draft)
    ]


def _sensitivity(form: Form, document_key: str | None) -> str | None:
    document = form.document(document_key) if document_key else None
    return document.sensitive if document else None


async def drop_file(session: AsyncSession, draft: FormDraft, file_id: int) -> None:
    """Take one document out of a draft; one that is not there is no fault."""
    await session.execute(delete(DraftFile).where(DraftFile.draft_id == draft.id, DraftFile.id == file_id))


async def throw_away(session: AsyncSession, draft: FormDraft | None) -> None:
    """Delete a draft: it was filed, or nobody wants it any more."""
    if draft is not None:
        await _delete(session, [draft.id])


async def throw_away_left(session: AsyncSession, before: datetime) -> int:
    """Delete the drafts that nobody has touched since a moment; return how many."""
    left = (await session.execute(select(FormDraft.id).where(FormDraft.saved_at < before))).scalars().all()
    await _delete(session, left)
    return len(left)


async def _delete(session: AsyncSession, draft_ids: Collection[int]) -> None:
    if draft_ids:
        await session.execute(delete(DraftFile).where(DraftFile.draft_id.in_(draft_ids)))
        await session.execute(delete(FormDraft).where(FormDraft.id.in_(draft_ids)))


def kept_until(draft: FormDraft, desk: Desk) -> datetime:
    """Return the moment at which a draft is thrown away if nobody touches it."""
    return draft.saved_at + timedelta(days=desk.settings.draft_days)
