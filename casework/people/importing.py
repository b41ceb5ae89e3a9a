"""Brings people in from a CSV file: a bad row is refused with its line number and reason, twice is the same as once."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.be import ssn

from casework.people.models import (
    LANGUAGES,
    EmailAddress,
    Organisation,
    Person,
    PersonRole,
    Role,
    Statute,
    Team,
)
from casework.people.store import normalise_address

COLUMNS = (
    "employee_number", "national_number", "first_name", "last_name", "emails", "language", "organisation",
    "statute", "roles", "team", "manager_employee_number", "iban",
)  # fmt: skip
REQUIRED = ("employee_number", "first_name", "last_name", "emails", "language", "organisation", "statute", "roles")


@dataclass(frozen=True)
class RowProblem:
    """Why one line of the file was refused; the line number counts the heading as line 1."""

    line: int
    reason: str


@dataclass(frozen=True)
class PersonRow:
    """One good line of the file."""

    line: int
    employee_number: str
    national_number: str | None
    first_name: str
    last_name: str
    emails: tuple[str, ...]
    language: str
    organisation: str
    statute: Statute
    roles: tuple[Role, ...]
    team: str | None
    manager_employee_number: str | None
    iban: str | None


@dataclass(frozen=True)
class ImportReport:
    """What an import did: created, updated, left as they were, refused."""

    created: int
    updated: int
    unchanged: int
    problems: tuple[RowProblem, ...]


def read_people(text: str) -> tuple[list[PersonRow], list[RowProblem]]:
    """Read a people file: its good rows, and a problem for each bad one."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    missing = [column for column in REQUIRED if column not in (reader.fieldnames or ())]
    if missing:
        return [], [RowProblem(1, f"the heading lacks {', '.join(missing)}; expected {','.join(COLUMNS)}")]
    unknown = [column for column in reader.fieldnames or () if column not in COLUMNS]
    if unknown:
        return [], [RowProblem(1, f"unknown column {', '.join(unknown)}; expected {','.join(COLUMNS)}")]
    rows: list[PersonRow] = []
    problems: list[RowProblem] = []
    for record in reader:
        row = _read_row(reader.line_num, record)
        if isinstance(row, RowProblem):
            problems.append(row)
        else:
            rows.append(row)
    return _without_doubles(rows, problems)


