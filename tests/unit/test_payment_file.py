"""The payment file: what the bank's schema asks for, whatever names and amounts come in."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from payroll.payments import pain001
from payroll.payments.pain001 import Credit, Debtor, PaymentFileInvalid

DEBTOR = Debtor("FOD Gezondheid", "BE68539007547034", "Galileelaan", "5", "1210", "Sint-Joost-ten-Node", "BE")
AT = datetime(2026, 9, 22, 9, 30, 15, tzinfo=UTC)
PAIN = {"p": pain001.NAMESPACE}


def credit(number: int = 1, **changed: object) -> Credit:
    given_ = {
        "name": "An Peeters", "iban": "BE71096123456769", "amount": 226133, "reference": f"2026-09-1-{number}",
        "words": "2026-09 FOD Gezondheid", "execution_on": date(2026, 9, 29),
    }  # fmt: skip
    return Credit(**{**given_, **changed})  # type: ignore[arg-type]


def test_the_same_payments_give_the_same_bytes() -> None:
    credits_ = [credit(1), credit(2, amount=1)]
    assert pain001.write("M", AT, DEBTOR, credits_) == pain001.write("M", AT, DEBTOR, credits_)


def test_days_of_payment_are_batches_of_their_own_with_their_sums() -> None:
    credits_ = [credit(1), credit(2, amount=1), credit(3, execution_on=date(2026, 9, 30))]
    document = etree.fromstring(pain001.write("M", AT, DEBTOR, credits_))
    batches = [
        tuple(batch.xpath(f"string(p:{path})", namespaces=PAIN) for path in
              ("PmtInfId", "NbOfTxs", "CtrlSum", "ReqdExctnDt/p:Dt", "PmtTpInf/p:CtgyPurp/p:Cd"))
        for batch in document.xpath("//p:PmtInf", namespaces=PAIN)
    ]  # fmt: skip
    assert batches == [
        ("M-1", "2", "2261.34", "2026-09-29", "SALA"),
        ("M-2", "1", "2261.33", "2026-09-30", "SALA"),
    ]


@settings(max_examples=40, deadline=None)
@given(name=st.text(min_size=1, max_size=200).filter(str.strip), cents=st.integers(1, 99_999_999_99))
def test_any_name_and_amount_make_a_valid_file_with_that_amount(name: str, cents: int) -> None:
    document = etree.fromstring(pain001.write("M", AT, DEBTOR, [credit(name=name, amount=cents)]))
    assert document.xpath("string(//p:InstdAmt)", namespaces=PAIN) == f"{cents // 100}.{cents % 100:02d}"


def test_names_are_written_in_the_signs_that_every_bank_takes() -> None:
    debtor = Debtor("Kind & Gezin #1", "BE68539007547034", "Hallestraße", "27_b", "1060", "Brussel*", "BE")
    document = etree.fromstring(pain001.write("M", AT, debtor, [credit(name='Zoë "Zo" O\'Neil @ Łódź', words="a;b")]))
    told = ("Dbtr/p:Nm", "Dbtr/p:PstlAdr/p:StrtNm", "Dbtr/p:PstlAdr/p:BldgNb", "Dbtr/p:PstlAdr/p:TwnNm", "Cdtr/p:Nm",
            "RmtInf/p:Ustrd")  # fmt: skip
    assert [document.xpath(f"string(//p:{path})", namespaces=PAIN) for path in told] == [
        "Kind + Gezin 1", "Hallestrasse", "27 b", "Brussel", "Zoe Zo O'Neil Lodz", "a b",
    ]  # fmt: skip


def test_whose_name_no_bank_can_write_is_paid_under_the_reference() -> None:
    document = etree.fromstring(pain001.write("M", AT, DEBTOR, [credit(name="\N{SNOWMAN}", reference="R-7"), credit()]))
    assert document.xpath("//p:Cdtr/p:Nm/text()", namespaces=PAIN) == ["R-7", credit().name]


@pytest.mark.parametrize("changed", [{"iban": "not an account"}, {"reference": "x" * 36}, {"amount": 0, "iban": ""}])
def test_what_the_schema_does_not_allow_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(PaymentFileInvalid):
        pain001.write("M", AT, DEBTOR, [credit(**changed)])
