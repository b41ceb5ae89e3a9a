"""Reads what the pages of admins show, one question each; no page asks more often where there are more rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, Status
from casework.errors import NotFound
from casework.outbox.models import OutboxMail, OutboxState
from casework.people import finding
from casework.people.models import Organisation, Person, PersonRole
from casework.webhooks.models import DeliveryState, Webhook, WebhookDelivery

PAGE = 50
FAILED_MAILS = (OutboxState.FAILED, OutboxState.HELD, OutboxState.BOUNCED)


@dataclass(frozen=True)
class Listed:
    """Some rows, and below which id the next page begins, if there is one."""

    rows: Sequence[Any]
    next_before: int | None


def _listed(rows: Sequence[Any]) -> Listed:
    shown = rows[:PAGE]
    return Listed(shown, shown[-1][0].id if len(rows) > PAGE else None)


async def users(session: AsyncSession, asked: str, before: int | None) -> tuple[Listed, dict[int, list[str]]]:
    """Return people whose name, address or number holds these words, and the roles of each by their id."""
    query = finding.listed(asked)
    if before is not None:
        query = query.where(Person.id < before)
    page = _listed((await session.execute(query.order_by(Person.id.desc()).limit(PAGE + 1))).all())
    ids = [person.id for person, _, _ in page.rows]
    roles: dict[int, list[str]] = {person_id: [] for person_id in ids}
    held_roles = select(PersonRole.person_id, PersonRole.role).where(PersonRole.person_id.in_(ids))
    for person_id, role in await session.execute(held_roles.order_by(PersonRole.role)):
        roles[person_id].append(role)
    return page, roles


async def user(session: AsyncSession, person_id: int) -> tuple[Person, str]:
    """Return a person and the name of their organisation. Raises `NotFound`."""
    query = select(Person, Organisation.name).join(Organisation, Organisation.id == Person.organisation_id)
    found = (await session.execute(query.where(Person.id == person_id))).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


async def organisations(session: AsyncSession) -> Sequence[Any]:
    """Return each organisation with how many active people it has, and how many open and how many cases in all."""
    people = select(Person.organisation_id, func.count().label("people")).where(Person.active)
    people_of = people.group_by(Person.organisation_id).subquery()
    is_open = func.count(Case.id).filter(Case.status_value != Status.CLOSED_COMPLETE)
    cases = select(Case.organisation_id, func.count(Case.id).label("cases"), is_open.label("open_cases"))
    cases_of = cases.group_by(Case.organisation_id).subquery()
    query = (
        select(Organisation, people_of.c.people, cases_of.c.open_cases, cases_of.c.cases)
        .outerjoin(people_of, people_of.c.organisation_id == Organisation.id)
        .outerjoin(cases_of, cases_of.c.organisation_id == Organisation.id)
    )
    return (await session.execute(query.order_by(Organisation.name))).all()


async def cases_by_version(session: AsyncSession) -> Sequence[Any]:
    """Return each version of the catalogue that cases are on, when it was first and last used, and by how many."""
    first, last = func.min(Case.opened_at), func.max(Case.opened_at)
    query = select(Case.form_version, first, last, func.count()).where(Case.form_version.is_not(None))
    return (await session.execute(query.group_by(Case.form_version).order_by(last.desc()))).all()


async def failed_mails(session: AsyncSession, before: int | None) -> Listed:
    """Return the outgoing mails that did not leave or came back, each with the number of its case."""
    # Few mails fail among very many: their ids come from the index of states, and the sum keeps a planner from
    # walking every mail in the order of the ids.
    ids = select(OutboxMail.id).where(OutboxMail.state.in_(FAILED_MAILS))
    if before is not None:
        ids = ids.where(OutboxMail.id < before)
    newest = ids.order_by((OutboxMail.id + 0).desc()).limit(PAGE + 1)
    query = select(OutboxMail, Case.number).outerjoin(Case, Case.id == OutboxMail.case_id)
    return _listed((await session.execute(query.where(OutboxMail.id.in_(newest)).order_by(OutboxMail.id.desc()))).all())


async def failing_deliveries(session: AsyncSession) -> Sequence[tuple[WebhookDelivery, Webhook]]:
    """Return the newest notifications that failed, or that wait for another try."""
    query = select(WebhookDelivery, Webhook).join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
    failed = WebhookDelivery.state == DeliveryState.FAILED
    again = (WebhookDelivery.state == DeliveryState.QUEUED) & (WebhookDelivery.attempts > 0)
    query = query.where(failed | again).order_by(WebhookDelivery.id.desc()).limit(PAGE)
    return [(delivery, webhook) for delivery, webhook in await session.execute(query)]


async def deliveries(session: AsyncSession, before: int | None) -> Listed:
    """Return the newest notifications, each with the webhook that it is for."""
    query = select(WebhookDelivery, Webhook).join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    return _listed((await session.execute(query.order_by(WebhookDelivery.id.desc()).limit(PAGE + 1))).all())
