"""A slip and the difference between two slips, told in four languages."""

import string
from dataclasses import replace
from datetime import date

import pytest
from unit.test_payroll_engine.people import month_columns

from payroll.engine import calculate, explain, parameters
from payroll.engine.explanations import Cause, Reason, explain_difference, explain_slip, household_reasons
from payroll.engine.household import CivilStatus, Household, SpouseIncome
from payroll.engine.periods import PayMonth
from payroll.engine.wage_types import LANGUAGES
from payroll.engine.wording import catalogue, euro, month

LAW = parameters.packaged()
MARCH = PayMonth(2026, 3)
ARTICLE = "annex III"


def slip(gross=300_000, household=None, **inputs):
    columns = month_columns([gross], household=household, on=date(2026, 3, 31), **inputs)
    (lines,) = explain.by_person(explain.month_lines(columns, calculate.calculate_month(columns, LAW)), MARCH)
    return lines


def plainly(sentences):
    return [sentence.replace("\u00a0", " ").replace("\u202f", " ") for sentence in sentences]


@pytest.mark.parametrize("name", catalogue())
def test_every_text_has_four_languages_with_the_same_blanks(name):
    texts = catalogue()[name]

    blanks = {frozenset(field for _, field, _, _ in string.Formatter().parse(text) if field) for text in texts.values()}
    assert (set(texts), len(blanks), all(texts.values())) == (set(LANGUAGES), 1, True)


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_has_words_both_ways(cause, language):
    named = {
        Cause.CIVIL_STATUS: ("single", "married"),
        Cause.SPOUSE_INCOME: ("none", "own"),
        Cause.STATUTE: ("contractual", "statutory"),
    }
    one, two = named.get(cause, (1, 3))
    lines = slip()

    there, back = (
        explain_difference(lines, lines, [Reason(cause, *change)], language)[0] for change in ((one, two), (two, one))
    )

    assert there.endswith(".")
    assert (there == back) == (cause in {Cause.LAW, Cause.SINGLE_PARENT, Cause.DISABLED_WORKER, Cause.DISABLED_SPOUSE})


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", "52,00 EUR more net: one more dependent child since March 2026 (annex III)."),
        ("nl", "52,00 EUR meer netto: één kind ten laste meer sinds maart 2026 (annex III)."),
        ("fr", "52,00 EUR de plus en net : un enfant à charge de plus depuis mars 2026 (annex III)."),
        ("de", "52,00 EUR mehr netto: ein Kind zu Lasten mehr seit März 2026 (annex III)."),
    ],
)
def test_one_more_child_is_told_with_its_month_and_its_article(language, first):
    before, after = Household(), Household(children=1)
    reasons = household_reasons(before, after, MARCH, ARTICLE)

    told = explain_difference(slip(household=before), slip(household=after), reasons, language)

    assert plainly(told)[0] == first
    assert len(told) == 2


def test_each_wage_type_that_changed_is_told_with_both_amounts():
    told = explain_difference(slip(), slip(350_000), [Reason(Cause.GROSS_MONTH, 300_000, 350_000, MARCH)], "en")

    assert plainly(told) == [
        "164,57 EUR more net: pay of a full-time month 3.500,00 EUR instead of 3.000,00 EUR since March 2026.",
        "Gross pay of the month: 3.500,00 EUR instead of 3.000,00 EUR.",
        "Personal social security contribution: 457,45 EUR instead of 392,10 EUR.",
        "Work bonus, part A: 0,00 EUR instead of 82,31 EUR.",
        "Special social security contribution: 24,74 EUR instead of 19,24 EUR.",
        "Withholding tax: 617,41 EUR instead of 435,14 EUR.",
    ]


def test_less_and_no_change_are_told():
    less = explain_difference(slip(household=Household(children=3)), slip(), [], "nl")
    same = explain_difference(slip(), slip(), [], "fr")

    assert plainly(less)[0] == "367,00 EUR minder netto."
    assert plainly(same) == ["Le net reste à 2 235,83 EUR."]


def test_household_that_changed_in_many_ways_gives_each_reason():
    before = Household(children=2, single_parent=True)
    after = Household(CivilStatus.MARRIED, SpouseIncome.OWN, children=4, disabled_worker=True)

    reasons = household_reasons(before, after)

    told = explain_difference(slip(), slip(), reasons, "en")[0].split(": ", 1)[1]
    assert (
        told
        == "2 more dependent children, no longer a single parent, own disability recognised, married instead of single."
    )


def test_income_of_the_spouse_is_a_reason_within_a_couple_only():
    couple = Household(CivilStatus.MARRIED, SpouseIncome.NONE)

    (reason,) = household_reasons(couple, replace(couple, spouse_income=SpouseIncome.OWN))

    assert reason.cause is Cause.SPOUSE_INCOME
    assert household_reasons(Household(), Household(spouse_income=SpouseIncome.OWN)) == []
    assert household_reasons(couple, couple) == []


def test_slip_is_told_line_by_line():
    told = plainly(explain_slip(slip(350_000), "nl"))

    assert told == [
        "Brutowedde van de maand: 3.500,00 EUR, voor maart 2026.",
        (
            "Persoonlijke socialezekerheidsbijdrage: 457,45 EUR, 13,07 % van 3.500,00 EUR, afgerond op de cent, "
            "voor maart 2026 "
            "(KB/AR 28/11/1969 art. 30 § 2; wet/loi 29/06/1981 art. 38 "
            "(contributions 2017-10-01))."
        ),
        *told[2:4],
        "Belastbaar bedrag: 3.042,55 EUR, voor maart 2026.",
        "Netto te betalen: 2.400,40 EUR, voor maart 2026.",
    ]
    assert told[3].startswith("Bedrijfsvoorheffing: 617,41 EUR, berekend op 3.042,55 EUR, afgerond op de cent,")


@pytest.mark.parametrize(
    ("language", "amount", "of"),
    [
        ("nl", "-1.234.567,08\u00a0EUR", "augustus 2026"),
        ("fr", "-1\u202f234\u202f567,08\u00a0EUR", "août 2026"),
        ("de", "-1.234.567,08\u00a0EUR", "August 2026"),
        ("en", "-1.234.567,08\u00a0EUR", "August 2026"),
    ],
)
def test_amounts_and_months_are_written_as_the_language_does(language, amount, of):
    assert (euro(-123_456_708, language), month(PayMonth(2026, 8), language)) == (amount, of)
