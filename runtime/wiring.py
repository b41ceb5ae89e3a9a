"""Puts the house together from its settings: the only place that knows every part."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from casework.administration.settings_in_force import SettingInForce
from casework.assignment import rules
from casework.assignment.rules import Rules
from casework.attachments.storage import FolderStorage
from casework.catalogue.errors import CatalogueError
from casework.catalogue.models import Catalogue
from casework.catalogue.service import load_catalogue
from casework.clock import Clock, ShiftedClock, SystemClock
from casework.db import Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules
from casework.portal import former_addresses
from casework.portal.former_addresses import FormerAddress
from casework.referral import directory
from casework.referral.directory import Directory
from casework.settings import AcceptanceRules, DeskSettings
from mail_gateway.inbound.clamd import Clamd
from mail_gateway.inbound.name_servers import NameServers
from mail_gateway.inbound.sender_check import SenderChecker
from mail_gateway.outbound.signing import DkimKey, read_key
from mail_gateway.settings import MailboxSettings, MailSettings
from payroll.effects import checking, declared
from payroll.engine import own_law, parameters
from payroll.engine.parameters import ParameterSet
from payroll.errors import PayrollError
from payroll.settings import PayrollSettings
from runtime.settings import PREFIX, Settings, SettingsError, secret_key, shown, sources

DEMO_MARK = "demo-data"
WEB_SCAN_SECONDS = 20.0  # for one file, while somebody waits for the page


@dataclass(frozen=True)
class House:
    """The parts that commands and the service share."""

    settings: Settings
    database: Database
    desk: Desk
    sign_in: SignInRules
    assignment: Rules | None = None

    @property
    def clock(self) -> Clock:
        """The clock that the whole house goes by."""
        return self.desk.clock


def build(settings: Settings, clock: Clock | None = None) -> House:
    """Build the parts; nothing is opened or started yet."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key = secret_key(settings)
    desk_settings = DeskSettings(
        desk_address=settings.desk_address,
        public_url=settings.public_url,
        secret_key=key,
        session_idle_minutes=settings.session_idle_minutes,
        proxies=settings.http_proxy_peers,
        acceptance=AcceptanceRules(close_after=settings.acceptance_days, reopen_within=settings.reopen_days),
        draft_days=settings.draft_days,
        self_service_url=settings.self_service_url,
        expenses_url=settings.expenses_url,
    )
    catalogue = load_catalogue()
    checking.check(declared.packaged(), catalogue)
    if settings.law_folder is not None:
        _law(settings.law_folder)
    desk = Desk(
        settings=desk_settings,
        clock=clock or _clock(settings),
        catalogue=catalogue,
        storage=FolderStorage(settings.attachments_dir),
        scanner=Clamd(settings.clamd, WEB_SCAN_SECONDS) if settings.clamd else None,
        directory=_directory(settings.other_services),
    )
    return House(
        settings=settings,
        database=Database(settings.database_url),
        desk=desk,
        sign_in=SignInRules(
            key=key,
            idle=timedelta(minutes=settings.session_idle_minutes),
            behind=timedelta() if clock else SystemClock().now() - desk.clock.now(),
        ),
        assignment=_assignment(settings.assignment_rules, desk.catalogue),
    )


def _assignment(file: Path | None, catalogue: Catalogue) -> Rules | None:
    """Return the rules by which cases are given out, if there are any. Raises `SettingsError` with what is wrong."""
    if file is None:
        return None
    try:
        return rules.load(file.read_text("utf-8"), str(file), catalogue)
    except (OSError, UnicodeDecodeError, CatalogueError) as error:
        raise SettingsError(f"{PREFIX}ASSIGNMENT_RULES cannot be used: {error}") from error


def _directory(file: Path | None) -> Directory:
    """Return the directory of other services. Raises `SettingsError` with what is wrong."""
    if file is None:
        return directory.packaged()
    try:
        return directory.load(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError, CatalogueError) as error:
        raise SettingsError(f"{PREFIX}OTHER_SERVICES cannot be used: {error}") from error


def read_former_addresses(file: Path | None) -> tuple[FormerAddress, ...]:
    """Return the addresses of the system before this one. Raises `SettingsError` with what is wrong."""
    if file is None:
        return ()
    try:
        return former_addresses.load(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError, CatalogueError) as error:
        raise SettingsError(f"{PREFIX}FORMER_ADDRESSES cannot be used: {error}") from error


