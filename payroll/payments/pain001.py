"""Writes the payment file that a bank takes: pain.001.001.09 with structured addresses and category SALA.

sepaxml builds the message; what it makes up itself (identifiers, the moment) is put in place here, since the same
payments have to give the same bytes. Its own check is slow, so the file is checked by lxml on the same schema.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources

from lxml import etree
from sepaxml import SepaTransfer

from payroll.engine.money import Cents
from payroll.errors import PayrollError

MESSAGE = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"
SALARY = "SALA"
_PAYMENT_TYPE, _INFORMATION = f"{{{NAMESPACE}}}PmtTpInf", f"{{{NAMESPACE}}}PmtInf"


@dataclass(frozen=True)
class Debtor:
    """Who pays, from which account, with the address in its parts."""

    name: str
    iban: str
    street: str
    building: str
    postcode: str
    town: str
    country: str


@dataclass(frozen=True)
class Credit:
    """One payment: `reference` comes back on the account statement of both sides."""

    name: str
    iban: str
    amount: Cents
    reference: str
    words: str
    execution_on: date


class PaymentFileInvalid(PayrollError):
    """The payment file is not what the schema of the message asks for."""


def write(message_id: str, created_at: datetime, debtor: Debtor, credits_: Sequence[Credit]) -> bytes:
    """Return the file; the same payments give the same bytes. Raises `PaymentFileInvalid`."""
    transfer = SepaTransfer(_config(debtor), schema=MESSAGE, clean=True)
    for credit in credits_:
        if credit.amount <= 0:
            raise PaymentFileInvalid(f"the payment {credit.reference} is of nothing")
        transfer.add_payment(
            {
                "name": _printable(credit.name),
                "IBAN": credit.iban,
                "amount": credit.amount,
                "execution_date": credit.execution_on,
                "description": _printable(credit.words),
                "endtoend_id": credit.reference,
            }
        )
    document = etree.fromstring(transfer.export(validate=False), etree.XMLParser(resolve_entities=False))
    _identify(document, message_id, created_at)
    if not _schema().validate(document):
        raise PaymentFileInvalid(str(_schema().error_log.last_error))
    return bytes(etree.tostring(document, xml_declaration=True, encoding="UTF-8"))


def _printable(text: str) -> str:
    """Return a text without what no message can hold; sepaxml then writes letters as banks know them."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _config(debtor: Debtor) -> dict[str, object]:
    return {
        "name": debtor.name,
        "IBAN": debtor.iban,
        "currency": "EUR",
        "batch": True,
        "address": {
            "street_name": debtor.street,
            "building_number": debtor.building,
            "postcode": debtor.postcode,
            "town": debtor.town,
            "country": debtor.country,
        },
    }


def _identify(document: etree._Element, message_id: str, created_at: datetime) -> None:
    """Put our own identifiers, moment and category in the places of the message."""
    _one(document, "GrpHdr/MsgId").text = message_id
    _one(document, "GrpHdr/CreDtTm").text = created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, information in enumerate(document.iter(_INFORMATION), start=1):
        _one(information, "PmtInfId").text = f"{message_id}-{number}"
        category = etree.SubElement(_one(information, "PmtTpInf"), f"{{{NAMESPACE}}}CtgyPurp")
        etree.SubElement(category, f"{{{NAMESPACE}}}Cd").text = SALARY
        institution = _one(information, "DbtrAgt/FinInstnId")
        other = etree.SubElement(institution, f"{{{NAMESPACE}}}Othr")
        etree.SubElement(other, f"{{{NAMESPACE}}}Id").text = "NOTPROVIDED"  # the IBAN says which bank it is


def _one(element: etree._Element, path: str) -> etree._Element:
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
    found = element.find(f".//{steps}")
    if found is None:
        raise PaymentFileInvalid(f"the message has no {path}")
    return found


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring((resources.files("sepaxml") / "schemas" / f"{MESSAGE}.xsd").read_bytes()))
