"""The tax sheets 281.10 of an income year, with control totals, under the codes of the Belcotax file.

Only the codes have a source here. The names behind them, the lengths and the schema of the year do not, so the file
says that it is a test (BELCOTST) and is checked against the published schema before anybody sends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people.models import Person
from payroll.declarations.year_ledger import PersonYear
from payroll.engine.household import CivilStatus
from payroll.engine.money import Cents
from payroll.facts import store as facts
from payroll.facts.models import FactKind
from payroll.facts.timeline import Values
from payroll.runs.amounts import tax_of

SHEET = "28110"
TEST = "BELCOTST"
PUBLIC_SECTOR = "1"
CIVIL_STATUS = {CivilStatus.SINGLE: "1", CivilStatus.MARRIED: "2", CivilStatus.WIDOWED: "3", CivilStatus.DIVORCED: "4"}
"""The codes that have a source; for legal cohabitants and people who live apart there is none, and none is guessed."""
BELGIUM = "BE"
LANGUAGES = {"nl": "1", "fr": "2", "de": "3", "en": "1"}


@dataclass(frozen=True)
class TaxSheet:
    """One person's sheet: the household of the year's last day and the amounts in cents, each by its code."""

    number: int
    name: str
    national_number: str
    language: str
    address: str
    household: Mapping[str, str]
    amounts: Mapping[str, Cents]

    @property
    def control_total(self) -> Cents:
        """Code 2059: the sum of the amounts of the sheet."""
        return sum(self.amounts.values())


async def sheets(
    session: AsyncSession, people: Mapping[int, PersonYear], year: int, known_at: datetime
) -> list[TaxSheet]:
    """Return the sheet of each person to whom something was paid, in the order of their ids.

    Their household and address are those that were known at a moment, so that the same runs give the same bytes.
    """
    everybody = (min(people, default=0), max(people, default=0))
    addresses = await facts.held_on(session, FactKind.ADDRESS, date(year, 12, 31), known_at, everybody)
    homes = await facts.held_on(session, FactKind.HOUSEHOLD, date(year, 12, 31), known_at, everybody)
    query = select(Person.id, Person.last_name, Person.first_name, Person.national_number, Person.language)
    persons = {
        id_: (f"{last_name} {first_name}", national_number or "", LANGUAGES[language])
        for id_, last_name, first_name, national_number, language in await session.execute(query)
        if id_ in people
    }
    return [
        TaxSheet(
            number,
            *persons[person_id],
            address(addresses.get(person_id, {})),
            household(homes.get(person_id, {})),
            amounts(paid),
        )
        for number, (person_id, paid) in enumerate(people.items(), start=1)
    ]


def address(values: Values) -> str:
    """Return an address on one line, with its country where that is not Belgium; nothing for one that is not known."""
    if not values:
        return ""
    line = "{street} {building}, {postcode} {town}".format(**values)
    return line if values["country"] == BELGIUM else f"{line}, {values['country']}"


def household(values: Values) -> dict[str, str]:
    """Return a household by code: civil status, children and other dependants; what is not known is left out."""
    status = values.get("civil_status")
    by_code = {
        "f2019": CIVIL_STATUS.get(CivilStatus(status)) if status else None,
        "f2021": values.get("children"),
        "f2022": values.get("other_dependants"),
    }
    return {code: str(value) for code, value in by_code.items() if value is not None}


def amounts(year: PersonYear) -> dict[str, Cents]:
    """Return the amounts of a sheet by code; what is nothing is left out."""
    ordinary, late = year.own["taxable"], year.arrears["taxable"]
    by_code = {
        "f10_2060": ordinary,
        "f10_2062": ordinary + late,
        "f10_2064": late,
        "f10_2074": tax_of(year.own) + tax_of(year.arrears),
        "f10_2075": year.sum_of("special_contribution", "special_contribution_quarter"),
        "f10_2076": year.sum_of("benefits_in_kind"),
        "f10_2115": year.sum_of("work_bonus_a", "work_bonus_b"),
    }
    return {code: cents for code, cents in by_code.items() if cents}


def as_xml(year: int, found: Sequence[TaxSheet]) -> bytes:
    """Return the file: the envelope, one declaration, the sheets and the control totals. Amounts are in cents."""
    root = etree.Element("Verzendingen")
    sending = _below(root, "Verzending", v0002=year, v0010=TEST, v0014=SHEET)
    declaration = _below(etree.SubElement(sending, "Aangiften"), "Aangifte", a1002=year, a1005=1)
    listed = etree.SubElement(etree.SubElement(declaration, "Opgaven"), "Opgave32510")
    for sheet in found:
        _sheet(listed, year, sheet)
    for code, value in control_totals(year, found).items():
        etree.SubElement(declaration if code.startswith("r8") else sending, code).text = str(value)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def control_totals(year: int, found: Sequence[TaxSheet]) -> dict[str, int]:
    """Return the totals by which a reader sees that nothing is missing: sheets, numbers, amounts and tax."""
    numbers = sum(sheet.number for sheet in found)
    total = sum(sheet.control_total for sheet in found)
    tax = sum(sheet.amounts.get("f10_2074", 0) for sheet in found)
    return {
        "r8002": year, "r8010": len(found), "r8011": numbers, "r8012": total,
        "r9002": year, "r9010": len(found), "r9011": numbers, "r9012": total, "r9013": tax,
    }  # fmt: skip


def _sheet(listed: etree._Element, year: int, sheet: TaxSheet) -> None:
    who = {"f2002": year, "f2005": sheet.number, "f2008": SHEET, "f2009": sheet.number, "f2013": sheet.name}
    where = {"f2015": sheet.address} if sheet.address else {}
    more = {"f2027": sheet.language, "f10_2041": PUBLIC_SECTOR, "f10_2109": sheet.national_number}
    paid = {**sheet.amounts, "f10_2059": sheet.control_total}
    _below(listed, "Fiche28110", **who, **where, **sheet.household, **more, **paid)


def _below(parent: etree._Element, name: str, **fields: object) -> etree._Element:
    element = etree.SubElement(parent, name)
    for code, value in fields.items():
        etree.SubElement(element, code).text = str(value)
    return element
