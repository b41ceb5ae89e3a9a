"""Reads the meetings in a calendar part (RFC 5545), as far as a handler wants to see them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mail_gateway.inbound import limits
from mail_gateway.models import CalendarInvite

_FOLD = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r'([A-Za-z0-9-]{1,60})((?:;(?:"[^"]*"|[^":;])*+)*+):(.*)')
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?\Z")
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CHARS = 512 * 1024

# Outlook names time zones by the names of Windows; these are the ones of our neighbours.
_WINDOWS_ZONES = {
    "romance standard time": "Europe/Brussels",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "fle standard time": "Europe/Kyiv",
    "e. europe standard time": "Europe/Chisinau",
    "gtb standard time": "Europe/Bucharest",
    "utc": "UTC",
}


def read_invites(calendar: str) -> tuple[CalendarInvite, ...]:
    """Return the meetings of a calendar text in order; what cannot be read of one is left empty."""
    method, invites = "", list[CalendarInvite]()
    event: dict[str, tuple[str, str]] | None = None
    inner: list[str] = []
    for line in _FOLD.sub("", calendar[:_CHARS]).splitlines():
        found = _PROPERTY.match(line)
        if not found or len(invites) >= limits.INVITES:
            continue
        name, value = found[1].upper(), found[3]
        if name == "METHOD":
            method = value.strip().upper()
        elif name == "BEGIN" and value.strip().upper() == "VEVENT":
            event, inner = {}, []
        elif event is None:
            continue
        elif name == "BEGIN":
            inner.append(value)  # an alarm has a summary and a duration of its own
        elif name == "END" and inner:
            inner.pop()
        elif name == "END":
            invites.append(_invite(method, event))
            event = None
        elif not inner:
            event.setdefault(name, (found[2], value))
    return tuple(invites)


def _invite(method: str, event: dict[str, tuple[str, str]]) -> CalendarInvite:
    starts_at, whole_day = _moment(*event.get("DTSTART", ("", "")))
    ends_at, _ = _moment(*event.get("DTEND", ("", "")))
    if ends_at is None and starts_at is not None:
        ends_at = _after(starts_at, event.get("DURATION", ("", ""))[1], whole_day=whole_day)
    summary = _ESCAPE.sub(lambda sign: " " if sign[1] in "nN" else sign[1], event.get("SUMMARY", ("", ""))[1])
    return CalendarInvite(
        method=method or "PUBLISH",
        summary=" ".join(summary.split()),
        starts_at=starts_at,
        ends_at=ends_at,
        whole_day=whole_day,
    )


def _moment(parameters: str, value: str) -> tuple[datetime | None, bool]:
    found = _STAMP.match(value.strip())
    if not found:
        return None, False
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        moment = datetime.combine(
            date(int(year), int(month), int(day)),
            time(int(hour or 0), int(minute or 0), min(int(second or 0), 59)),
        )
    except ValueError:
        return None, False
    zone = UTC if utc else _zone(parameters)
    if hour is None or zone is None:
        return moment, hour is None
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC), False
    except OverflowError:
        return None, False


def _zone(parameters: str) -> ZoneInfo | None:
    name = re.search(r';TZID="?([^";:]{1,80})', parameters, re.IGNORECASE)
    if not name:
        return None
    claimed = name[1].strip().lstrip("/")
    known = _WINDOWS_ZONES.get(claimed.lower(), claimed)
    try:
        return ZoneInfo(known)
    except (ValueError, OSError, LookupError):
        return None


def _after(start: datetime, duration: str, *, whole_day: bool) -> datetime | None:
    found = _DURATION.match(duration.strip())
    if not found:
        return start + timedelta(days=1) if whole_day and start.year < 9999 else None
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    try:
        return start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
