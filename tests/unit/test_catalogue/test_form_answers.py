from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.catalogue import answers
from casework.catalogue.answers import ErrorCode, WrongAnswer
from casework.catalogue.models import LANGUAGES, Field, FieldType, Texts

TODAY = date(2026, 9, 15)
LABEL = Texts("Veld", "Champ", "Feld", "Field")
RANGE = {"earliest": "1926", "latest": "2076"}


def read(kind, raw, **bounds):
    return answers.read_answer(Field("field", kind, LABEL, **bounds), raw, "nl", TODAY)


def code(kind, raw, **bounds):
    found = read(kind, raw, **bounds)
    return found.code if isinstance(found, WrongAnswer) else found


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("2026-09-01", "2026-09-01"),
        ("2026/9/1", "2026-09-01"),
        ("01/09/2026", "2026-09-01"),
        ("1.9.2026", "2026-09-01"),
        ("1-9-2026", "2026-09-01"),
        ("29/02/2028", "2028-02-29"),
        ("29/02/2026", ErrorCode.NOT_A_DATE),
        ("31.04.2026", ErrorCode.NOT_A_DATE),
        ("13/13/2026", ErrorCode.NOT_A_DATE),
        ("1/9-2026", ErrorCode.NOT_A_DATE),
        ("1/9/26", ErrorCode.NOT_A_DATE),
        ("1 september", ErrorCode.NOT_A_DATE),
        ("\u0660\u0661/\u0660\u0669/2026", ErrorCode.NOT_A_DATE),
        ("0000-01-01", ErrorCode.NOT_A_DATE),
        ("01/09/0206", ErrorCode.YEAR_OUT_OF_RANGE),
        ("01/09/2206", ErrorCode.YEAR_OUT_OF_RANGE),
    ],
)
def test_date_is_kept_in_iso_order_or_refused(raw, kept):
    assert code(FieldType.DATE, raw) == kept


@given(st.dates(date(1926, 1, 1), date(2076, 12, 31)))
def test_date_is_the_same_day_in_every_notation(day):
    notations = [
        "{0.year}-{0.month:02}-{0.day:02}",
        "{0.day}/{0.month}/{0.year}",
        "{0.day:02}.{0.month:02}.{0.year}",
    ]

    assert {read(FieldType.DATE, notation.format(day)) for notation in notations} == {day.isoformat()}


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("2026-09", "2026-09"),
        ("9/2026", "2026-09"),
        ("09.2026", "2026-09"),
        ("2026-13", ErrorCode.NOT_A_MONTH),
        ("00/2026", ErrorCode.NOT_A_MONTH),
        ("september", ErrorCode.NOT_A_MONTH),
        ("09/1026", ErrorCode.YEAR_OUT_OF_RANGE),
    ],
)
def test_month_is_kept_year_first_or_refused(raw, kept):
    assert code(FieldType.MONTH, raw) == kept


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("2026", 2026), ("26", ErrorCode.NOT_A_YEAR), ("MMXXVI", ErrorCode.NOT_A_YEAR)],
)
def test_year_is_kept_as_a_number_or_refused(raw, kept):
    assert code(FieldType.YEAR, raw) == kept


def test_year_out_of_range_says_the_range():
    assert read(FieldType.YEAR, "1899") == WrongAnswer(ErrorCode.YEAR_OUT_OF_RANGE, RANGE)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("2", 2),
        ("007", 7),
        ("2,0", 2),
        ("1 200", 1200),
        ("1\u00a0200", 1200),
        ("-0", 0),
        ("-1", ErrorCode.TOO_SMALL),
        ("\N{MINUS SIGN}1", ErrorCode.TOO_SMALL),
        ("1000000000", ErrorCode.TOO_LARGE),
        ("9" * 16, ErrorCode.NOT_AN_INTEGER),
        ("2,5", ErrorCode.NOT_AN_INTEGER),
        ("1.200", ErrorCode.NOT_AN_INTEGER),
        ("twee", ErrorCode.NOT_AN_INTEGER),
        ("\u0663", ErrorCode.NOT_AN_INTEGER),
        ("1e3", ErrorCode.NOT_AN_INTEGER),
    ],
)
def test_integer_is_whole_and_not_negative(raw, kept):
    assert code(FieldType.INTEGER, raw) == kept


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("12,5", "12.5"),
        ("12.50", "12.5"),
        ("80", "80"),
        ("100", "100"),
        ("0", "0"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1.234.567", "1234567"),
        ("33,3333", "33.3333"),
        ("33,33333", ErrorCode.NOT_A_DECIMAL),
        ("1.23.4", ErrorCode.NOT_A_DECIMAL),
        ("1,234,5", ErrorCode.NOT_A_DECIMAL),
        ("12,", ErrorCode.NOT_A_DECIMAL),
        ("NaN", ErrorCode.NOT_A_DECIMAL),
        ("-0,5", ErrorCode.TOO_SMALL),
    ],
)
def test_decimal_takes_comma_or_point_and_is_kept_exactly(raw, kept):
    assert code(FieldType.DECIMAL, raw) == kept


