"""Makes and removes webhooks, queues what they have to be told, and keeps what became of it.

What happened is read from the audit log, whose entries are in the order of the commits: nothing that was committed can
be passed over, and nothing is told of what was rolled back.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.audit.models import AuditEntry, AuditHead
from casework.cases.models import Case
from casework.db import rowcount
from casework.errors import InvalidInput, NotFound
from casework.messages.models import AMONG_HANDLERS, EventKind
from casework.outbox.service import FIRST_RETRY, LATER_RETRIES, MOST_TRIES
from casework.people.models import Actor
from casework.webhooks.models import DeliveryState, Webhook, WebhookDelivery

LEASE = timedelta(seconds=60)
LONGEST_URL = 500
LONGEST_REPLY = 300
AT_ONCE = 500  # entries of the log that are read in one transaction
KINDS = tuple(kind for kind in EventKind if kind not in AMONG_HANDLERS)


def secret_of(key: bytes, webhook: Webhook) -> str:
    """Return the secret with which notifications to this address are signed."""
    return hmac.new(key, f"webhook {webhook.salt}".encode(), hashlib.sha256).hexdigest()


async def make(
    session: AsyncSession, *, url: str, kinds: Collection[str], maker: Actor, channel: str, now: datetime
) -> Webhook:
    """Begin to tell an address of these kinds of events, from now on. Raises `InvalidInput`."""
    url = url.strip()
    wrong = {}
    if not _is_usable(url):
        wrong["url"] = "an address such as https://system.example/balie is needed"
    if not kinds or not set(kinds) <= set(KINDS):
        wrong["kinds"] = "at least one kind of event is needed"
    if wrong:
        raise InvalidInput(wrong)
    newest = (await session.execute(select(AuditHead.entry_id))).scalar_one()
    webhook = Webhook(
        url=url, kinds=sorted(kinds), salt=secrets.token_hex(16), told_until=newest, made_by=maker.name, made_at=now
    )
    session.add(webhook)
    await session.flush()
    details = {"host": urlsplit(url).hostname, "webhook": webhook.id, "kinds": sorted(kinds)}
    audit.record(session, at=now, action="webhook_made", actor=maker, channel=channel, details=details)
    return webhook


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    return plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and port != 0


async def remove(session: AsyncSession, webhook_id: int, *, by: Actor, channel: str, now: datetime) -> None:
    """No longer tell an address anything; what waits for it is given up. Raises `NotFound`."""
    query = select(Webhook).where(Webhook.id == webhook_id, Webhook.removed_at.is_(None))
    webhook = (await session.execute(query)).scalar_one_or_none()
    if webhook is None:
        raise NotFound
    webhook.removed_at = now
    waits = (WebhookDelivery.webhook_id == webhook_id) & (WebhookDelivery.state == DeliveryState.QUEUED)
    given_up = {"state": DeliveryState.FAILED, "last_reply": "the webhook was removed"}
    await session.execute(update(WebhookDelivery).where(waits).values(given_up))
    details = {"host": urlsplit(webhook.url).hostname, "webhook": webhook_id}
    audit.record(session, at=now, action="webhook_removed", actor=by, channel=channel, details=details)


async def in_force(session: AsyncSession) -> Sequence[Webhook]:
    """Return the webhooks that are told of something, oldest first."""
    query = select(Webhook).where(Webhook.removed_at.is_(None)).order_by(Webhook.id)
    return (await session.execute(query)).scalars().all()


async def anything_new(session: AsyncSession) -> bool:
    """Return whether some webhook has not been told of the whole log; it writes nothing."""
    newest = select(AuditHead.entry_id).scalar_subquery()
    query = select(Webhook.id).where(Webhook.removed_at.is_(None), Webhook.told_until < newest).limit(1)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def queue_new(session: AsyncSession, now: datetime) -> None:
    """Queue what each webhook has to be told of the log since it was last looked at, each entry once."""
    query = select(Webhook).where(Webhook.removed_at.is_(None)).order_by(Webhook.id).with_for_update()
    for webhook in (await session.execute(query)).scalars().all():
        entries = (
            select(AuditEntry.id, AuditEntry.action, AuditEntry.at, Case.number)
            .outerjoin(Case, Case.id == AuditEntry.case_id)
            .where(AuditEntry.id > webhook.told_until)
            .order_by(AuditEntry.id)
            .limit(AT_ONCE)
        )
        for entry_id, action, at, number in (await session.execute(entries)).all():
            webhook.told_until = entry_id
            if number is not None and action in webhook.kinds:
                session.add(
                    WebhookDelivery(
                        webhook_id=webhook.id, entry_id=entry_id, kind=action, number=number, happened_at=at, due_at=now
                    )
                )


def due(now: datetime) -> ColumnElement[bool]:
    """Return the condition for what is to be sent now; a lease that ran out may be taken by another."""
    return or_(
        (WebhookDelivery.state == DeliveryState.QUEUED) & (WebhookDelivery.due_at <= now),
        (WebhookDelivery.state == DeliveryState.SENDING) & (WebhookDelivery.leased_until < now),
    )


async def claim(
    session: AsyncSession, *, owner: str, now: datetime, limit: int
) -> Sequence[tuple[WebhookDelivery, Webhook]]:
    """Lease notifications that are due to one worker."""
    query = (
        select(WebhookDelivery, Webhook)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(due(now))
        .order_by(WebhookDelivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    )
    found = [(delivery, webhook) for delivery, webhook in (await session.execute(query)).all()]
    for delivery, _ in found:
        delivery.state, delivery.lease_owner, delivery.leased_until = DeliveryState.SENDING, owner, now + LEASE
    return found


async def mark(session: AsyncSession, delivery_id: int, *, owner: str, now: datetime, taken: bool, reply: str) -> None:
    """Write down what became of a try: taken, or again after five minutes and then each hour, for a week."""
    held = (WebhookDelivery.id == delivery_id) & (WebhookDelivery.lease_owner == owner)
    query = select(WebhookDelivery).where(held, WebhookDelivery.state == DeliveryState.SENDING).with_for_update()
    delivery = (await session.execute(query)).scalar_one_or_none()
    if delivery is None:
        return  # the lease ran out, and another worker has it
    delivery.attempts += 1
    delivery.last_reply = reply[:LONGEST_REPLY]
    delivery.lease_owner = delivery.leased_until = None
    if taken:
        delivery.state = DeliveryState.SENT
    elif delivery.attempts >= MOST_TRIES:
        delivery.state = DeliveryState.FAILED
    else:
        delivery.state = DeliveryState.QUEUED
        delivery.due_at = now + (FIRST_RETRY if delivery.attempts == 1 else LATER_RETRIES)


async def retry(session: AsyncSession, delivery_id: int, now: datetime) -> None:
    """Have a notification that failed, or waits for its next try, sent at once. Raises `NotFound`."""
    stands = (DeliveryState.FAILED, DeliveryState.QUEUED)
    of_removed = select(Webhook.id).where(Webhook.removed_at.is_not(None))
    query = update(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.state.in_(stands),
        WebhookDelivery.webhook_id.not_in(of_removed),
    )
    again = query.values(state=DeliveryState.QUEUED, attempts=0, due_at=now)
    if rowcount(await session.execute(again)) != 1:
        raise NotFound
