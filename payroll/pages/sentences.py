"""Tells what a case changes in pay, and what keeps it from doing so: on its timeline, in the log and in lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from aiohttp import web

from casework.messages.store import TimelineEntry
from casework.portal.shell.pages import gettext
from casework.portal.shell.visitor import is_proven
from casework.portal.shell.wording import sentence
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.engine.wage_types import WageType
from payroll.pages import advice
from payroll.pages.speech import Speech
from payroll.payments.accounts import ACCOUNT, EMPLOYER

NET = "net"
OF_PAYMENTS = frozenset({ACCOUNT, EMPLOYER})
NO_CHANGE = sentence("This changes nothing in pay.")
CHANGE = sentence("Pay changes: %(changes)s")
OWN_CHANGE = sentence("Your pay changes: %(changes)s")
UNPROVEN = sentence("What this changes in pay is shown after a second proof of who you are.")
EACH_MONTH = sentence("%(first)s to %(last)s, each month")
CANNOT_CALCULATE = sentence("The pay of %(month)s cannot be calculated yet: %(cause)s.")
CANNOT_PAY = sentence("The pay of %(month)s cannot be paid out yet: %(cause)s.")
CANNOT_TAKE_OVER = sentence("This ticket does not reach pay by itself yet: %(cause)s.")
LEAVE_IT_TO_US = sentence("The payroll office settles this; you need not do anything.")

Changes = tuple[tuple[str, Cents], ...]


@dataclass(frozen=True)
class Stretch:
    """Months that follow each other and change alike: cents by wage type."""

    first: PayMonth
    last: PayMonth
    changes: Changes


def tell_effect(request: web.Request, entry: TimelineEntry) -> str:
    """Narrate an entry of kind `pay_effect`; the amounts only to a session that proved enough."""
    if not is_proven(request):
        return gettext(request, UNPROVEN)
    return effect(Speech.to(request), entry.data.get("months", ()))


def tell_problem(request: web.Request, entry: TimelineEntry) -> str:
    """Narrate an entry of kind `problem`."""
    return problems(Speech.to(request), entry.data.get("problems", ()))


def effect(speech: Speech, months: Sequence[Mapping[str, str]]) -> str:
    """Return what changes in pay, and in which months; `months` as the timeline entry holds them."""
    if not months:
        return speech.translate(NO_CHANGE)
    told = [f"{_when(speech, stretch)}: {_changes(speech, stretch.changes)}" for stretch in stretches(months)]
    return speech.translate(CHANGE if speech.to_staff else OWN_CHANGE) % {"changes": "; ".join(told)}


def stretches(months: Iterable[Mapping[str, str]]) -> list[Stretch]:
    """Gather changes by month, and join months that follow each other and change alike."""
    by_month: dict[PayMonth, list[tuple[str, Cents]]] = {}
    for line in months:
        cents = int(Decimal(line["amount"]).scaleb(2))
        by_month.setdefault(PayMonth.parse(line["period"]), []).append((line["wage_type"], cents))
    found: list[Stretch] = []
    for month, lines in sorted(by_month.items()):
        changes = tuple(lines)
        if found and found[-1].changes == changes and found[-1].last.following == month:
            found[-1] = Stretch(found[-1].first, month, changes)
        else:
            found.append(Stretch(month, month, changes))
    return found


def _when(speech: Speech, stretch: Stretch) -> str:
    first, last = speech.month(str(stretch.first)), speech.month(str(stretch.last))
    return first if first == last else speech.translate(EACH_MONTH) % {"first": first, "last": last}


def _changes(speech: Speech, changes: Changes) -> str:
    """Return the net and what makes it up; figures that only inform stand there if nothing else changed."""
    net = [_line(speech, name, cents) for name, cents in changes if name == NET]
    lines = [_line(speech, name, cents) for name, cents in changes if not WageType[name.upper()].informs_only]
    if net and lines:
        return f"{net[0]} ({', '.join(lines)})"
    return ", ".join(net or lines or [_line(speech, name, cents) for name, cents in changes])


def _line(speech: Speech, name: str, cents: Cents) -> str:
    return f"{speech.wage_type(name)} {speech.change(cents)}"


def problems(speech: Speech, found: Iterable[Mapping[str, Any]]) -> str:
    """Return the problems of a timeline entry, then what happens next; what is the same is said once."""
    told: dict[str, None] = {}
    next_: dict[str, None] = {}
    for one in found:
        on = date.fromisoformat(one["on"]) if one["on"] else None
        told[problem(speech, one["table"], one["period"], on)] = None
        next_[remedy(speech, one["table"])] = None
    return " ".join((*told, *next_))


def problem(speech: Speech, rule: str, period: str | None, on: date | None) -> str:
    """Return what could not be done and why, with the table and the day."""
    day = speech.day(on) if on is not None else "?"
    cause = speech.translate(advice.on(rule).cause) % {"table": _tables(speech, rule), "day": day}
    of_month = CANNOT_PAY if rule in OF_PAYMENTS else CANNOT_CALCULATE
    what = speech.translate(of_month if period else CANNOT_TAKE_OVER)
    return what % {"month": speech.month(period) if period else "", "cause": cause}


def remedy(speech: Speech, rule: str) -> str:
    """Return what happens next: to staff what they can do, to the one who asked that others do it."""
    return speech.translate(advice.on(rule).remedy if speech.to_staff else LEAVE_IT_TO_US)


def _tables(speech: Speech, rule: str) -> str:
    return ", ".join(speech.translate(advice.TABLES.get(name, name)) for name in rule.split(", "))
