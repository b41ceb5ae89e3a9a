"""The stateless calculator keeps its contract: one object out for each object in, in order, errors in their place."""

import json

import pytest

from payroll import calculator
from payroll.calculation_request import read_documents
from payroll.engine import parameters
from payroll.engine.errors import LawFileInvalid
from payroll.engine.parameters import LAW
from payroll.engine.readings import Exemption, Readings

MONTH = {"pay_date": "2026-09-14", "gross": "3000.00"}
PAYMENT = {"pay_date": "2026-09-14", "kind": "exceptional", "amount": "3000.00", "annual_reference": "36000.00"}


def answers_to(documents, law=None, **options):
    return list(calculator.results(documents, law or parameters.packaged(), **options))


def answers(text, tables=None):
    return answers_to(read_documents(text), parameters.with_replacements(tables or {}))


def one(document, **options):
    (result,) = answers_to([document], **options)
    return result


def fault(document):
    result = one(document)
    assert list(result) == ["error"]
    return result["error"]["field"], result["error"]["message"]


def texts(*documents):
    return [json.dumps(document) for document in documents]


def test_month_gives_every_amount_of_the_contract():
    result = one(MONTH)

    lines = result.pop("lines")
    assert result == {
        "gross": "3000.00",
        "contribution": "392.10",
        "work_bonus_a": "110.54",
        "work_bonus_b": "0.00",
        "taxable": "2718.44",
        "annual_taxable": "32621.28",
        "annual_net_taxable": "26551.28",
        "base_tax": "5694.02",
        "family_reductions": "0.00",
        "fiscal_work_bonus": "36.63",
        "withholding_tax": "437.87",
        "special_contribution": "19.24",
        "net": "2261.33",
        "parameters": {
            "contributions": "2017-10-01",
            "family_reductions": "2026-01-01",
            "fiscal_work_bonus": "2025-01-01",
            "special_contribution": "2022-04-01",
            "withholding_tax": "2026-01-01",
            "work_bonus": "2026-09-01",
        },
    }
    assert [(line["code"], line["amount"]) for line in lines] == [
        ("1000", "3000.00"),
        ("2000", "-392.10"),
        ("2100", "110.54"),
        ("2200", "-19.24"),
        ("3000", "-437.87"),
        ("9100", "2718.44"),
        ("9900", "2261.33"),
    ]
    assert lines[1] == {
        "code": "2000",
        "label": "Personal social security contribution",
        "base": "3000.00",
        "rate": "13.07",
        "amount": "-392.10",
        "reference": ("KB/AR 28/11/1969 art. 30 § 2; wet/loi 29/06/1981 art. 38 (contributions 2017-10-01)"),
    }


def test_every_default_written_out_changes_nothing():
    written = MONTH | {
        "kind": "month",
        "statute": "contractual",
        "household_residence_allowance": "0.00",
        "taxable_allowances": "0.00",
        "benefits_in_kind": "0.00",
        "untaxed_allowances": "0.00",
        "net_deductions": "0.00",
        "household": {
            "civil_status": "single",
            "spouse_income": "none",
            "children": 0,
            "disabled_children": 0,
            "single_parent": False,
            "other_dependants": 0,
            "dependants_66_plus_in_care": 0,
            "disabled_worker": False,
            "disabled_spouse": False,
        },
        "performance": {"days_paid": None, "days_full_month": None},
        "amount": None,
        "contribution": None,
        "annual_reference": None,
    }

    assert one(written) == one(MONTH)


def test_exceptional_payment_gives_its_percentage():
    result = one(PAYMENT)

    assert (result["gross"], result["contribution"], result["taxable"]) == ("3000.00", "392.10", "2607.90")
    assert (result["rate_pct"], result["withholding_tax"], result["net"]) == ("46.44", "1211.11", "1396.79")
    assert result["parameters"] == {"contributions": "2017-10-01", "exceptional_payments": "2026-01-01"}
    assert "rate_pct" not in one(MONTH)


def test_holiday_pay_has_its_own_percentages():
    assert one(PAYMENT | {"kind": "holiday_pay"})["rate_pct"] == "42.39"


def test_contribution_given_replaces_the_usual_one():
    result = one(PAYMENT | {"contribution": "17.29"})

    assert (result["contribution"], result["taxable"]) == ("17.29", "2982.71")


def test_reading_and_language_are_passed_on():
    payment = PAYMENT | {"annual_reference": "18000.00", "household": {"children": 1}}

    whole = one(payment, language="fr")
    part = one(payment, law=parameters.packaged().read_by(Readings(exemption=Exemption.UP_TO_LIMIT)))

    assert (whole["withholding_tax"], part["withholding_tax"]) == ("0.00", "490.13")
    assert whole["lines"][0]["label"] == "Allocation exceptionnelle"


