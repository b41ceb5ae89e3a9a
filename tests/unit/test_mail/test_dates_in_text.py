"""Days that sentences name, in four languages, seen on 15 September 2026."""

from datetime import date

import pytest

from mail_gateway.inbound.dates_in_text import Role, days_in

TODAY = date(2026, 9, 15)


def read(text: str) -> list[tuple[str, Role]]:
    return [(day.on.isoformat(), day.role) for day in days_in(text, TODAY)]


@pytest.mark.parametrize(
    "text",
    [
        "Ik wil telewerken vanaf 1 maart 2027.",
        "met ingang van 01.03.2027",
        "à partir du 1er mars",
        "À compter du 1er mars 2027,",
        "ab dem 1. März",
        "ab 1. Maerz 2027",
        "from 1/3/2027",
        "starting March 1st, 2027",
        "as of 2027-03-01",
        "vanaf 1 maart",
    ],
)
def test_day_on_which_something_begins_is_read(text: str):
    assert read(text) == [("2027-03-01", Role.BEGIN)]


@pytest.mark.parametrize(
    "text",
    [
        "van 1 tot en met 5 maart 2027",
        "van 1/3 t.e.m. 5/3/2027",
        "du 1er au 5 mars 2027",
        "du 1er mars 2027 jusqu\u2019au 5 mars 2027",
        "vom 1. bis 5. März 2027",
        "vom 1.3 bis zum 5.3.2027",
        "from 1/3 to 5/3/2027",
        "from March 1st, 2027 until March 5",
        "from 1 to 5 March 2027",
    ],
)
def test_stretch_is_read_though_its_month_or_year_is_said_once(text: str):
    assert read(text) == [("2027-03-01", Role.BEGIN), ("2027-03-05", Role.END)]


def test_stretch_over_the_turn_of_the_year_begins_in_the_year_before():
    assert read("van 28/12 tot 3/1/2027") == [("2026-12-28", Role.BEGIN), ("2027-01-03", Role.END)]


@pytest.mark.parametrize("text", ["sinds 1 maart", "depuis le 1er mars", "seit dem 1. März", "since 1 March"])
def test_day_since_which_something_is_lies_in_the_past(text: str):
    assert read(text) == [("2026-03-01", Role.BEGIN)]


@pytest.mark.parametrize(
    "text",
    [
        "vanaf 1/3",
        "op 3/4",
        "31/2/2027",
        "vanaf 1 september",
        "tel. 02/123.45.67",
        "4/5",
        "12.5.1",
        "99 maart 2027",
        "",
    ],
)
def test_what_is_no_day_or_has_two_readings_is_left_out(text: str):
    assert read(text) == []


@pytest.mark.parametrize(
    "text", ["uw mail van 3 maart 2027", "votre mail du 3 mars 2027", "Ihre Mail vom 3. März 2027"]
)
def test_day_of_something_else_begins_nothing(text: str):
    assert read(text) == [("2027-03-03", Role.OF)]


def test_many_days_are_read_to_a_bound():
    assert len(read("op 1/3/2027 " * 1_000)) == 50
