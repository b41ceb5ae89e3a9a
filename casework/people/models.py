"""Who works where, in which roles, and under which addresses they write."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime

LANGUAGES = ("nl", "fr", "de", "en")


class Role(StrEnum):
    """What a person may be at the desk; one person may be several."""

    EMPLOYEE = "employee"
    HANDLER = "handler"
    LOCAL_HR = "local_hr"
    LEGAL = "legal"
    PAYROLL = "payroll"
    ADMIN = "admin"


class Level(IntEnum):
    """How sure the desk is of who signed in: the assurance levels of eIDAS (Regulation 910/2014, article 8)."""

    LOW = 1
    SUBSTANTIAL = 2
    HIGH = 3


class Statute(StrEnum):
    """The two employment regimes of the federal administration (statutair/statutaire, contractueel/contractuel)."""

    STATUTORY = "statutory"
    CONTRACTUAL = "contractual"


class Organisation(Base):
    """A client organisation of the desk, or a part of one; `people.organisations` reads the tree."""

    __tablename__ = "organisations"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))


class Team(Base):
    """A team of handlers."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Person(Base):
    """A member of staff. The national number is kept masked everywhere but in the payroll's own outputs."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    employee_number: Mapped[str] = mapped_column(Text, unique=True)
    national_number: Mapped[str | None] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    statute: Mapped[str] = mapped_column(String(20))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    iban: Mapped[str | None] = mapped_column(String(34))
    active: Mapped[bool] = mapped_column(default=True)
    shortcuts: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def name(self) -> str:
        """First and last name, as people write it."""
        return f"{self.first_name} {self.last_name}"


class PersonRole(Base):
    """One role of one person."""

    __tablename__ = "person_roles"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class EmailAddress(Base):
    """An address a person writes from; lower case, and theirs alone."""

    __tablename__ = "email_addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str] = mapped_column(Text, unique=True)
    is_primary: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CodePurpose(StrEnum):
    """What a mailed code is for; a code for one thing is worth nothing for another."""

    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    ADDRESS = "address"


class SignInCode(Base):
    """A six-digit code that was mailed: kept as a keyed hash, used once, for ten minutes, in the browser that asked."""

    __tablename__ = "sign_in_codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(Text, index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(20), default=CodePurpose.SIGN_IN, server_default=CodePurpose.SIGN_IN)
    browser: Mapped[str] = mapped_column(String(64), default="", server_default="")
    known_device: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)


class WebSession(Base):
    """A browser that signed in. Only the hash of its cookie is kept.

    `level` is what was proven, `way` how, and `proved_at` when last: a step-up renews all three.
    """

    __tablename__ = "web_sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    level: Mapped[int] = mapped_column(default=int(Level.LOW), server_default="1")
    way: Mapped[str] = mapped_column(String(20), default="mail_code", server_default="mail_code")
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("csrf_token"),)


@dataclass(frozen=True)
class Actor:
    """Who does something: a person with their roles, or the desk itself.

    `acts_for` is the name of the one whose deputy they are in this. `serves` holds the organisations whose staff
    they may file for and follow, as local HR. `shortcuts` says that pages listen to single keys.
    """

    person_id: int | None
    name: str
    language: str = "nl"
    roles: frozenset[Role] = field(default_factory=frozenset)
    organisation_id: int | None = None
    acts_for: str = ""
    serves: frozenset[int] = field(default_factory=frozenset)
    shortcuts: bool = False

    def has(self, *roles: Role) -> bool:
        """Return whether this actor holds any of these roles."""
        return not self.roles.isdisjoint(roles)


THE_DESK = Actor(person_id=None, name="Balie")
