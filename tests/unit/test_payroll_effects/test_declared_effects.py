"""The declared effects fit the catalogue; a mistake in them stops the desk with the file, the line and the reason."""

from datetime import date
from typing import Any

import pytest

from casework.catalogue.errors import CatalogueError
from casework.catalogue.service import load_catalogue
from payroll.effects import checking, declared, statements
from payroll.effects.statements import Statement, Unclear
from payroll.facts.kinds import KINDS
from payroll.facts.models import FactKind
from payroll.facts.timeline import FOREVER

CATALOGUE = load_catalogue()
TODAY = date(2026, 9, 15)
SEPTEMBER = date(2026, 9, 1)


def test_declared_effects_cover_every_form_that_touches_pay() -> None:
    checking.check(declared.packaged(), CATALOGUE)

    touching = {form.key for form in CATALOGUE.forms if form.payroll.kind not in declared.NO_EFFECT}
    assert set(declared.packaged()) == touching


def test_every_option_of_the_regime_form_states_something() -> None:
    form = CATALOGUE.form("work_regime_reduction")
    assert form is not None
    regimes = [option.key for option in form.field("regime").options]  # type: ignore[union-attr]

    stated = {
        regime: statements.read(
            declared.packaged()[form.key], {"regime": regime, "start": "2026-09-01", "fraction": "50"}, TODAY
        )
        for regime in regimes
    }

    assert [regime for regime, found in stated.items() if isinstance(found, Unclear) or not found] == []


def read(form: str, **answers: Any) -> list[Statement] | Unclear:
    return statements.read(declared.packaged()[form], answers, TODAY)


