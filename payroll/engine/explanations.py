"""Sentences in four languages: what makes up a slip, and why two slips differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payroll.engine.explain import Line
from payroll.engine.household import Household
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.engine.wage_types import WageType
from payroll.engine.wording import days, euro, month, word


class Cause(StrEnum):
    """What may change between two slips; the household causes bear the names of its fields."""

    CHILDREN = "children"
    DISABLED_CHILDREN = "disabled_children"
    OTHER_DEPENDANTS = "other_dependants"
    DEPENDANTS_66_PLUS_IN_CARE = "dependants_66_plus_in_care"
    SINGLE_PARENT = "single_parent"
    DISABLED_WORKER = "disabled_worker"
    DISABLED_SPOUSE = "disabled_spouse"
    CIVIL_STATUS = "civil_status"
    SPOUSE_INCOME = "spouse_income"
    STATUTE = "statute"
    GROSS_MONTH = "gross_month"
    WORKING_TIME = "working_time"
    DAYS_PAID = "days_paid"
    LAW = "law"


_COUNTS = (Cause.CHILDREN, Cause.DISABLED_CHILDREN, Cause.OTHER_DEPENDANTS, Cause.DEPENDANTS_66_PLUS_IN_CARE)
_FLAGS = (Cause.SINGLE_PARENT, Cause.DISABLED_WORKER, Cause.DISABLED_SPOUSE)
_NAMES = (Cause.CIVIL_STATUS, Cause.SPOUSE_INCOME, Cause.STATUTE)
_TOLD = frozenset({WageType.SPECIAL_CONTRIBUTION_QUARTER})
"""Wage types whose name does not say how their amount comes about."""
_OF_HOUSEHOLD = (*_COUNTS, *_FLAGS, Cause.CIVIL_STATUS, Cause.SPOUSE_INCOME)


@dataclass(frozen=True)
class Reason:
    """One thing that changed, from when, and by which legal reference it counts.

    `before` and `after` are numbers of people, flags, words of the law, cents (GROSS_MONTH), hundredths of days
    (DAYS_PAID) or fractions such as "4/5" (WORKING_TIME); for LAW they say nothing.
    """

    cause: Cause
    before: int | str
    after: int | str
    since: PayMonth | None = None
    reference: str | None = None


def household_reasons(
    before: Household, after: Household, since: PayMonth | None = None, reference: str | None = None
) -> list[Reason]:
    """Return what changed between two households; what a spouse earns counts in a couple only."""
    reasons = [
        Reason(cause, getattr(before, cause), getattr(after, cause), since, reference)
        for cause in _OF_HOUSEHOLD
        if getattr(before, cause) != getattr(after, cause)
    ]
    couples = before.couple and after.couple
    return [reason for reason in reasons if couples or reason.cause is not Cause.SPOUSE_INCOME]


def explain_slip(lines: Sequence[Line], language: str) -> list[str]:
    """Return a sentence for each line: amount, how it came about, the law, and the month that it is for."""
    return [_line(line, language) for line in lines]


def how_it_comes_about(wage_type: WageType, language: str) -> str:
    """Return how the amount of a line comes about, where its name does not say it; else nothing."""
    return word(wage_type.name.lower(), language) if wage_type in _TOLD else ""


def explain_difference(
    before: Sequence[Line], after: Sequence[Line], reasons: Sequence[Reason], language: str
) -> list[str]:
    """Return first what changed in the net and why, then each wage type that changed; amounts without their sign.

    Slips that do not differ give the sentence that the net stays.
    """
    old, new = _by_wage_type(before), _by_wage_type(after)
    changed = [each for each in WageType if old.get(each, 0) != new.get(each, 0) and not each.informs_only]
    first = _net(new.get(WageType.NET, 0), new.get(WageType.NET, 0) - old.get(WageType.NET, 0), language)
    told = [_reason(reason, language) for reason in reasons]
    head = word("colon", language).join(filter(None, (first, ", ".join(told))))
    return [f"{head}.", *(_change(each, old.get(each, 0), new.get(each, 0), language) for each in changed)]


def _by_wage_type(lines: Sequence[Line]) -> dict[WageType, Cents]:
    sums: dict[WageType, Cents] = {}
    for line in lines:
        sums[line.wage_type] = sums.get(line.wage_type, 0) + line.amount
    return sums


def _net(net: Cents, change: Cents, language: str) -> str:
    if change == 0:
        return word("net_same", language, amount=euro(net, language))
    return word("net_more" if change > 0 else "net_less", language, amount=euro(abs(change), language))


def _change(wage_type: WageType, before: Cents, after: Cents, language: str) -> str:
    sign = -1 if wage_type.is_deduction else 1
    return (
        word(
            "changed",
            language,
            label=wage_type.label(language),
            colon=word("colon", language),
            before=euro(sign * before, language),
            after=euro(sign * after, language),
        )
        + "."
    )


def _reason(reason: Reason, language: str) -> str:
    told = _cause(reason, language)
    if reason.since is not None:
        told = word("since", language, what=told, month=month(reason.since, language))
    return f"{told} ({reason.reference})" if reason.reference else told


def _cause(reason: Reason, language: str) -> str:
    cause, before, after = reason.cause, reason.before, reason.after
    if cause in _COUNTS:
        return _count(cause, int(after) - int(before), language)
    if cause in _FLAGS:
        return word(f"{cause}_{'begins' if after else 'ends'}", language)
    if cause in _NAMES:
        return word("instead_of", language, before=word(str(before), language), after=word(str(after), language))
    if cause is Cause.GROSS_MONTH:
        return word(cause, language, before=euro(int(before), language), after=euro(int(after), language))
    if cause is Cause.DAYS_PAID:
        return word(cause, language, before=days(int(before), language), after=days(int(after), language))
    return word(cause, language, before=str(before), after=str(after))


def _count(cause: Cause, change: int, language: str) -> str:
    direction = "more" if change > 0 else "fewer"
    one = "one_" if abs(change) == 1 else ""
    return word(f"{cause}_{one}{direction}", language, count=str(abs(change)))


def _line(line: Line, language: str) -> str:
    amount = -line.amount if line.wage_type.is_deduction else line.amount
    parts = [
        word(
            "line",
            language,
            label=line.wage_type.label(language),
            colon=word("colon", language),
            amount=euro(amount, language),
        )
    ]
    parts += filter(None, [how_it_comes_about(line.wage_type, language)])
    if line.base is not None:
        base = euro(line.base, language)
        if line.rate is None:
            parts.append(word("on_base", language, base=base))
        else:
            rate = line.rate.percent.replace(".", word("separators", language).split(" ")[1])
            parts.append(word("share", language, rate=rate, base=base))
    if line.rounding is not None:
        parts.append(word(line.rounding, language))
    if line.origin is not None:
        parts.append(word("for_month", language, month=month(line.origin, language)))
    told = ", ".join(parts)
    return f"{told} ({line.reference})." if line.reference else f"{told}."
