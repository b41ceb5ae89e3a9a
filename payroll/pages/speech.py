"""Writes months, amounts and wage types as the visitor's language does, so that every sentence of payroll agrees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Self

from aiohttp import web
from babel.dates import format_date
from babel.numbers import format_currency

from casework.people.models import Role
from casework.portal.shell import formats
from casework.portal.shell.pages import gettext
from casework.portal.shell.visitor import visitor
from payroll.engine import explanations
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.engine.wage_types import WageType

EURO = "#,##0.00 ¤¤"
MINUS = "\N{MINUS SIGN}"
NOUNS_HAVE_CAPITALS = frozenset({"de"})


@dataclass(frozen=True)
class Speech:
    """One language; `to_staff` says more than somebody may want to know of their own pay."""

    language: str
    translate: Callable[[str], str]
    to_staff: bool

    @classmethod
    def to(cls, request: web.Request) -> Self:
        """Speak to the visitor of a request; whoever is no staff only ever sees cases of their own."""
        who = visitor(request)
        staff = who.has(Role.HANDLER, Role.PAYROLL, Role.ADMIN)
        return cls(who.language, partial(gettext, request), staff)

    def month(self, period: str) -> str:
        """Return a month such as "2026-09" as people write it."""
        return format_date(PayMonth.parse(period).first_on, "MMMM y", locale=formats.LOCALES[self.language])

    def day(self, on: date) -> str:
        """Return a calendar day as people write it."""
        return formats.day(on, self.language)

    def euro(self, cents: Cents) -> str:
        """Return an amount of cents with its currency."""
        return self._amount(_in_euro(cents))

    def change(self, cents: Cents) -> str:
        """Return a change of cents with its sign set apart, such as "+ 138,00 EUR"."""
        return f"{MINUS if cents < 0 else '+'} {self._amount(abs(_in_euro(cents)))}"

    def title(self, name: str) -> str:
        """Return the name of a wage type as it stands by itself."""
        return WageType[name.upper()].label(self.language)

    def how(self, name: str) -> str:
        """Return a sentence on how the amount of a wage type comes about, where its name does not say it."""
        told = explanations.how_it_comes_about(WageType[name.upper()], self.language)
        return f"{told[0].upper()}{told[1:]}." if told else ""

    def wage_type(self, name: str) -> str:
        """Return the name of a wage type as it stands within a sentence."""
        label = WageType[name.upper()].label(self.language)
        return label if self.language in NOUNS_HAVE_CAPITALS else label[0].lower() + label[1:]

    def _amount(self, euro: Decimal) -> str:
        return str(format_currency(euro, "EUR", format=EURO, locale=formats.LOCALES[self.language]))


def _in_euro(cents: Cents) -> Decimal:
    return Decimal(cents).scaleb(-2)