@pytest.mark.parametrize(
    ("form", "answers", "kind", "values", "first_on", "last_on", "needs"),
    [
        ("allowances", {"allowance": "bilingualism", "start": "2026-09-01"}, "allowance", {"allowance": "bilingualism"},
         SEPTEMBER, FOREVER, "ground"),
        ("allowances", {"allowance": "bilingualism", "language_article": "art8", "start": "2026-09-01"}, "allowance",
         {"allowance": "bilingualism", "ground": "art8"}, SEPTEMBER, FOREVER, None),
        ("allowances", {"allowance": "on_call", "start": "2026-09-01"}, "allowance", {"allowance": "on_call"},
         SEPTEMBER, FOREVER, "allowance"),
        ("pay_question", {"month": "2026-08", "question": "?"}, "correction", {"line": "unnamed"},
         date(2026, 8, 1), FOREVER, "correction"),
        ("commuting", {"start": "2026-09-01", "transport": "bike", "distance_km": "7.5"}, "commuting",
         {"transport": "bike", "distance_km": "7.5"}, SEPTEMBER, FOREVER, "metres_month"),
        ("commuting", {"start": "2026-09-01", "transport": "bike", "km_month": "120.5"}, "commuting",
         {"transport": "bike", "metres_month": 120500}, SEPTEMBER, FOREVER, None),
        ("commuting", {"start": "2026-09-01", "transport": "public"}, "commuting", {"transport": "public"},
         SEPTEMBER, FOREVER, None),
        ("commuting", {"start": "2026-09-01", "transport": "other"}, "commuting", {"transport": "other"},
         SEPTEMBER, FOREVER, "commuting"),
        ("telework", {"kind": "regular", "start": "2026-09-01", "days_month": "8"}, "telework",
         {"telework": "regular", "days_month": 8}, SEPTEMBER, FOREVER, None),
        ("pecuniary_career_question", {"statute": "contractual"}, "seniority", {"statute": "contractual"},
         TODAY, FOREVER, "seniority"),
        ("certificates", {"obtained": "2026-06-30"}, "certificate", {"certifies": "certificate"},
         date(2026, 6, 30), FOREVER, "certificate"),
        ("person_function_data", {"data_kind": "bank_account", "effective": "2026-09-01",
                                  "change": "Please pay on BE68 5390 0754 7034 from now on"},
         "account", {"iban": "BE68539007547034"}, SEPTEMBER, FOREVER, None),
        ("person_function_data", {"data_kind": "function", "effective": "2026-09-01", "change": "Team lead"},
         "personal_data", {"data": "function"}, SEPTEMBER, FOREVER, "personal_data"),
        ("work_regime_reduction", {"regime": "four_day_week", "start": "2026-09-01", "end": "2027-08-31"},
         "regime", {"regime": "four_day_week", "fraction": "4/5"}, SEPTEMBER, date(2027, 8, 31), None),
        ("work_regime_reduction", {"regime": "reduced_duties", "start": "2026-09-01", "fraction": "62.5"},
         "regime", {"regime": "reduced_duties", "fraction": "5/8"}, SEPTEMBER, FOREVER, None),
        ("work_regime_reduction", {"regime": "reduced_duties", "start": "2026-09-01"},
         "regime", {"regime": "reduced_duties"}, SEPTEMBER, FOREVER, "fraction"),
        ("work_regime_reduction", {"regime": "parental_unpaid", "start": "2026-09-01"},
         "regime", {"regime": "parental_unpaid", "fraction": "0/1"}, SEPTEMBER, FOREVER, None),
        ("work_regime_reduction", {"regime": "long_absence", "start": "2026-09-01"},
         "absence", {"absence": "long_absence", "pay": "unpaid"}, SEPTEMBER, FOREVER, None),
        ("work_regime_reduction", {"regime": "foster_leave", "start": "2026-09-01"},
         "absence", {"absence": "foster_leave", "pay": "undecided"}, SEPTEMBER, FOREVER, "absence"),
        ("maternity", {"start": "2026-09-01", "due_date": "2026-10-01"},
         "absence", {"absence": "maternity", "pay": "undecided"}, SEPTEMBER, FOREVER, "absence"),
        ("reduced_duties_sickness", {"start": "2026-09-01"}, "regime", {"regime": "reduced_duties_sickness"},
         SEPTEMBER, FOREVER, "regime"),
        ("send_certificate", {}, "certificate", {"certifies": "absence"}, TODAY, FOREVER, "certificate"),
        ("other_leave", {"leave_type": "birth", "start": "2026-09-01", "end": "2026-09-10"},
         "absence", {"absence": "birth", "pay": "undecided"}, SEPTEMBER, date(2026, 9, 10), "absence"),
        ("work_after_65", {"start": "2026-09-01"}, "employment", {"employed": "yes", "because": "work_after_65"},
         SEPTEMBER, FOREVER, "employment"),
        ("pension", {"last_day": "2026-09-30"}, "employment", {"employed": "no", "because": "pension"},
         date(2026, 10, 1), FOREVER, None),
    ],
)  # fmt: skip
def test_form_states_a_dated_fact(
    form: str,
    answers: dict[str, str],
    kind: str,
    values: dict[str, str],
    first_on: date,
    last_on: date,
    needs: str | None,
) -> None:
    assert read(form, **answers) == [Statement(FactKind(kind), first_on, last_on, values, None, needs)]


def test_exit_is_about_the_employee_whom_it_names_and_early_return_ends_what_runs() -> None:
    assert read("exit", employee="E101", last_day="2026-09-30") == [
        Statement(FactKind.EMPLOYMENT, date(2026, 10, 1), FOREVER, {"employed": "no", "because": "exit"}, "E101")
    ]
    ended = read("work_regime_reduction", regime="early_return", start="2026-09-01")
    assert isinstance(ended, list)
    assert [(one.kind, one.values) for one in ended] == [
        (FactKind.REGIME, {"regime": None, "fraction": None}),
        (FactKind.ABSENCE, {"absence": None, "pay": None}),
    ]