def _read_row(line: int, record: Mapping[str | None, str | list[str] | None]) -> PersonRow | RowProblem:
    if None in record:
        return RowProblem(line, "more values than columns; quote a value that holds a comma")
    cells = {str(column): str(value or "").strip() for column, value in record.items()}
    empty = [column for column in REQUIRED if not cells[column]]
    if empty:
        return RowProblem(line, f"{', '.join(empty)} must be filled in")
    reason = _refusal(cells)
    if reason:
        return RowProblem(line, reason)
    iban = cells.get("iban", "")
    return PersonRow(
        line=line,
        employee_number=cells["employee_number"],
        national_number=ssn.compact(cells["national_number"]) if cells.get("national_number") else None,
        first_name=cells["first_name"],
        last_name=cells["last_name"],
        emails=tuple(dict.fromkeys(normalise_address(one) for one in _parts(cells["emails"]))),
        language=cells["language"],
        organisation=cells["organisation"],
        statute=Statute(cells["statute"]),
        roles=tuple(dict.fromkeys(Role(role) for role in _parts(cells["roles"]))),
        team=cells.get("team") or None,
        manager_employee_number=cells.get("manager_employee_number") or None,
        iban=IBAN(iban).compact if iban else None,
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _refusal(cells: Mapping[str, str]) -> str | None:
    """Return why the values of a row cannot be used, or None."""
    if cells["language"] not in LANGUAGES:
        return f"language {cells['language']!r} is not one of {' '.join(LANGUAGES)}"
    if cells["statute"] not in set(Statute):
        return f"statute {cells['statute']!r} is not one of {' '.join(Statute)}"
    for role in _parts(cells["roles"]):
        if role not in set(Role):
            return f"role {role!r} is not one of {' '.join(Role)}"
    for address in _parts(cells["emails"]):
        local, at, domain = address.rpartition("@")
        if not (at and local and "." in domain and len(address) <= 254) or any(
            c.isspace() or c in ",<>" for c in address
        ):
            return f"{address!r} is not an e-mail address"
    if cells.get("national_number") and not ssn.is_valid(cells["national_number"]):
        return "national_number has a wrong check digit, length or date"
    return _iban_refusal(cells.get("iban", ""))


def _iban_refusal(iban: str) -> str | None:
    if not iban:
        return None
    try:
        IBAN(iban)
    except SchwiftyException as error:
        return f"iban cannot be used: {error}"
    return None


def _without_doubles(rows: list[PersonRow], problems: list[RowProblem]) -> tuple[list[PersonRow], list[RowProblem]]:
    """Refuse a second row with an employee number or an address that an earlier row has."""
    seen: dict[str, int] = {}
    kept: list[PersonRow] = []
    for row in rows:
        keys = (f"employee_number {row.employee_number}", *(f"address {address}" for address in row.emails))
        double = next((key for key in keys if key in seen), None)
        if double:
            problems.append(RowProblem(row.line, f"{double} stands on line {seen[double]} too"))
            continue
        seen.update(dict.fromkeys(keys, row.line))
        kept.append(row)
    return kept, sorted(problems, key=lambda problem: problem.line)


async def import_people(session: AsyncSession, rows: Iterable[PersonRow], now: datetime) -> ImportReport:
    """Create or update these people; their addresses count as verified, the first is the primary one.

    A row whose address belongs to somebody else, or whose manager nobody knows, is refused and reported.
    """
    rows = list(rows)
    known = {
        number: person_id for number, person_id in await session.execute(select(Person.employee_number, Person.id))
    }
    rows, problems = await _without_strangers(session, rows, known)
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for row in rows:
        outcome, person_id = await _write(session, row, known.get(row.employee_number), now)
        known[row.employee_number] = person_id
        counts[outcome] += 1
    for row in rows:
        manager_id = known[row.manager_employee_number] if row.manager_employee_number else None
        await session.execute(
            update(Person).where(Person.id == known[row.employee_number]).values(manager_id=manager_id)
        )
    return ImportReport(**counts, problems=tuple(problems))


async def _without_strangers(
    session: AsyncSession, rows: list[PersonRow], known: Mapping[str, int]
) -> tuple[list[PersonRow], list[RowProblem]]:
    owners = {
        address: owner for address, owner in await session.execute(select(EmailAddress.address, EmailAddress.person_id))
    }
    reachable = set(known) | {row.employee_number for row in rows}
    kept, problems = [], []
    for row in rows:
        taken = [a for a in row.emails if a in owners and owners[a] != known.get(row.employee_number)]
        if taken:
            problems.append(RowProblem(row.line, f"address {taken[0]} belongs to another person"))
        elif row.manager_employee_number and row.manager_employee_number not in reachable:
            problems.append(
                RowProblem(row.line, f"manager {row.manager_employee_number} is in neither the file nor the desk")
            )
        else:
            kept.append(row)
    return kept, problems


async def _write(session: AsyncSession, row: PersonRow, person_id: int | None, now: datetime) -> tuple[str, int]:
    values = {
        "national_number": row.national_number,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "language": row.language,
        "organisation_id": await _named(session, Organisation, row.organisation),
        "statute": row.statute.value,
        "team_id": await _named(session, Team, row.team) if row.team else None,
        "iban": row.iban,
    }
    if person_id is None:
        person = Person(employee_number=row.employee_number, **values)
        session.add(person)
        await session.flush()
        await _write_addresses(session, person.id, row, now)
        await _write_roles(session, person.id, row)
        return "created", person.id
    person = (await session.execute(select(Person).where(Person.id == person_id))).scalar_one()
    changed = any(getattr(person, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(person, name, value)
    changed |= await _write_addresses(session, person_id, row, now)
    changed |= await _write_roles(session, person_id, row)
    return ("updated" if changed else "unchanged"), person_id


async def _named(session: AsyncSession, table: type[Organisation | Team], name: str) -> int:
    found = (await session.execute(select(table.id).where(table.name == name))).scalar_one_or_none()
    if found is not None:
        return found
    new = table(name=name)
    session.add(new)
    await session.flush()
    return new.id


async def _write_addresses(session: AsyncSession, person_id: int, row: PersonRow, now: datetime) -> bool:
    query = select(EmailAddress).where(EmailAddress.person_id == person_id)
    held = {address.address: address for address in (await session.execute(query)).scalars()}
    changed = False
    for address in row.emails:
        primary = address == row.emails[0]
        if address not in held:
            session.add(EmailAddress(person_id=person_id, address=address, is_primary=primary, verified_at=now))
            changed = True
        elif held[address].is_primary != primary or held[address].verified_at is None:
            held[address].is_primary = primary
            held[address].verified_at = held[address].verified_at or now
            changed = True
    for address, stored in held.items():
        if address not in row.emails and stored.is_primary:
            stored.is_primary = False
            changed = True
    await session.flush()
    return changed


async def _write_roles(session: AsyncSession, person_id: int, row: PersonRow) -> bool:
    query = select(PersonRole.role).where(PersonRole.person_id == person_id)
    held = set((await session.execute(query)).scalars())
    wanted = {role.value for role in row.roles}
    if held == wanted:
        return False
    await session.execute(
        delete(PersonRole).where(PersonRole.person_id == person_id, PersonRole.role.in_(held - wanted))
    )
    session.add_all(PersonRole(person_id=person_id, role=role) for role in sorted(wanted - held))
    await session.flush()
    return True
