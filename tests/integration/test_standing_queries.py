"""A query that is put together once finds, on both databases, what a session finds."""

import asyncio

import pytest
from sqlalchemy import bindparam, select

from casework.people import store as people
from casework.people.models import EmailAddress, Person, Role
from casework.sqlite_rows import StandingQuery

VERIFIED = StandingQuery(
    select(EmailAddress.address, EmailAddress.verified_at, Person.active, Person.iban)
    .join(Person, Person.id == EmailAddress.person_id)
    .where(EmailAddress.verified_at >= bindparam("since"), EmailAddress.person_id == bindparam("person_id"))
    .where(EmailAddress.is_primary)
)


async def test_it_finds_what_a_session_finds_in_the_same_types(database, cast):
    async with database.reading() as session:
        own, *_ = await people.addresses(session, cast.an.person_id)
        iban = (await session.get_one(Person, cast.an.person_id)).iban

    found = await database.find(VERIFIED, person_id=cast.an.person_id, since=own.verified_at)

    assert found == [(own.address, own.verified_at, True, iban)]
    assert await database.find(VERIFIED, person_id=cast.an.person_id + 1000, since=own.verified_at) == []
    assert {role for (role,) in await database.find(people.ROLES, person_id=cast.hanne.person_id)} == {
        Role.EMPLOYEE,
        Role.HANDLER,
    }


async def test_it_sees_what_was_committed_just_now_and_nothing_before(database, cast):
    async with database.transaction() as session:
        (await session.get_one(Person, cast.an.person_id)).iban = "BE68539007547034"
        await session.flush()
        before = await asyncio.gather(*(iban_of(database, cast.an) for _ in range(3)))
    assert (set(before), await iban_of(database, cast.an)) == ({None}, "BE68539007547034")


IBAN = StandingQuery(select(Person.iban).where(Person.id == bindparam("id")))


async def iban_of(database, actor) -> str | None:
    [(iban,)] = await database.find(IBAN, id=actor.person_id)
    return iban


async def test_a_key_that_is_not_given_is_a_bug(database, cast):
    with pytest.raises(Exception, match="since"):
        await database.find(VERIFIED, person_id=cast.an.person_id)
