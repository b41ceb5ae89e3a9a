"""The engine and an independent Decimal payroll agree to the cent on random people."""

import json
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_payroll_engine import reference

from payroll import calculator
from payroll.engine import parameters

CONTRACTUAL_DAYS = ["2025-02-01", "2025-12-31", "2026-01-30", "2026-03-31", "2026-05-29", "2026-07-31", "2026-09-30"]
STATUTORY_DAYS = ["2024-01-31", "2025-01-31", "2026-01-01", "2026-09-30"]
PAYMENT_DAYS = ["2024-05-31", "2025-05-30", "2026-05-29"]


def amounts(most):
    return st.integers(0, most * 100).map(lambda cents: Decimal(cents) / 100)


@st.composite
def households(draw, year):
    children = draw(st.integers(0, 10))
    household = {
        "civil_status": draw(
            st.sampled_from(["single", "married", "legal_cohabitant", "widowed", "divorced", "separated"])
        ),
        "spouse_income": draw(st.sampled_from(["none", "own", "small_own", "small_pension"])),
        "children": children,
        "disabled_children": draw(st.integers(0, children)),
        "single_parent": draw(st.booleans()),
        "other_dependants": draw(st.integers(0, 3)),
        "disabled_worker": draw(st.booleans()),
    }
    if year == "2026":
        household["disabled_spouse"] = draw(st.booleans())
        household["dependants_66_plus_in_care"] = draw(st.integers(0, 2))
    return household


@st.composite
def months(draw):
    statute = draw(st.sampled_from(["contractual", "statutory"]))
    day = draw(st.sampled_from(CONTRACTUAL_DAYS if statute == "contractual" else STATUTORY_DAYS))
    full = draw(st.integers(18, 23))
    return {
        "pay_date": day,
        "statute": statute,
        "gross": draw(amounts(4000) | amounts(15000)),
        "household_residence_allowance": draw(amounts(150)),
        "taxable_allowances": draw(amounts(500)),
        "benefits_in_kind": draw(amounts(300)),
        "untaxed_allowances": draw(amounts(100)),
        "net_deductions": draw(amounts(100)),
        "household": draw(households(day[:4])),
        "days": draw(st.none() | st.tuples(st.integers(0, full), st.just(full))),
    }


@st.composite
def payments(draw):
    day = draw(st.sampled_from(PAYMENT_DAYS))
    amount = draw(amounts(20000))
    return {
        "pay_date": day,
        "kind": draw(st.sampled_from(["holiday_pay", "exceptional"])),
        "amount": amount,
        "annual_reference": draw(amounts(100_000)),
        "contribution": draw(st.none() | st.just((amount / 4).quantize(reference.CENT))),
        "household": draw(households(day[:4])),
    }


def as_document(person):
    document = {key: f"{value:.2f}" if isinstance(value, Decimal) else value for key, value in person.items()}
    days = document.pop("days", None)
    return document | ({"performance": {"days_paid": days[0], "days_full_month": days[1]}} if days else {})


def engine_says(person, keys):
    (document,) = calculator.results([json.loads(json.dumps(as_document(person)))], parameters.packaged())
    return {key: document[key] for key in keys}


def expected_month(person):
    return reference.month(
        person["pay_date"],
        person["statute"],
        person["gross"],
        person["household"],
        allowance=person["household_residence_allowance"],
        taxable_allowances=person["taxable_allowances"],
        in_kind=person["benefits_in_kind"],
        untaxed=person["untaxed_allowances"],
        deductions=person["net_deductions"],
        days=person["days"],
    )


def random_household(draw, year):
    children = draw.choice([0, 0, 1, 2, 3, 5, 9])
    household = {
        "civil_status": draw.choice(["single", "married", "legal_cohabitant", "widowed", "divorced", "separated"]),
        "spouse_income": draw.choice(["none", "own", "small_own", "small_pension"]),
        "children": children,
        "disabled_children": draw.randint(0, children),
        "single_parent": draw.random() < 0.3,
        "other_dependants": draw.randint(0, 2),
        "disabled_worker": draw.random() < 0.2,
    }
    if year == "2026":
        household |= {"disabled_spouse": draw.random() < 0.2, "dependants_66_plus_in_care": draw.randint(0, 1)}
    return household


def random_person(draw):
    def amount(most):
        return Decimal(draw.randrange(most * 100)) / 100

    statute = draw.choice(["contractual", "statutory"])
    day = draw.choice(CONTRACTUAL_DAYS if statute == "contractual" else STATUTORY_DAYS)
    full = draw.randint(18, 23)
    return {
        "pay_date": day,
        "statute": statute,
        "gross": amount(draw.choice([2000, 4000, 12000])),
        "household_residence_allowance": amount(150),
        "taxable_allowances": amount(500),
        "benefits_in_kind": amount(300),
        "untaxed_allowances": amount(100),
        "net_deductions": amount(100),
        "household": random_household(draw, day[:4]),
        "days": draw.choice([None, (draw.randint(0, full), full)]),
    }


def as_texts(expected):
    return {key: f"{value:.2f}" for key, value in expected.items()}


@settings(max_examples=300, deadline=None)
@given(months())
def test_month_agrees_with_the_reference_on_every_amount(person):
    expected = expected_month(person)

    assert engine_says(person, expected) == as_texts(expected)


@settings(max_examples=300, deadline=None)
@given(payments())
def test_exceptional_payment_agrees_with_the_reference_on_every_amount(payment):
    expected = reference.exceptional(
        payment["pay_date"],
        payment["kind"],
        payment["amount"],
        payment["annual_reference"],
        payment["household"],
        payment["contribution"],
    )

    assert engine_says(payment, expected) == as_texts(expected)


@pytest.mark.parametrize("people", [1000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_population_agrees_with_the_reference_person_by_person(people):
    draw = random.Random(20260914)
    population = [random_person(draw) for _ in range(people)]

    documents = calculator.results([as_document(person) for person in population], parameters.packaged())

    for person, document in zip(population, documents, strict=True):
        expected = as_texts(expected_month(person))
        assert {key: document.get(key) for key in expected} == expected
