"""The objects of a calculation, told in sentences."""

import pytest

from payroll.calculation_request import RequestInvalid
from payroll.engine import parameters
from payroll.engine.errors import PastVerified
from payroll.explainer import told_difference, told_slips

LAW = parameters.packaged()
MONTH = {"pay_date": "2026-03-31", "gross": "3000.00"}
PAYMENT = {"pay_date": "2026-05-29", "kind": "holiday_pay", "amount": "2760.00", "annual_reference": "36000.00"}
FAMILY = "KB/AR WIB/CIR 92 bijlage/annexe III, formule-clé; bijlagen/annexes 3-5 (family_reductions 2026-01-01)"


def plainly(sentences):
    return [sentence.replace("\u00a0", " ") for sentence in sentences]


def test_each_slip_is_told_in_its_place():
    month, payment = told_slips([MONTH, PAYMENT], LAW, "en")

    assert plainly(month)[-1] == "Net payable: 2.235,83 EUR, for March 2026."
    assert plainly(payment)[0] == "Holiday pay: 2.760,00 EUR, for May 2026."
    assert plainly(payment)[2].startswith(
        "Withholding tax on the exceptional payment: 1.017,05 EUR, 42,39% of 2.399,27 EUR, rounded to the cent, "
    )


def test_second_child_is_why_the_second_slip_pays_more():
    told = told_difference([MONTH, MONTH | {"household": {"children": 1}}], LAW, "nl")

    assert plainly(told) == [
        f"52,00 EUR meer netto: één kind ten laste meer sinds maart 2026 ({FAMILY}).",
        "Bedrijfsvoorheffing: 383,14 EUR in plaats van 435,14 EUR.",
    ]


def test_other_pay_under_another_statute_is_why_too():
    told = told_difference([MONTH, MONTH | {"gross": "3100.00", "statute": "statutory"}], LAW, "en")

    assert plainly(told)[0] == (
        "10,08 EUR more net: statutory instead of contractual since March 2026, "
        "pay of a full-time month 3.100,00 EUR instead of 3.000,00 EUR since March 2026."
    )


def test_days_and_a_new_law_are_why_too():
    half = MONTH | {"gross": "1500.00", "performance": {"days_paid": "10.5", "days_full_month": 22}}
    more = half | {"performance": {"days_paid": 11, "days_full_month": 22}, "pay_date": "2026-04-30"}

    (first, *_) = plainly(told_difference([half, more], LAW, "nl"))

    assert first.split(": ")[1] == (
        "11 betaalde werkdagen in plaats van 10,5 sinds april 2026, nieuwe bedragen van de wet sinds april 2026."
    )


@pytest.mark.parametrize("documents", [[], [MONTH], [MONTH] * 3])
def test_difference_needs_two_slips(documents):
    with pytest.raises(RequestInvalid) as refusal:
        told_difference(documents, LAW, "en")

    assert str(refusal.value) == f"a difference needs two objects, not {len(documents)}"


def test_what_cannot_be_calculated_is_not_told():
    with pytest.raises(PastVerified):
        told_slips([MONTH | {"pay_date": "2026-12-31"}], LAW, "en")
    with pytest.raises(RequestInvalid):
        told_slips([{"gross": "1"}], LAW, "en")