def _clock(settings: Settings) -> Clock:
    """Return the machine's clock, or on demo data one that stands on the demo's day at this hour."""
    day = settings.demo_today or demo_day(settings)
    if day is None:
        return SystemClock()
    return ShiftedClock(datetime.combine(day, datetime.now(UTC).timetz()))


def demo_day(settings: Settings) -> date | None:
    """Return the day on which the data stands, if it is demo data."""
    mark = settings.data_dir / DEMO_MARK
    return date.fromisoformat(mark.read_text().strip()) if mark.exists() else None


def settings_in_force(settings: Settings) -> list[SettingInForce]:
    """Return each setting as admins are shown it, with where it came from."""
    came_from = sources()
    return [SettingInForce(name.upper(), value, came_from[name]) for name, value in shown(settings).items()]


def mail_settings(house: House) -> MailSettings:
    """Return what the mail gateway must be told."""
    settings = house.settings
    return MailSettings(
        desk_address=settings.desk_address,
        secret_key=house.desk.settings.secret_key,
        maildir=settings.data_dir / "mailbox",
        relay_url=settings.relay_url or None,
        relay_tls_required=settings.relay_tls_required,
        relay_ca_file=settings.relay_ca_file,
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port,
        size_limit=settings.smtp_size_limit,
        tls_certificate=settings.smtp_tls_certificate,
        tls_key=settings.smtp_tls_key,
        tls_required=settings.smtp_tls_required,
        proxy_peers=settings.smtp_proxy_peers,
        authserv_id=settings.authserv_id,
        authserv_peers=settings.authserv_peers,
        sender_check=settings.sender_check,
        dns_server=_dns_server(settings.dns_server),
        dkim_key=settings.dkim_key,
        dkim_selector=settings.dkim_selector,
        dkim_domain=settings.dkim_domain,
        mailbox=_mailbox(settings),
        clamd=settings.clamd,
        intake_poll_seconds=settings.intake_poll_seconds,
        outbox_poll_seconds=settings.outbox_poll_seconds,
    )


def _dns_server(written: str) -> tuple[str, int] | None:
    address, _, port = written.partition("#")
    return (address, int(port)) if written else None


def sender_checker(settings: MailSettings) -> SenderChecker | None:
    """Return what finds out who sent a mail, if that is asked for; nothing is looked up before the first mail."""
    if not settings.sender_check:
        return None
    return SenderChecker(NameServers(settings.dns_server), settings.own_addresses, settings.authserv_peers)


def dkim_key(settings: MailSettings) -> DkimKey | None:
    """Return the key that our mails are signed with, if one is configured. Raises `KeyUnusable`."""
    if settings.dkim_key is None:
        return None
    return read_key(settings.dkim_key, selector=settings.dkim_selector, domain=settings.dkim_domain)


def _mailbox(settings: Settings) -> MailboxSettings | None:
    url = urlsplit(settings.mailbox_url)
    if not settings.mailbox_url:
        return None
    encrypted = url.scheme == "imaps"
    return MailboxSettings(
        host=url.hostname or "",
        port=url.port or (993 if encrypted else 143),
        user=unquote(url.username or ""),
        password=settings.mailbox_password,
        folder=unquote(url.path.strip("/")) or "INBOX",
        move_to=settings.mailbox_move_to,
        tls=encrypted,
        ca_file=settings.mailbox_ca_file,
        poll_seconds=settings.mailbox_poll_seconds,
    )


def payroll_law(house: House) -> ParameterSet:
    """Return the law that payroll calculates with. Raises `SettingsError` with what is wrong in the folder."""
    return _law(house.settings.law_folder)


@cache
def _law(folder: Path | None) -> ParameterSet:
    if folder is None:
        return parameters.packaged()
    try:
        return own_law.read(folder)
    except PayrollError as error:
        raise SettingsError(f"{PREFIX}LAW_FOLDER cannot be used: {error}") from error


def payroll_settings(house: House) -> PayrollSettings:
    """Return what payroll must be told."""
    return PayrollSettings(
        calculation_every=timedelta(seconds=house.settings.payroll_daily_seconds),
        fan_out=not house.database.is_sqlite,
    )