def test_days_may_be_halves_in_a_number_or_a_string():
    part = {"days_paid": 10.5, "days_full_month": 22}
    document = json.dumps(MONTH | {"gross": "1250.00", "performance": part})
    quoted = json.dumps(MONTH | {"gross": "1250.00", "performance": {"days_paid": "10.5", "days_full_month": "22"}})

    assert answers(document) == answers(quoted)
    assert answers(document)[0]["work_bonus_a"] == "61.22"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"gross": 3000}, "gross", 'must be an amount in a string, such as "3000.00"'),
        ({"gross": None}, "gross", "is needed for a month"),
        ({"gross": True}, "gross", 'must be an amount in a string, such as "3000.00"'),
        ({"net_deductions": None}, "net_deductions", 'must be an amount in a string, such as "3000.00"'),
        ({"gros": "1.00"}, "gros", "is not a key of this object; check its spelling"),
        ({"kind": "year"}, "kind", "must be 'month', 'holiday_pay' or 'exceptional'"),
        ({"kind": 1}, "kind", "must be 'month', 'holiday_pay' or 'exceptional'"),
        ({"statute": "temporary"}, "statute", "must be 'contractual' or 'statutory'"),
        ({"pay_date": "14/09/2026"}, "pay_date", 'must be a date in a string, such as "2026-09-14"'),
        ({"pay_date": 20260914}, "pay_date", 'must be a date in a string, such as "2026-09-14"'),
        ({"pay_date": "2026-02-30"}, "pay_date", "2026-02-30 is not a day of the calendar"),
        ({"household": []}, "household", "must be a JSON object"),
        ({"household": None}, "household", "must be a JSON object"),
        ({"household": {"children": "2"}}, "household.children", "must be a whole number, without quotes"),
        ({"household": {"children": True}}, "household.children", "must be a whole number, without quotes"),
        ({"household": {"children": -1}}, "household.children", "must be greater than or equal to 0"),
        ({"household": {"children": 100}}, "household.children", "must be less than or equal to 99"),
        ({"household": {"single_parent": 1}}, "household.single_parent", "must be true or false, without quotes"),
        ({"household": {"pets": 1}}, "household.pets", "is not a key of this object; check its spelling"),
        (
            {"household": {"children": 1, "disabled_children": 2}},
            "household.disabled_children",
            "cannot exceed children, which includes the disabled children",
        ),
        (
            {"performance": {"days_paid": 10}},
            "performance.days_full_month",
            "is needed beside the other number of days",
        ),
        (
            {"performance": {"days_full_month": 10}},
            "performance.days_paid",
            "is needed beside the other number of days",
        ),
        (
            {"performance": {"days_paid": 0, "days_full_month": 0}},
            "performance.days_full_month",
            "must be more than zero",
        ),
        (
            {"performance": {"days_paid": -1, "days_full_month": 22}},
            "performance.days_paid",
            "must be a number of days from 0 to 99 with at most two decimals",
        ),
        (
            {"performance": {"days_paid": True, "days_full_month": 22}},
            "performance.days_paid",
            "must be a number of days from 0 to 99 with at most two decimals",
        ),
        (
            {"amount": "1.00"},
            "amount",
            "is for holiday pay and exceptional payments; use gross for a month",
        ),
    ],
)
def test_bad_month_names_the_field(change, field, message):
    assert fault(MONTH | change) == (field, message)


@pytest.mark.parametrize("amount", ["-1.00", "1,00", "1.001", "", "1e3", "NaN", "100000000.01"])
def test_amount_that_is_none_names_the_field(amount):
    assert fault(MONTH | {"net_deductions": amount})[0] == "net_deductions"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"amount": None}, "amount", "is needed for exceptional"),
        ({"annual_reference": None}, "annual_reference", "is needed for exceptional"),
        ({"contribution": "3000.01"}, "contribution", "cannot exceed the amount"),
        ({"benefits_in_kind": "1.00"}, "benefits_in_kind", "belongs to a month, not to exceptional"),
    ],
)
def test_bad_exceptional_payment_names_the_field(change, field, message):
    assert fault(PAYMENT | change) == (field, message)


def test_missing_pay_date_is_named():
    assert fault({"gross": "1.00"}) == ("pay_date", "is needed")


@pytest.mark.parametrize("document", [5, None, "text", [MONTH], True])
def test_what_is_no_object_is_an_error(document):
    assert fault(document) == ("input", "must be a JSON object")


def test_date_past_the_verified_one_names_the_tables_and_the_date():
    field, message = fault(MONTH | {"pay_date": "2026-10-01", "statute": "statutory"})

    assert field == "pay_date"
    assert message.startswith("Not verified for 2026-10-01: contributions (verified until 2026-09-30), withholding_tax")


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ({"pay_date": "2025-01-31"}, "work_bonus"),
        ({"pay_date": "2023-06-30", "statute": "statutory"}, "withholding_tax"),
        ({"pay_date": "2016-06-30", "statute": "statutory"}, "contributions"),
    ],
)
def test_date_without_a_table_names_it(change, table):
    field, message = fault(MONTH | change)

    assert (field, message.split(" holds ")[0]) == ("pay_date", f"The table {table}")


def test_exceptional_payment_past_the_verified_date_is_refused():
    field, message = fault(PAYMENT | {"pay_date": "2026-12-01"})

    assert field == "pay_date"
    assert message.split(";")[0] == (
        "Not verified for 2026-12-01: contributions (verified until 2026-09-30), "
        "exceptional_payments (verified until 2026-09-30)"
    )


