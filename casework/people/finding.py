"""Finds people by words of their name or address, or by their employee number: the same wherever somebody looks."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union

from casework.people.models import EmailAddress, Organisation, Person


def holds(column: Any, words: str) -> ColumnElement[bool]:
    """Return the condition that a column holds these words, in small letters or capitals."""
    return func.lower(column).contains(words.lower(), autoescape=True)


def ids_of(words: str) -> Select[int]:
    """Return the query for the people who are meant, by any address of theirs; each comes once."""
    called = select(Person.id).where(_are_called(words))
    addressed = select(EmailAddress.person_id.label("id")).where(holds(EmailAddress.address, words))
    return select(union(called, addressed).subquery().c.id)


def listed(words: str) -> Select[Person, str | None, str]:
    """Return the query for the people who are meant, each with their primary address and organisation; "" is all."""
    query = (
        select(Person, EmailAddress.address, Organisation.name)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(EmailAddress, (EmailAddress.person_id == Person.id) & EmailAddress.is_primary)
    )
    return query.where(or_(_are_called(words), holds(EmailAddress.address, words))) if words else query


def _are_called(words: str) -> ColumnElement[bool]:
    return or_(holds(Person.first_name + " " + Person.last_name, words), Person.employee_number == words)
