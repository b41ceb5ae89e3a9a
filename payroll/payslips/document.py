"""Sets a payslip as a PDF that is kept for years and read aloud: PDF/A-3a and PDF/UA-1, by typst.

A document is a pure function of the slip and the language: no clock, no fonts of the machine, no network.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

import typst
from babel.dates import format_date
from babel.numbers import format_decimal

from casework.portal.shell import formats
from casework.portal.shell.package_data import templates_folder
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.engine.wage_types import WageType
from payroll.payslips import words as wording
from payroll.payslips.slip import Slip, SlipMonth, TableVersion
from payroll.payslips.words import Words

STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]
STRONG = frozenset({"taxable", "net"})
MINUS = "\N{MINUS SIGN}"
AMOUNT = "#,##0.00"
HUNDREDTHS = Decimal(100)


def pdf(slip: Slip, language: str, issued_at: datetime) -> bytes:
    """Return the slip as a PDF in nl, fr, de or en; the same slip gives the same bytes."""
    document = typst.compile(
        templates_folder() / "documents" / "payslip.typ",
        sys_inputs={"slip": json.dumps(_printed(slip, language, issued_at))},
        pdf_standards=[*STANDARDS],
        ignore_system_fonts=True,
        timestamp=int(issued_at.timestamp()),
    )
    return bytes(document)


def _printed(slip: Slip, language: str, issued_at: datetime) -> dict[str, Any]:
    words, month = wording.of_language(language), _month(slip.period, language)
    on = issued_at.astimezone(UTC).date()
    return {
        "language": language,
        "title": words[slip.kind].format(month=month),
        "author": slip.employer.get("name", ""),
        "date": {"year": on.year, "month": on.month, "day": on.day},
        "employer": _employer(slip, words),
        "reference": [words["reference"].format(number=slip.number, month=month), slip.employee_number],
        "boxes": [_who(slip, words), _what(slip, language, words)],
        "net": _net(slip, language, words),
        "columns": [words["code"], words["line"], words["amount"]],
        "months": [_lines(one, language, words) for one in slip.months],
        "notes": [_law(slip, language, words), words["ask"]],
        "footer": f"{slip.name} · {month}",
    }


def _employer(slip: Slip, words: Words) -> list[str]:
    employer = slip.employer
    if not employer:
        return [slip.organisation]
    return [
        employer["name"],
        f"{employer['street']} {employer['building']}",
        f"{employer['postcode']} {employer['town']}",
        words["enterprise"].format(number=_grouped(employer["enterprise_number"])),
    ]


def _grouped(number: str) -> str:
    return f"{number[:4]}.{number[4:7]}.{number[7:]}"


def _who(slip: Slip, words: Words) -> list[tuple[str, str]]:
    return [
        (words["name"], slip.name),
        (words["number"], slip.employee_number),
        (words["organisation"], slip.organisation),
        (words["statute"], words[slip.statute]),
    ]


def _what(slip: Slip, language: str, words: Words) -> list[tuple[str, str]]:
    month = PayMonth.parse(slip.period)
    first, last = _day(month.first_on, language), _day(month.last_on, language)
    rows = [(words["period"], words["period_days"].format(first=first, last=last))]
    for one in slip.months:
        if one.is_whole and one.days_of_month:
            paid, whole = (_days(days, language) for days in (one.days_paid, one.days_of_month))
            rows.append((words["performance"], words["performance_days"].format(paid=paid, all=whole)))
            rows.append((words["base_pay"], f"{_euro(one.full_time_pay, language)} EUR"))
    return rows


def _net(slip: Slip, language: str, words: Words) -> dict[str, str]:
    if slip.paid_on is not None:
        said = words["paid_on"].format(day=_day(slip.paid_on, language), account=slip.account)
    else:
        said = words["objection" if slip.net < 0 else "nothing_paid"]
    label = words["owed" if slip.net < 0 else "net"]
    return {"label": label, "amount": f"{_euro(abs(slip.net), language)} EUR", "words": said}


def _lines(month: SlipMonth, language: str, words: Words) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    for line in month.lines:
        wage_type = WageType[line.wage_type.upper()]
        if not lines or (wage_type.value[0] != "1" and lines[-1]["code"].startswith("1")):
            lines += [_total(month, language, words)] if lines else []
        lines.append(
            {
                "code": wage_type.value,
                "label": wage_type.label(language),
                "amount": _euro(line.amount, language),
                "strong": line.wage_type in STRONG,
            }
        )
    title = words["whole_month" if month.is_whole else "corrected_month"]
    return {
        "title": title.format(month=_month(month.period, language)),
        "words": "" if month.is_whole else words["corrected_words"],
        "lines": lines,
    }


def _total(month: SlipMonth, language: str, words: Words) -> dict[str, Any]:
    return {"code": "", "label": words["total_gross"], "amount": _euro(month.gross, language), "strong": True}


def _law(slip: Slip, language: str, words: Words) -> str:
    dates: Mapping[str, str] = {name: on for month in slip.months for name, on in month.parameters.items()}
    tables = [_table(name, TableVersion.parse(on), language, words) for name, on in sorted(dates.items())]
    return words["law"].format(tables=", ".join(tables))


def _table(name: str, version: TableVersion, language: str, words: Words) -> str:
    since = words["since"].format(table=words.get(name, name), day=_day(version.since, language))
    return f"{since} ({words['signed']})" if version.is_signed else since


def _month(period: str, language: str) -> str:
    return format_date(PayMonth.parse(period).first_on, "MMMM y", locale=formats.LOCALES[language])


def _day(on: date, language: str) -> str:
    return formats.abbreviated_day(on, language)


def _days(hundredths: int, language: str) -> str:
    return str(format_decimal(Decimal(hundredths) / HUNDREDTHS, locale=formats.LOCALES[language]))


def _euro(cents: Cents, language: str) -> str:
    amount = format_decimal(Decimal(abs(cents)).scaleb(-2), AMOUNT, locale=formats.LOCALES[language])
    return f"{MINUS if cents < 0 else ''}{amount}"