def test_missing_reduction_is_an_error_for_who_needs_it_alone():
    plain = MONTH | {"pay_date": "2025-06-15"}
    needs = plain | {"household": {"dependants_66_plus_in_care": 1}}
    spouse = plain | {"household": {"civil_status": "married", "disabled_spouse": True}}

    results = answers_to([plain, needs, spouse, plain])

    assert [result.get("error", {}).get("field") for result in results] == [
        None,
        "household.dependants_66_plus_in_care",
        "household.disabled_spouse",
        None,
    ]
    assert results[0] == results[3] == one(plain)


def test_group_of_which_all_need_a_missing_reduction_is_all_errors():
    needs = MONTH | {"pay_date": "2025-06-15", "household": {"dependants_66_plus_in_care": 1}}

    assert ["error" in result for result in answers_to([needs, needs])] == [True, True]


def test_mixed_batch_keeps_its_order():
    documents = [
        MONTH,
        PAYMENT,
        {"gross": "1"},
        MONTH | {"statute": "statutory"},
        MONTH | {"pay_date": "2025-05-30"},
        PAYMENT | {"kind": "holiday_pay"},
        MONTH,
    ]

    assert answers_to(documents) == [one(document) for document in documents]


def test_object_array_and_lines_are_read_alike():
    first, second = texts(MONTH, PAYMENT)
    expected = [one(MONTH), one(PAYMENT)]

    assert answers(first) == expected[:1]
    assert answers(f"[{first}, {second}]") == expected
    assert answers(f"{first}\n\n{second}\n") == expected
    assert answers(f"\ufeff{first}") == expected[:1]
    assert answers(json.dumps(MONTH, indent=2)) == expected[:1]
    assert answers("[]") == []


def test_bad_line_is_an_error_in_its_place():
    (first,) = texts(MONTH)

    output = answers(f'{first}\n\n{{"pay_date": }}\n{first}\n')

    assert output == [
        one(MONTH),
        {"error": {"field": "input", "message": "is not JSON: Expecting value at line 3, column 14"}},
        one(MONTH),
    ]


def test_lines_stay_lines_when_the_first_or_all_are_broken():
    (first,) = texts(MONTH)

    assert ["error" in each for each in answers(f"oops\n{first}")] == [True, False]
    assert len(answers("{a}\n{b}\n")) == 2


def test_line_separator_of_unicode_does_not_split_a_line():
    (first,) = texts(MONTH)
    odd = '{"pay_date": "2026-09-14", "gross": "1\u2028"}'

    fields = [each.get("error", {}).get("field") for each in answers(f"{odd}\n{first}")]

    assert fields == ["gross", None]


def test_broken_document_over_many_lines_is_one_error():
    broken = json.dumps(MONTH, indent=2).replace(",", "", 1)
    array = json.dumps([MONTH, MONTH], indent=2)[:-1]

    assert [len(answers(text)) for text in (broken, array)] == [1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; a JSON object, an array or JSON Lines are needed"),
        ("\ufeff \n", "is empty; a JSON object, an array or JSON Lines are needed"),
        ("[1, 2", "is not JSON: Expecting ',' delimiter at line 1, column 6"),
        ('{\n"pay_date": \n}', "is not JSON: Expecting value at line 3, column 1"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_text_that_is_not_json_is_one_error(text, message):
    assert answers(text) == [{"error": {"field": "input", "message": message}}]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"pay_date": "2026-09-14", "gross": "1.00", "gross": "2.00"}', "gross"),
        (
            '{"pay_date": "2026-09-14", "gross": "1.00", "household": {"children": 1, "children": 1}}',
            "household.children",
        ),
    ],
)
def test_key_given_twice_is_an_error(text, field):
    assert answers(text) == [{"error": {"field": field, "message": "is given twice"}}]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "3000.00", "1" * 5000])
def test_number_in_place_of_an_amount_is_an_error_of_the_field(number):
    (result,) = answers(f'{{"pay_date": "2026-09-14", "gross": {number}}}')

    assert result["error"]["field"] == "gross"


def test_more_objects_than_are_calculated_together_keep_their_order():
    documents = [MONTH | {"gross": str(number)} for number in range(calculator.TOGETHER + 2)]

    grosses = [answer["gross"] for answer in answers_to(documents)]

    assert grosses == [f"{number}.00" for number in range(calculator.TOGETHER + 2)]


def test_replaced_table_is_used(tmp_path):
    table = tmp_path / "rates.yaml"
    text = (LAW / "contributions.yaml").read_text(encoding="utf-8")
    table.write_text(text.replace('"13.07"', '"10.00"', 1), encoding="utf-8")

    output = answers(json.dumps(MONTH), {"contributions": table})

    assert output[0]["contribution"] == "300.00"


def test_faulty_replacement_stops_the_whole_calculation(tmp_path):
    with pytest.raises(LawFileInvalid):
        answers(json.dumps(MONTH), {"contributions": tmp_path / "absent.yaml"})