@pytest.mark.parametrize(
    ("form", "answers", "rule"),
    [
        ("household", {"effective": "2026-09-01"}, "form"),
        ("household", {"children": "2"}, "effective"),
        ("household", {"effective": "2026-09-01", "children": "two"}, "form"),
        ("household", {"effective": "2026-13-01", "children": "2"}, "form"),
        ("person_function_data", {"data_kind": "bank_account", "effective": "2026-09-01", "change": "BE00 0"}, "form"),
        ("person_function_data", {"data_kind": "bank_account", "effective": "2026-09-01",
                                  "change": "not BE68 5390 0754 7034 but BE71 0961 2345 6769"}, "form"),
        ("work_regime_reduction", {"regime": "reduced_duties", "start": "2026-09-01", "fraction": "120"}, "form"),
        ("telework", {"kind": "regular", "start": "2026-09-02", "end": "2026-09-01"}, "form"),
    ],
)  # fmt: skip
def test_form_that_leaves_pay_to_a_guess_is_unclear(form: str, answers: dict[str, str], rule: str) -> None:
    found = read(form, **answers)

    assert isinstance(found, Unclear)
    assert found.rule == rule


@pytest.mark.parametrize(
    ("entry", "line", "reason"),
    [
        ("{form: telework, facts: [{fact: telework, from: begin, values: {telework: kind}}]}", 2,
         "from: the form 'telework' has no field 'begin'; it has kind, start, end, days_month, comment"),
        ("{form: telework, facts: [{fact: telework, from: kind, values: {telework: kind}}]}", 2,
         "from: the field 'kind' of 'telework' is no date or month"),
        ("{form: telework, facts: [{fact: telework, from: start, values: {telework: sort}}]}", 2,
         "values: the form 'telework' has no field 'sort'; it has kind, start, end, days_month, comment"),
        ("{form: telework, facts: [{fact: telework, values: {telework: kind}, when: {kind: [never]}}]}", 2,
         "the field 'kind' of 'telework' has no option 'never'"),
        ("{form: teleworking, facts: [{fact: telework, values: {telework: kind}}]}", 2,
         "the catalogue has no form 'teleworking'"),
        ("{form: fiscal_sheet, facts: [{fact: correction, values: {line: question}}]}", 2,
         "the catalogue says that the form 'fiscal_sheet' does not touch pay (none)"),
        ("{form: telework, facts: [{fact: telework, values: {kind: kind}}]}", 2,
         "a fact of kind 'telework' has no field 'kind'; it has telework, days_month"),
        ("{form: telework, facts: [{fact: teleworks, values: {telework: kind}}]}", 2,
         "'teleworks' is no fact; did you mean 'telework'?"),
        ("{form: telework, facts: [{fact: telework, from: start}]}", 2, "the declaration states nothing"),
        ("{form: telework, facts: []}", 2, "the form 'telework' states no fact"),
        ("{form: telework, facts: [{from: start}]}", 2,
         "a declaration has either a 'fact' or a list of kinds that it 'ends'"),
        ("{form: maternity, facts: [{fact: absence, set: {pay: perhaps}}]}", 2,
         "'pay' cannot be 'perhaps': 'perhaps' is not a valid AbsencePay"),
    ],
)  # fmt: skip
def test_mistake_in_the_declarations_is_told_with_file_line_and_reason(entry: str, line: int, reason: str) -> None:
    with pytest.raises(CatalogueError) as told:
        checking.check(declared.load(f"effects:\n  - {entry}\n", "effects.yaml"), CATALOGUE)

    assert str(told.value) == f"effects.yaml, line {line}: {reason}"


def test_form_that_touches_pay_without_a_declaration_stops_the_desk() -> None:
    text = "effects:\n  - {form: telework, facts: [{fact: telework, from: start, values: {telework: kind}}]}\n"

    with pytest.raises(CatalogueError, match="no facts are declared for allowances, pay_question,"):
        checking.check(declared.load(text, "effects.yaml"), CATALOGUE)


def test_every_kind_of_fact_has_its_fields() -> None:
    assert set(KINDS) == set(FactKind)
