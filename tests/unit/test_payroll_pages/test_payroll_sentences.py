"""What payroll says on a timeline: clear in four languages, with the month, the amount, the table and the day."""

from datetime import date

import pytest
from sentences import TRANSLATED, sentences_of, translations

from casework.catalogue.models import EffectKind
from casework.people.models import LANGUAGES
from casework.portal.shell import formats
from casework.portal.shell.wording import load_wording
from payroll.engine import parameters
from payroll.engine.wage_types import WageType
from payroll.pages import advice, sentences
from payroll.pages.speech import Speech
from payroll.payslips import words

LAW = parameters.packaged()
MINUS = "\N{MINUS SIGN}"
CHILDREN = [
    {"period": "2026-09", "wage_type": "withholding_tax", "amount": "-138.00"},
    {"period": "2026-09", "wage_type": "net", "amount": "138.00"},
]
TABLE = {"table": "withholding_tax", "on": "2027-01-31", "period": "2027-01", "message": "Not verified."}


def speech(language: str, *, to_staff: bool = False) -> Speech:
    return Speech(language, load_wording(["payroll"])[language].gettext, to_staff)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nl", "Uw wedde wijzigt: september 2026: netto te betalen + 138,00 EUR (bedrijfsvoorheffing - 138,00 EUR)"),
        (
            "fr",
            "Votre traitement change : septembre 2026: net à payer + 138,00 EUR (précompte professionnel - 138,00 EUR)",
        ),
        (
            "de",
            "Ihr Gehalt ändert sich: September 2026: Netto zu zahlen + 138,00 EUR (Berufssteuervorabzug - 138,00 EUR)",
        ),
        ("en", "Your pay changes: September 2026: net payable + 138,00 EUR (withholding tax - 138,00 EUR)"),
    ],
)
def test_an_effect_is_told_in_the_language_of_the_visitor(language, told):
    assert sentences.effect(speech(language), CHILDREN) == told.replace("-", MINUS)


def test_months_that_change_alike_are_told_together():
    months = [
        {"period": period, "wage_type": wage_type, "amount": amount}
        for period in ("2025-11", "2025-12", "2026-01", "2026-03")
        for wage_type, amount in (("withholding_tax", "-1234.50"), ("net", "1234.50"))
    ]
    months.append({"period": "2026-04", "wage_type": "net", "amount": "-0.01"})
    assert sentences.effect(speech("en", to_staff=True), months).split("; ") == [
        (
            "Pay changes: November 2025 to January 2026, each month: net payable + 1.234,50 EUR "
            f"(withholding tax {MINUS} 1.234,50 EUR)"
        ),
        f"March 2026: net payable + 1.234,50 EUR (withholding tax {MINUS} 1.234,50 EUR)",
        f"April 2026: net payable {MINUS} 0,01 EUR",
    ]


def test_an_effect_without_net_tells_what_it_changes():
    tax = [{"period": "2026-09", "wage_type": "taxable", "amount": "10.00"}]
    assert sentences.effect(speech("en"), tax) == "Your pay changes: September 2026: taxable amount + 10,00 EUR"
    assert sentences.effect(speech("en"), []) == "This changes nothing in pay."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wage_type", list(WageType))
def test_every_wage_type_stands_in_a_sentence(wage_type, language):
    line = {"period": "2026-09", "wage_type": wage_type.name.lower(), "amount": "1.00"}
    told = sentences.effect(speech(language), [line])
    assert told.lower().endswith(f": {wage_type.label(language).lower()} + 1,00 eur")


@pytest.mark.parametrize(
    ("language", "what", "next_"),
    [
        (
            "nl",
            (
                "De wedde van januari 2027 kan nog niet berekend worden: "
                "de wettelijke tabellen dekken {day} niet (bedrijfsvoorheffing)."
            ),
            "De weddedienst brengt dit in orde; u hoeft niets te doen.",
        ),
        (
            "fr",
            (
                "Le traitement de janvier 2027 ne peut pas encore être calculé : "
                "les tables légales ne couvrent pas le {day} (précompte professionnel)."
            ),
            "Le service des traitements s'en occupe ; vous n'avez rien à faire.",
        ),
        (
            "de",
            (
                "Das Gehalt für Januar 2027 kann noch nicht berechnet werden: "
                "die gesetzlichen Tabellen decken den {day} nicht ab (Berufssteuervorabzug)."
            ),
            "Der Gehaltsdienst kümmert sich darum; Sie müssen nichts tun.",
        ),
        (
            "en",
            ("The pay of January 2027 cannot be calculated yet: the law tables do not cover {day} (withholding tax)."),
            "The payroll office settles this; you need not do anything.",
        ),
    ],
)
def test_a_problem_names_table_and_day_and_what_happens_next(language, what, next_):
    day = formats.day(date(2027, 1, 31), language)
    assert sentences.problems(speech(language), [TABLE]) == f"{what.format(day=day)} {next_}"


def test_several_problems_say_each_thing_once():
    found = [
        {**TABLE, "table": "withholding_tax, work_bonus"},
        {"table": "effective", "on": None, "period": None, "message": "the form lacks effective"},
        {"table": "form", "on": None, "period": None, "message": "the form changes nothing"},
        {"table": "form", "on": None, "period": None, "message": "the form changes nothing"},
    ]
    assert sentences.problems(speech("en", to_staff=True), found) == (
        "The pay of January 2027 cannot be calculated yet: the law tables do not cover 31 January 2027 "
        "(withholding tax, work bonus). "
        "This ticket does not reach pay by itself yet: the form does not say from which day it holds. "
        "This ticket does not reach pay by itself yet: the form holds nothing that pay can be worked out from. "
        "Add the published figures, verify the tables for that day, or sign for them; "
        "the calculation is then repeated. "
        "Enter the fact by hand."
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", [*advice.KNOWN, *LAW.tables, "a table of tomorrow 100%"])
def test_every_problem_can_be_told_in_every_language(rule, language):
    told = sentences.problem(speech(language, to_staff=True), rule, "2026-09", date(2026, 9, 30))
    assert "%(" not in told
    assert told.endswith(".")
    assert sentences.remedy(speech(language, to_staff=True), rule).endswith(".")


def test_every_law_table_and_every_effect_has_words():
    assert set(advice.TABLES) == set(LAW.tables)
    assert set(LAW.tables) - set(words.of_language("nl")) == {"household_residence_taper"}
    assert {kind.value for kind in EffectKind} <= set(advice.KNOWN)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_payroll_exists_in_every_language(language):
    shown = sentences_of(["payroll/pages", "templates/web/payroll"])
    assert len(shown) > 50
    assert {sentence for sentence, told in translations(language, "payroll").items() if told} == shown
