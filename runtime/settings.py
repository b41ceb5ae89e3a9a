"""Reads the settings, once, from the environment and `balie.toml`; nothing else in the house looks there."""

import difflib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Self, get_args, get_type_hints
from urllib.parse import urlsplit

PREFIX = "BALIE_"
FILE = "balie.toml"
FEWEST_ACCEPTANCE_DAYS = 5  # two reminders, each on a day of its own, and a day to react to the second
SECRET = re.compile(r"secret|password|token|_key$|^key$")
PASSWORD = re.compile(r"(://[^/@:]*:)[^@/]*(@)")
HIDDEN = "••••••"
SHORTEST_TOKEN = 16
GO_TOGETHER = {
    "Teams": ("teams_app_id", "teams_app_secret", "teams_tenant"),
    "Slack": ("slack_signing_secret", "slack_bot_token"),
    "Matrix": ("matrix_homeserver", "matrix_user", "matrix_token"),
}
LONGEST_LOCAL_PART = 23  # reply addresses add 41 to it, and 64 is the most that RFC 5321 allows


class SettingsError(Exception):
    """A setting cannot be used."""


class Networks(tuple[IPv4Network | IPv6Network, ...]):
    """Addresses and networks, written with blanks or commas between them."""

    __slots__ = ()

    def __new__(cls, written: str | Sequence[str]) -> Self:
        """Read them. Raises `ValueError` for what is neither an address nor a network."""
        names = written.replace(",", " ").split() if isinstance(written, str) else written
        return super().__new__(cls, map(ip_network, names))


NOWHERE = Networks("")
THIS_MACHINE = Networks("127.0.0.0/8 ::1")


@dataclass(frozen=True)
class Settings:
    """Every setting, with the default that needs no service at all; `docs/settings.md` explains each."""

    data_dir: Path = Path("var")
    database_url: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 2525
    smtp_size_limit: int = 35 * 1024 * 1024
    smtp_tls_certificate: Path | None = None
    smtp_tls_key: Path | None = None
    smtp_tls_required: bool = False
    smtp_proxy_peers: Networks = NOWHERE
    mailbox_url: str = ""
    mailbox_password: str = field(default="", repr=False)
    mailbox_move_to: str = ""
    mailbox_ca_file: Path | None = None
    mailbox_poll_seconds: float = 60.0
    authserv_id: str = ""
    authserv_peers: Networks = THIS_MACHINE
    sender_check: bool = False
    dns_server: str = ""
    dkim_key: Path | None = None
    dkim_selector: str = ""
    dkim_domain: str = ""
    clamd: str = ""
    relay_url: str = ""
    relay_tls_required: bool = False
    relay_ca_file: Path | None = None
    public_url: str = ""
    desk_address: str = "hr@balie.example"
    secret_key: str = ""
    session_idle_minutes: int = 20
    http_proxy_peers: Networks = NOWHERE
    sign_in_ways: str = "eid itsme password_mail password_app password_token home mail_code"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_signing_key: Path | None = None
    oidc_encryption_key: Path | None = None
    oidc_scopes: str = "openid profile"
    oidc_national_number_claim: str = "egovNRN"
    oidc_eid_acr: str = ""
    oidc_itsme_acr: str = ""
    home_oidc_issuer: str = ""
    home_oidc_client_id: str = ""
    home_oidc_client_secret: str = ""
    home_oidc_name: str = ""
    home_oidc_employee_number_claim: str = "employee_number"
    acceptance_days: int = 10
    reopen_days: int = 10
    draft_days: int = 30
    chat_wait_minutes: int = 15
    chat_embed_origins: str = ""
    rasa_url: str = ""
    rasa_token: str = ""
    teams_app_id: str = ""
    teams_app_secret: str = ""
    teams_tenant: str = ""
    slack_signing_secret: str = ""
    slack_bot_token: str = ""
    matrix_homeserver: str = ""
    matrix_user: str = ""
    matrix_token: str = ""
    assignment_rules: Path | None = None
    other_services: Path | None = None
    former_addresses: Path | None = None
    self_service_url: str = ""
    expenses_url: str = ""
    outbox_poll_seconds: float = 1.0
    intake_poll_seconds: float = 1.0
    payroll_handover_seconds: float = 60.0
    payroll_daily_seconds: float = 86_400.0
    law_folder: Path | None = None
    webhook_networks: Networks = NOWHERE
    demo_today: date | None = None

    @property
    def development_mailbox(self) -> Path | None:
        """The Maildir that takes the place of a relay, when none is named."""
        return None if self.relay_url else self.data_dir / "mailbox"

    @property
    def attachments_dir(self) -> Path:
        """Where the bytes of files are kept."""
        return self.data_dir / "files"


def read_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the settings from `balie.toml` in a folder and from the environment, which wins.

    Raises `SettingsError` for a key that is unknown (naming the nearest known one) or a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    known = {each.name for each in fields(Settings)}
    values = _from_file((folder or Path.cwd()) / FILE, known)
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower()
            _require_known(key, known, variable, PREFIX + "{}")
            values[key] = value
    return _complete(Settings(**{key: _convert(key, value) for key, value in values.items()}))


