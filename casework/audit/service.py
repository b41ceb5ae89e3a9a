"""Writes the audit log; nothing here changes or removes a row."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit.models import AuditEntry
from casework.people.models import Actor


def record(
    session: AsyncSession,
    *,
    at: datetime,
    action: str,
    actor: Actor,
    channel: str,
    case_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add one entry; it is kept or lost with the transaction that it speaks of."""
    session.add(
        AuditEntry(
            at=at,
            action=action,
            actor_id=actor.person_id,
            actor=actor.name,
            channel=channel,
            case_id=case_id,
            details=details or {},
        )
    )
