"""What the desk has promised: in how many working days it answers, and until when a month's pay can change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files

from casework.calendars.working_time import WorkingCalendar
from casework.catalogue.yaml_section import Section, read
from casework.clock import BRUSSELS, local_date

_FILE = "levels.yaml"
_LAST_DAY_OF_ANY_MONTH = 28


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """A promise: so many working days, within hours of its own if it has any."""

    days: int
    opens: time | None = None
    closes: time | None = None

    def calendar(self, of_organisation: WorkingCalendar) -> WorkingCalendar:
        """Return the calendar by which the promise is counted."""
        opens, closes = self.opens or of_organisation.opens, self.closes or of_organisation.closes
        return replace(of_organisation, opens=opens, closes=closes)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The moment before which a case has to be closed, to change the pay of the month that begins on `month_on`."""

    month_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """The promises for each form, the one for all others, and the cut-off of payroll in each month."""

    default: ServiceLevel
    by_form: Mapping[str, ServiceLevel]
    cutoff_day: int
    cutoff_at: time

    def of_form(self, form_key: str | None) -> ServiceLevel:
        """Return the promise for a form, or for a case without one."""
        return self.by_form.get(form_key or "", self.default)

    def next_cutoff(self, now: datetime, calendar: WorkingCalendar) -> Cutoff:
        """Return the first cut-off that has not passed: on its day, or on the last working day before it."""
        month_on = local_date(now).replace(day=1)
        while (found := self._cutoff(month_on, calendar)).at <= now:
            month_on = (month_on + timedelta(days=31)).replace(day=1)
        return found

    def _cutoff(self, month_on: date, calendar: WorkingCalendar) -> Cutoff:
        on = calendar.at_or_before(month_on.replace(day=self.cutoff_day))
        return Cutoff(month_on, datetime.combine(on, self.cutoff_at, BRUSSELS).astimezone(UTC))


@cache
def packaged() -> ServiceLevels:
    """Return the promises that come with the desk."""
    return load(files(__package__).joinpath(_FILE).read_text("utf-8"), _FILE)


def load(content: str, file: str) -> ServiceLevels:
    """Return the promises that a text describes.

    Raises `CatalogueError`, with the file, the line and the reason, on anything unknown, missing or impossible.
    """
    top = read(content, file)
    top.allow("default", "forms", "payroll_cutoff")
    forms = top.section("forms")
    cutoff = top.section("payroll_cutoff")
    cutoff.allow("day", "at")
    return ServiceLevels(
        default=_level(top.section("default")),
        by_form={key: _level(forms.section(key)) for key in forms.own_keys()},
        cutoff_day=_whole(cutoff, "day", _LAST_DAY_OF_ANY_MONTH),
        cutoff_at=_time(cutoff, "at"),
    )


def _level(section: Section) -> ServiceLevel:
    section.allow("days", "opens", "closes")
    if section.has("opens") != section.has("closes"):
        raise section.error("hours need both 'opens' and 'closes'")
    if not section.has("opens"):
        return ServiceLevel(_whole(section, "days", 260))
    opens, closes = _time(section, "opens"), _time(section, "closes")
    if not opens < closes:
        raise section.error("'opens' has to come before 'closes'", "opens")
    return ServiceLevel(_whole(section, "days", 260), opens, closes)


def _whole(section: Section, key: str, most: int) -> int:
    value = section.number(key, Decimal(0))
    if not 1 <= value <= most or value != value.to_integral_value():
        raise section.error(f"{key!r} has to be a whole number from 1 to {most}", key)
    return int(value)


def _time(section: Section, key: str) -> time:
    try:
        return time.fromisoformat(section.text(key))
    except ValueError as error:
        raise section.error(f'{key!r} has to be a time such as "08:00", in quotes', key) from error