def sources(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> dict[str, str]:
    """Return for each setting where its value comes from: `environment`, `file` or `default`."""
    environment = os.environ if environment is None else environment
    known = {field.name for field in fields(Settings)}
    in_file = _from_file((folder or Path.cwd()) / FILE, known)
    named = {variable.removeprefix(PREFIX).lower() for variable in environment if variable.startswith(PREFIX)}
    return {name: "environment" if name in named else "file" if name in in_file else "default" for name in known}


def shown(settings: Settings) -> dict[str, str]:
    """Return each setting as it may be shown: secrets, and passwords within addresses, are hidden."""
    return {field.name: _shown(field.name, getattr(settings, field.name)) for field in fields(Settings)}


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    if SECRET.search(name) and not isinstance(value, Path):
        return HIDDEN
    return PASSWORD.sub(rf"\1{HIDDEN}\2", str(value))


def _from_file(path: Path, known: set[str]) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    values = {}
    for written, value in content.items():
        key = written.lower().removeprefix(PREFIX.lower())
        _require_known(key, known, f"{written} in {path}", "{}")
        values[key] = value
    return values


def _require_known(key: str, known: set[str], written: str, shape: str) -> None:
    if key in known:
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
    nearest = shape.format(near.upper() if shape.startswith(PREFIX) else near)
    raise SettingsError(f"unknown setting {written}; did you mean {nearest}?")


def _convert(key: str, value: Any) -> Any:
    """Turn what was written into the type of the setting."""
    kind = get_type_hints(Settings)[key]
    kind = next((part for part in get_args(kind) if part is not type(None)), kind)
    try:
        if kind is bool:
            return _convert_bool(value)
        if kind is date:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        return kind(value)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{key.upper()} cannot be {value!r}: {error}") from error


def _convert_bool(value: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in known:
        raise ValueError("true or false is needed")
    return known[str(value).lower()]


def _complete(settings: Settings) -> Settings:
    """Fill in what follows from other settings, and refuse what cannot work."""
    data_dir = settings.data_dir.expanduser().resolve()
    local, at, domain = settings.desk_address.rpartition("@")
    if not (local and at and "." in domain) or "+" in local or len(local) > LONGEST_LOCAL_PART:
        raise SettingsError(
            f"{PREFIX}DESK_ADDRESS cannot be {settings.desk_address!r}: an address such as hr@balie.example is needed, "
            f"with at most {LONGEST_LOCAL_PART} characters before the @"
        )
    _check_relay(settings)
    if settings.clamd and not (settings.clamd.startswith("/") or settings.clamd.rpartition(":")[2].isdecimal()):
        raise SettingsError(f"{PREFIX}CLAMD cannot be {settings.clamd!r}: host:port or the path of a socket is needed")
    if (settings.smtp_tls_certificate is None) != (settings.smtp_tls_key is None):
        raise SettingsError(f"{PREFIX}SMTP_TLS_CERTIFICATE and {PREFIX}SMTP_TLS_KEY go together: name both or neither")
    if settings.smtp_tls_required and settings.smtp_tls_certificate is None:
        raise SettingsError(f"{PREFIX}SMTP_TLS_REQUIRED needs {PREFIX}SMTP_TLS_CERTIFICATE and {PREFIX}SMTP_TLS_KEY")
    _check_portal(settings)
    for name, least in (("acceptance_days", FEWEST_ACCEPTANCE_DAYS), ("reopen_days", 1)):
        if getattr(settings, name) < least:
            raise SettingsError(
                f"{PREFIX}{name.upper()} cannot be {getattr(settings, name)}: at least {least} is needed"
            )
    _require_dkim(settings, domain)
    _check_mailbox(settings)
    values = {each.name: getattr(settings, each.name) for each in fields(Settings)}
    return Settings(
        **values
        | {
            "data_dir": data_dir,
            "desk_address": settings.desk_address.lower(),
            "dns_server": _server_with_port(settings.dns_server),
            "dkim_domain": (settings.dkim_domain or domain).lower(),
            "database_url": _database_url(settings.database_url, data_dir),
            "public_url": settings.public_url or f"http://{settings.http_host}:{settings.http_port}",
        }
    )


def _check_relay(settings: Settings) -> None:
    """Refuse a relay that cannot be one, and what says how to trust a relay that is not there."""
    relay = urlsplit(settings.relay_url)
    if settings.relay_url and (relay.scheme != "smtp" or not relay.hostname):
        raise SettingsError(f"{PREFIX}RELAY_URL cannot be {settings.relay_url!r}: smtp://host:port is needed")
    if settings.relay_tls_required and not settings.relay_url:
        raise SettingsError(f"{PREFIX}RELAY_TLS_REQUIRED needs {PREFIX}RELAY_URL")
    authority = settings.relay_ca_file
    if authority is not None and not (settings.relay_tls_required and authority.is_file()):
        raise SettingsError(f"{PREFIX}RELAY_CA_FILE must name a file, together with {PREFIX}RELAY_TLS_REQUIRED")


def _require_dkim(settings: Settings, desk_domain: str) -> None:
    """Refuse half a DKIM signature, or one by a domain that does not speak for the desk's address."""
    if (settings.dkim_key is None) != (not settings.dkim_selector):
        raise SettingsError(f"{PREFIX}DKIM_KEY and {PREFIX}DKIM_SELECTOR go together: name both or neither")
    if not re.fullmatch(r"[A-Za-z0-9.-]*", settings.dkim_selector):
        raise SettingsError(
            f"{PREFIX}DKIM_SELECTOR cannot be {settings.dkim_selector!r}: a name such as balie1 is needed"
        )
    signing = (settings.dkim_domain or desk_domain).lower()
    if not f".{desk_domain.lower()}".endswith(f".{signing}"):
        raise SettingsError(
            f"{PREFIX}DKIM_DOMAIN cannot be {settings.dkim_domain!r}: "
            f"it must be {desk_domain} or a domain above it, or else no receiver counts the signature"
        )


def _server_with_port(written: str) -> str:
    """Return a name server as address#port, with the usual port if none is written."""
    if not written:
        return ""
    address, _, port = written.partition("#")
    try:
        return f"{ip_address(address)}#{int(port or 53)}"
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}DNS_SERVER cannot be {written!r}: an address such as 192.0.2.53 or 127.0.0.1#5353 is needed"
        ) from error


