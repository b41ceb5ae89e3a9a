"""Whatever JSON comes in, one object goes out: every key of the contract, or an error that names a field."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payroll.calculation_request import read_documents
from payroll.calculator import results
from payroll.engine import parameters

LAW = parameters.packaged()
KEYS = [
    "gross", "contribution", "work_bonus_a", "work_bonus_b", "taxable", "annual_taxable", "annual_net_taxable",
    "base_tax", "family_reductions", "fiscal_work_bonus", "withholding_tax", "special_contribution", "net", "lines",
    "parameters",
]  # fmt: skip
EXCEPTIONAL_KEYS = [*KEYS[:13], "rate_pct", *KEYS[13:]]
LINE_KEYS = ["code", "label", "base", "rate", "amount", "reference"]
INPUT_KEYS = [
    "pay_date", "kind", "statute", "gross", "household_residence_allowance", "taxable_allowances", "benefits_in_kind",
    "untaxed_allowances", "net_deductions", "household", "performance", "amount", "contribution", "annual_reference",
]  # fmt: skip

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
likely = st.sampled_from(
    ["2026-09-14", "2025-12-31", "month", "exceptional", "holiday_pay", "statutory", "3000.00", "0"]
)
anything = st.recursive(
    scalars | likely,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
documents = st.dictionaries(st.sampled_from(INPUT_KEYS) | st.text(max_size=5), anything, max_size=8) | anything


def is_answer(answer):
    if "error" in answer:
        fault = answer["error"]
        return list(answer) == ["error"] and list(fault) == ["field", "message"] and all(fault.values())
    return list(answer) in (KEYS, EXCEPTIONAL_KEYS) and all(list(line) == LINE_KEYS for line in answer["lines"])


@settings(max_examples=300, deadline=None)
@given(st.lists(documents, max_size=4))
def test_any_object_is_answered_in_its_place(given_documents):
    answers = list(results(given_documents, LAW))

    assert len(answers) == len(given_documents)
    assert all(is_answer(answer) for answer in answers)
    json.dumps(answers)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(text):
    documents = read_documents(text)

    answers = list(results(documents, LAW))

    assert len(answers) == len(documents)
    assert all(is_answer(answer) for answer in answers)


@pytest.mark.parametrize("cut", range(0, 90, 7))
def test_cut_off_object_is_an_error_of_the_input(cut):
    text = json.dumps(
        {"pay_date": "2026-09-14", "gross": "3000.00", "household": {"children": 2, "single_parent": True}}
    )

    (answer,) = results(read_documents(text[:cut]), LAW)

    assert answer["error"]["field"] == "input"


def test_keys_of_both_kinds_are_those_of_the_contract_in_order():
    month = {"pay_date": "2026-09-14", "gross": "3000.00"}
    payment = {"pay_date": "2026-09-14", "kind": "exceptional", "amount": "1.00", "annual_reference": "36000"}

    assert [list(answer) for answer in results([month, payment], LAW)] == [KEYS, EXCEPTIONAL_KEYS]


def test_batch_gives_what_each_object_gives_alone_in_any_order():
    chance = random.Random(7)
    asked = [
        {
            "pay_date": chance.choice(["2025-02-28", "2026-01-30", "2026-09-30", "2027-01-01"]),
            "statute": chance.choice(["contractual", "statutory"]),
            "gross": f"{chance.randrange(0, 900_000) / 100:.2f}",
            "household": {"children": chance.randrange(4)},
        }
        for _ in range(60)
    ]
    alone = [next(results([each], LAW)) for each in asked]

    order = list(range(60))
    chance.shuffle(order)
    shuffled = list(results([asked[place] for place in order], LAW))

    assert [shuffled[order.index(place)] for place in range(60)] == alone
