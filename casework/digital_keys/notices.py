"""Tells people by mail that one of their keys or addresses changed, so that a stranger's change is seen."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.clock import BRUSSELS
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people.models import Actor


class Change(StrEnum):
    """What changed."""

    PASSWORD_SET = "password_set"  # noqa: S105 -- the name of a change
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    LIST_PRINTED = "list_printed"
    LIST_REMOVED = "list_removed"
    ADDRESS_ADDED = "address_added"
    ADDRESS_REMOVED = "address_removed"
    ADDRESS_PRIMARY = "address_primary"


async def tell(
    session: AsyncSession, person_id: int, change: Change, now: datetime, *, actor: Actor, address: str = ""
) -> None:
    """Mail a person, at the address that is primary now, what changed; and write down who changed it."""
    at = now.astimezone(BRUSSELS).strftime("%d/%m/%Y %H:%M")
    context = {"change": change.value, "address": address, "at": at}
    await outbox.tell(session, kind=MailKind.SECURITY, person_id=person_id, context=context, now=now)
    details = {} if actor.person_id == person_id else {"person": person_id}
    channel = "system" if actor.person_id is None else "web"
    audit.record(session, at=now, action=change.value, actor=actor, channel=channel, details=details)
