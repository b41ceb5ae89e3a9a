"""Finds people by words of their name or address, or by their employee number: the same wherever somebody looks."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from casework.people.models import EmailAddress, Organisation, Person


def holds(column: Any, words: str) -> ColumnElement[bool]:
    """Return the condition that a column holds these words, in small letters or capitals."""
    return func.lower(column).contains(words.lower(), autoescape=True)


def ids_of(words: str) -> Select[int]:
    """Return the query for the people who are meant, by any address of theirs; somebody may come more than once."""
    return select(Person.id).outerjoin(EmailAddress, EmailAddress.person_id == Person.id).where(_are_meant(words))


def listed(words: str) -> Select[Person, str | None, str]:
    """Return the query for the people who are meant, each with their primary address and organisation; "" is all."""
    query = (
        select(Person, EmailAddress.address, Organisation.name)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(EmailAddress, (EmailAddress.person_id == Person.id) & EmailAddress.is_primary)
    )
    return query.where(_are_meant(words)) if words else query


def _are_meant(words: str) -> ColumnElement[bool]:
    name = Person.first_name + " " + Person.last_name
    return or_(holds(name, words), holds(EmailAddress.address, words), Person.employee_number == words)
