"""The keys that people hold, as the desk keeps them: hashed, or encrypted where a secret has to be read again."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime
from casework.people.models import Level


class Way(StrEnum):
    """A way to sign in: the five of the federal sign-in page, an organisation's own provider, and a code by mail."""

    EID = "eid"
    ITSME = "itsme"
    PASSWORD_MAIL = "password_mail"  # noqa: S105 -- names of ways, not secrets
    PASSWORD_APP = "password_app"  # noqa: S105
    PASSWORD_TOKEN = "password_token"  # noqa: S105
    HOME = "home"
    MAIL_CODE = "mail_code"

    @property
    def level(self) -> Level:
        """How much this way proves."""
        if self in {Way.EID, Way.ITSME}:
            return Level.HIGH
        return Level.LOW if self is Way.MAIL_CODE else Level.SUBSTANTIAL


PASSWORD_WAYS = frozenset({Way.PASSWORD_MAIL, Way.PASSWORD_APP, Way.PASSWORD_TOKEN})
PROVIDER_WAYS = frozenset({Way.EID, Way.ITSME, Way.HOME})


class WayOff(Base):
    """A way to sign in that one organisation does not want for its people."""

    __tablename__ = "sign_in_ways_off"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    way: Mapped[str] = mapped_column(String(20), primary_key=True)


class Password(Base):
    """The password of one person, as argon2id writes it."""

    __tablename__ = "passwords"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AppKey(Base):
    """The secret that a person's app makes codes from, encrypted; it counts once a first code confirmed it.

    `last_step` is the thirty-second step of the last code that was used: that code and older ones are worth nothing.
    """

    __tablename__ = "app_keys"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TokenCode(Base):
    """One code of a person's list on paper; the desk asks for it by its place."""

    __tablename__ = "token_codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    place: Mapped[int]
    code_hash: Mapped[str] = mapped_column(String(64))
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("person_id", "place"),)


class ExternalIdentity(Base):
    """Who a provider means: its own name for a person, kept as a keyed hash, and our person."""

    __tablename__ = "external_identities"
    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(Text)
    subject_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("issuer", "subject_hash"),)


class PendingProof(Base):
    """Somebody between the first and the second step of signing in: a password was given, a code has to follow.

    `person_id` is empty where the password was wrong: the second step looks the same, and leads nowhere.
    """

    __tablename__ = "pending_proofs"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    browser: Mapped[str] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProviderVisit(Base):
    """A browser that was sent to a provider, and what its answer has to bring back; good for one answer."""

    __tablename__ = "provider_visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[str] = mapped_column(String(20))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    onward: Mapped[str] = mapped_column(Text)
    browser: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("web_sessions.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProviderSession(Base):
    """The provider at which the person of a session is signed in too, with the token that signs them out there.

    The token holds what the provider knows of somebody: it is kept sealed, and no longer than the session.
    """

    __tablename__ = "provider_sessions"
    session_id: Mapped[int] = mapped_column(ForeignKey("web_sessions.id"), primary_key=True)
    way: Mapped[str] = mapped_column(String(20))
    sealed_token: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FailedProof(Base):
    """A password or code that was wrong, counted for an account and for the kind of browser it came from."""

    __tablename__ = "failed_proofs"
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
