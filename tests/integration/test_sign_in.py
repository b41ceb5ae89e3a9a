"""Codes by e-mail: one use, ten minutes, few attempts, and silence about unknown addresses."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from factories import make_cast

from casework.clock import SettableClock
from casework.db import Database
from casework.outbox import service as outbox
from casework.people import sign_in
from casework.people.sign_in import SignInRules

AN = "an.peeters@health.example"


async def _code(database: Database, rules: SignInRules, clock: SettableClock, address: str = AN) -> str:
    async with database.transaction() as session:
        await sign_in.request_code(session, rules, address, clock.now())
    async with database.reading() as session:
        mail = (await outbox.all_mails(session))[-1]
    [code] = re.findall(r"\b\d{6}\b", mail.text)
    return str(code)


async def _redeem(database: Database, rules: SignInRules, clock: SettableClock, code: str, address: str = AN) -> bool:
    async with database.transaction() as session:
        return await sign_in.redeem_code(session, rules, address, code, clock.now()) is not None


@pytest.fixture(autouse=True)
async def cast(database: Database) -> None:
    async with database.transaction() as session:
        await make_cast(session)


async def test_code_signs_in_once(database: Database, sign_in_rules: SignInRules, clock: SettableClock) -> None:
    code = await _code(database, sign_in_rules, clock)

    assert await _redeem(database, sign_in_rules, clock, f" {code[:3]} {code[3:]} ")
    assert not await _redeem(database, sign_in_rules, clock, code)


async def test_code_is_good_for_ten_minutes(
    database: Database, sign_in_rules: SignInRules, clock: SettableClock
) -> None:
    code = await _code(database, sign_in_rules, clock)
    clock.advance(timedelta(minutes=10))

    assert not await _redeem(database, sign_in_rules, clock, code)


async def test_guessing_ends_after_five_attempts(
    database: Database, sign_in_rules: SignInRules, clock: SettableClock
) -> None:
    rules = replace(sign_in_rules, draw=lambda: "424242")
    await _code(database, rules, clock)

    guesses = [await _redeem(database, rules, clock, f"{n:06d}") for n in range(5)]

    assert guesses == [False] * 5
    assert not await _redeem(database, rules, clock, "424242")


async def test_code_of_one_address_is_no_good_for_another(
    database: Database, sign_in_rules: SignInRules, clock: SettableClock
) -> None:
    code = await _code(database, sign_in_rules, clock)

    assert not await _redeem(database, sign_in_rules, clock, code, "luc.martin@health.example")


async def test_unknown_address_and_sixth_code_in_an_hour_mail_nothing(
    database: Database, sign_in_rules: SignInRules, clock: SettableClock
) -> None:
    async with database.transaction() as session:
        for address in ["nobody@else.example", *[AN] * 6]:
            await sign_in.request_code(session, sign_in_rules, address, clock.now())

    async with database.reading() as session:
        assert [mail.to_address for mail in await outbox.all_mails(session)] == [AN] * 5


async def test_session_ends_by_idling_by_age_and_by_signing_out(
    database: Database, sign_in_rules: SignInRules, clock: SettableClock
) -> None:
    async def begin() -> str:
        async with database.transaction() as session:
            person = await sign_in.redeem_code(session, sign_in_rules, AN, code, clock.now())
            assert person is not None
            return await sign_in.begin_session(session, person, clock.now())

    async def found(token: str) -> sign_in.OpenSession | None:
        async with database.reading() as session:
            return await sign_in.find_session(session, sign_in_rules, token, clock.now())

    code = await _code(database, sign_in_rules, clock)
    token = await begin()
    opened = await found(token)
    clock.advance(timedelta(minutes=20))
    idle = await found(token)
    code = await _code(database, sign_in_rules, clock)
    second = await begin()
    again = await found(second)
    assert opened is not None
    assert again is not None
    async with database.transaction() as session:
        await sign_in.end_session(session, again.id, clock.now())

    assert (idle, await found(second), await found("made up")) == (None, None, None)
    assert opened.csrf_token != again.csrf_token