def _check_mailbox(settings: Settings) -> None:
    url = urlsplit(settings.mailbox_url)
    if not settings.mailbox_url:
        return
    if url.scheme not in {"imaps", "imap"} or not url.hostname or not url.username or url.password:
        raise SettingsError(
            f"{PREFIX}MAILBOX_URL cannot be {settings.mailbox_url!r}: imaps://user@host/INBOX is needed, "
            f"with the password in {PREFIX}MAILBOX_PASSWORD"
        )
    if url.scheme == "imap" and url.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise SettingsError(f"{PREFIX}MAILBOX_URL cannot be imap: beyond this machine imaps is needed")
    if not settings.mailbox_password:
        raise SettingsError(f"{PREFIX}MAILBOX_URL needs {PREFIX}MAILBOX_PASSWORD")


def _check_portal(settings: Settings) -> None:
    """Refuse what the pages of employees cannot work with."""
    for key in ("self_service_url", "expenses_url", "rasa_url", "matrix_homeserver"):
        url = urlsplit(getattr(settings, key))
        if getattr(settings, key) and (url.scheme not in {"http", "https"} or not url.hostname):
            raise SettingsError(
                f"{PREFIX}{key.upper()} cannot be {getattr(settings, key)!r}: an address that begins with https:// "
                "is needed"
            )
    for origin in settings.chat_embed_origins.split():
        if not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?", origin):
            raise SettingsError(
                f"{PREFIX}CHAT_EMBED_ORIGINS cannot be {origin!r}: origins such as https://intranet.example are needed"
            )
    if settings.rasa_url and len(settings.rasa_token) < SHORTEST_TOKEN:
        raise SettingsError(
            f"{PREFIX}RASA_URL needs {PREFIX}RASA_TOKEN: at least {SHORTEST_TOKEN} characters that nobody can guess"
        )
    _check_outside(settings)
    if settings.chat_wait_minutes < 1:
        raise SettingsError(
            f"{PREFIX}CHAT_WAIT_MINUTES cannot be {settings.chat_wait_minutes}: at least one minute is needed"
        )
    if settings.draft_days < 1:
        raise SettingsError(f"{PREFIX}DRAFT_DAYS cannot be {settings.draft_days}: at least one day is needed")


def _check_outside(settings: Settings) -> None:
    """Refuse half of what another service needs for people to write from there."""
    if settings.matrix_user and not re.fullmatch(r"@[^:\s]+:\S+", settings.matrix_user):
        raise SettingsError(
            f"{PREFIX}MATRIX_USER cannot be {settings.matrix_user!r}: an account such as @balie:chat.example is needed"
        )
    for service, keys in GO_TOGETHER.items():
        if len({bool(getattr(settings, key)) for key in keys}) > 1:
            named = ", ".join(f"{PREFIX}{key.upper()}" for key in keys)
            raise SettingsError(f"{service} needs all of {named}, or none of them")


def _database_url(url: str, data_dir: Path) -> str:
    """Return the database's address with the one driver that is used for it."""
    if not url:
        return f"sqlite+aiosqlite:///{data_dir / 'balie.db'}"
    scheme, colon, rest = url.partition("://")
    backend = scheme.partition("+")[0]
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    if not colon or backend not in drivers:
        raise SettingsError(f"{PREFIX}DATABASE_URL must begin with sqlite:/// or postgresql://")
    return f"{drivers[backend]}://{rest}"


def secret_key(settings: Settings) -> bytes:
    """Return the key that signatures are made with; without a setting it is drawn once and kept in the data folder."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir / "secret_key"
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process drew one first, and everybody uses that
        finally:
            fresh.unlink()
    return path.read_text().strip().encode()
