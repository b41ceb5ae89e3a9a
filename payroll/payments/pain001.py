"""Writes the payment file that a bank takes: pain.001.001.09 with structured addresses and category SALA.

sepaxml builds the message with one payment of each day, and the others are written as that one: an element at a time
takes ten times as long. What it makes up itself (identifiers, the moment) is put in place here, since the same
payments have to give the same bytes. The file is checked by lxml on the same schema.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from xml.sax.saxutils import escape

from lxml import etree
from sepaxml import SepaTransfer
from text_unidecode import unidecode  # what sepaxml itself writes names with

from payroll.engine.money import Cents, format_cents
from payroll.errors import PayrollError

MESSAGE = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"
SALARY = "SALA"
PLACE = "%s"
LONGEST_NAME, LONGEST_WORDS, LONGEST_TOWN, LONGEST_BUILDING = 70, 140, 35, 16
_INFORMATION, _TRANSACTION = f"{{{NAMESPACE}}}PmtInf", f"{{{NAMESPACE}}}CdtTrfTxInf"
_UNKNOWN_TO_BANKS = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_PAYMENT = re.compile(r"(<CdtTrfTxInf>.*?</CdtTrfTxInf>)")


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
    batches: dict[date, list[Credit]] = defaultdict(list)
    for credit in credits_:
        if credit.amount <= 0:
            raise PaymentFileInvalid(f"the payment {credit.reference} is of nothing")
        batches[credit.execution_on].append(credit)
    frame = _frame(debtor, batches)
    _identify(frame, message_id, created_at)
    _count(frame, list(batches.values()))
    content = _filled(etree.tostring(frame, xml_declaration=True, encoding="UTF-8").decode(), list(batches.values()))
    _require_valid(content)
    return content


def _frame(debtor: Debtor, days: Iterable[date]) -> etree._Element:
    """Return the message with one payment on each day, which holds a place for each thing that differs."""
    transfer = SepaTransfer(_config(debtor), schema=MESSAGE, clean=True)
    for day in days:
        transfer.add_payment(
            {
                "name": PLACE,
                "IBAN": PLACE,
                "amount": 1,
                "execution_date": day,
                "description": PLACE,
                "endtoend_id": PLACE,
            }
        )
    document = etree.fromstring(transfer.export(validate=False), etree.XMLParser(resolve_entities=False))
    for amount in document.iter(f"{{{NAMESPACE}}}InstdAmt"):
        amount.text = PLACE
    return document


def _count(document: etree._Element, batches: Sequence[list[Credit]]) -> None:
    """Put in how many payments there are and what they come to, on each day and in all."""
    counted = [(_one(document, "GrpHdr"), [credit for batch in batches for credit in batch])]
    counted += zip(document.iter(_INFORMATION), batches, strict=True)
    for element, credits_ in counted:
        _one(element, "NbOfTxs").text = str(len(credits_))
        _one(element, "CtrlSum").text = format_cents(sum(credit.amount for credit in credits_))


def _filled(frame: str, batches: Iterable[Iterable[Credit]]) -> bytes:
    """Return the message with all of the payments, each written as the one that stands in its place."""
    around = _PAYMENT.split(frame)
    parts = [around[0]]
    for payment, after, batch in zip(around[1::2], around[2::2], batches, strict=True):
        parts += [payment % _differing(credit) for credit in batch]
        parts.append(after)
    return "".join(parts).encode()


def _differing(credit: Credit) -> tuple[str, ...]:
    """Return what differs from payment to payment, in the order in which a message says it.

    Of whose name no bank knows a letter the reference is written: nobody else's pay has to wait for it.
    """
    words = _as_banks_write(credit.words, LONGEST_WORDS) or credit.reference
    name = _as_banks_write(credit.name, LONGEST_NAME) or credit.reference
    texts = (credit.reference, format_cents(credit.amount), name, credit.iban, words)
    return tuple(escape(text) for text in texts)


def _require_valid(content: bytes) -> None:
    """Hold the file against the schema, payment by payment, so that it is never in memory as a tree."""
    try:
        for _, payment in etree.iterparse(BytesIO(content), tag=_TRANSACTION, schema=_schema(), resolve_entities=False):
            payment.clear()
            while payment.getprevious() is not None:
                del payment.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise PaymentFileInvalid(str(error)) from error


@lru_cache(maxsize=1000)
def _as_banks_write(text: str, longest: int) -> str:
    """Return a text in the letters and signs that every bank takes (EPC217-08); what it has no letter for goes."""
    latin = text if text.isascii() else unidecode(text)
    return " ".join(_UNKNOWN_TO_BANKS.sub(" ", latin.replace("&", "+")).split())[:longest]


def _config(debtor: Debtor) -> dict[str, object]:
    return {
        "name": _as_banks_write(debtor.name, LONGEST_NAME),
        "IBAN": debtor.iban,
        "currency": "EUR",
        "batch": True,
        "address": {
            "street_name": _as_banks_write(debtor.street, LONGEST_NAME),
            "building_number": _as_banks_write(debtor.building, LONGEST_BUILDING),
            "postcode": _as_banks_write(debtor.postcode, LONGEST_BUILDING),
            "town": _as_banks_write(debtor.town, LONGEST_TOWN),
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
