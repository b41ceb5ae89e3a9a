"""Puts the house together from its settings: the only place that knows every part."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from casework.administration.settings_in_force import SettingInForce
from casework.attachments.storage import FolderStorage
from casework.catalogue.service import load_catalogue
from casework.clock import Clock, ShiftedClock, SystemClock
from casework.db import Database
from casework.desk import Desk
from casework.people.sign_in import SignInRules
from casework.settings import DeskSettings
from mail_gateway.settings import MailSettings
from payroll.settings import PayrollSettings
from runtime.settings import Settings, secret_key, shown, sources

DEMO_MARK = "demo-data"


@dataclass(frozen=True)
class House:
    """The parts that commands and the service share."""

    settings: Settings
    database: Database
    desk: Desk
    sign_in: SignInRules

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
    )
    desk = Desk(
        settings=desk_settings,
        clock=clock or _clock(settings),
        catalogue=load_catalogue(),
        storage=FolderStorage(settings.attachments_dir),
    )
    return House(
        settings=settings,
        database=Database(settings.database_url),
        desk=desk,
        sign_in=SignInRules(key=key, idle=timedelta(minutes=settings.session_idle_minutes)),
    )


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
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port,
        size_limit=settings.smtp_size_limit,
        tls_certificate=settings.smtp_tls_certificate,
        tls_key=settings.smtp_tls_key,
        tls_required=settings.smtp_tls_required,
        proxy_peers=settings.smtp_proxy_peers,
        authserv_id=settings.authserv_id,
        authserv_peers=settings.authserv_peers,
        clamd=settings.clamd,
        intake_poll_seconds=settings.intake_poll_seconds,
        outbox_poll_seconds=settings.outbox_poll_seconds,
    )


def payroll_settings(house: House) -> PayrollSettings:
    """Return what payroll must be told."""
    return PayrollSettings(
        calculation_every=timedelta(seconds=house.settings.payroll_daily_seconds),
    )