def test_decimal_may_repeat_the_unit_of_its_label():
    fraction = Field("fraction", FieldType.DECIMAL, Texts("Breuk (%)", "Fraction (%)", "Grad (%)", "Fraction (%)"))
    distance = Field("km", FieldType.DECIMAL, Texts("Afstand (km)", "Distance (km)", "Weg (km)", "Distance (km)"))

    assert answers.read_answer(fraction, "80 %", "nl", TODAY) == "80"
    assert answers.read_answer(distance, "12,5KM", "nl", TODAY) == "12.5"
    assert answers.read_answer(distance, "80 %", "nl", TODAY) == WrongAnswer(ErrorCode.NOT_A_DECIMAL)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("1234,50", 123450),
        ("1.234,50 €", 123450),
        ("€ 1 234,5", 123450),
        ("1'234.50", 123450),
        ("1\N{RIGHT SINGLE QUOTATION MARK}234.50", 123450),
        ("12 EUR", 1200),
        ("12 euro", 1200),
        ("0,01", 1),
        ("1.234", ErrorCode.NOT_AN_AMOUNT),
        ("0,005", ErrorCode.NOT_AN_AMOUNT),
        ("12 USD", ErrorCode.NOT_AN_AMOUNT),
        ("-5", ErrorCode.TOO_SMALL),
    ],
)
def test_amount_is_kept_in_whole_cents(raw, kept):
    assert code(FieldType.MONEY, raw) == kept


@given(st.integers(0, 99_999_999_900))
def test_amount_keeps_every_cent(cents):
    raw = f"{cents // 100:,},{cents % 100:02}".replace(",", ".", f"{cents // 100:,}".count(","))

    assert read(FieldType.MONEY, raw) == cents


@given(st.decimals(Decimal(0), Decimal(999_999_999), places=4))
def test_decimal_keeps_its_value(number):
    assert Decimal(read(FieldType.DECIMAL, str(number).replace(".", ","))) == number


@given(st.sampled_from([FieldType.MONEY, FieldType.INTEGER]), st.integers(0, 999_999_999), st.sampled_from(LANGUAGES))
def test_written_number_is_read_back_the_same(kind, number, language):
    assert read(kind, answers.write_answer(Field("field", kind, LABEL), number, language)) == number


@pytest.mark.parametrize(
    ("kind", "value", "dutch", "german", "english"),
    [
        (FieldType.MONEY, 123405, "1234,05", "1234,05", "1234.05"),
        (FieldType.DECIMAL, "12.5", "12,5", "12,5", "12.5"),
        (FieldType.DATE, "2026-09-01", "01/09/2026", "01.09.2026", "01/09/2026"),
        (FieldType.MONTH, "2026-09", "09/2026", "09.2026", "09/2026"),
        (FieldType.TEXT, "2026-09-01", "2026-09-01", "2026-09-01", "2026-09-01"),
    ],
)
def test_answer_is_written_as_in_the_language(kind, value, dutch, german, english):
    field = Field("field", kind, LABEL)

    assert [answers.write_answer(field, value, language) for language in ("nl", "de", "en")] == [
        *(dutch, german, english)
    ]


def test_number_out_of_bounds_says_the_bound():
    bounds = {"minimum": Decimal(1), "maximum": Decimal(100)}

    assert read(FieldType.DECIMAL, "0,5", **bounds) == WrongAnswer(ErrorCode.TOO_SMALL, {"minimum": "1"})
    assert read(FieldType.DECIMAL, "100,1", **bounds) == WrongAnswer(ErrorCode.TOO_LARGE, {"maximum": "100"})


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("Anna.Peeters@Mail.Example", "Anna.Peeters@mail.example"),
        ("anna+hr@sub.mail.example", "anna+hr@sub.mail.example"),
        ("anna", ErrorCode.NOT_AN_EMAIL),
        ("anna@mail", ErrorCode.NOT_AN_EMAIL),
        ("anna@@mail.example", ErrorCode.NOT_AN_EMAIL),
        ("anna@mail..example", ErrorCode.NOT_AN_EMAIL),
        ("a b@mail.example", ErrorCode.NOT_AN_EMAIL),
        ("Anna <anna@mail.example>", ErrorCode.NOT_AN_EMAIL),
        ("anna@mail.example,bea@mail.example", ErrorCode.NOT_AN_EMAIL),
        ("a" * 300 + "@mail.example", ErrorCode.NOT_AN_EMAIL),
    ],
)
def test_email_is_one_plain_address(raw, kept):
    assert code(FieldType.EMAIL, raw) == kept


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("HRB0001167", "HRB0001167"),
        ("hrc 0001167", "HRC0001167"),
        ("#HRB0001167", "HRB0001167"),
        ("HRB1167", ErrorCode.NOT_A_CASE_NUMBER),
        ("1167", ErrorCode.NOT_A_CASE_NUMBER),
    ],
)
def test_case_number_is_kept_as_in_our_mails(raw, kept):
    assert code(FieldType.CASE_NUMBER, raw) == kept


def test_text_is_kept_on_one_line_and_textarea_on_its_lines():
    assert read(FieldType.TEXT, "een\n  twee") == "een twee"
    assert read(FieldType.TEXTAREA, "een\n  twee") == "een\n  twee"


def test_text_too_long_says_how_long_it_may_be():
    assert read(FieldType.TEXT, "x" * 500) == "x" * 500
    assert read(FieldType.TEXT, "x" * 501) == WrongAnswer(ErrorCode.TOO_LONG, {"maximum": "500"})
    assert read(FieldType.TEXTAREA, "x" * 50_001) == WrongAnswer(ErrorCode.TOO_LONG, {"maximum": "50000"})


@given(st.text(st.characters(), max_size=80))
def test_clean_answer_can_be_stored_and_cleaning_twice_changes_nothing(raw):
    kept = answers.clean(raw)

    assert answers.clean(kept) == kept
    assert kept.encode("utf-8").find(b"\x00") == -1


def test_clean_drops_what_cannot_be_stored():
    assert answers.clean(" een\x00\ud800\r\ntwee\x1b \n") == "een\ntwee"
