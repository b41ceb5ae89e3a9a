"""Brings demo people, their pay facts and a few cases in, once, so that the first screen is not empty."""

from importlib.resources import files

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import replies
from casework.cases import service as cases
from casework.clock import local_date
from casework.desk import Desk
from casework.digital_keys import app_codes, passwords
from casework.errors import CaseworkError
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people import importing, store
from casework.people.models import Actor
from payroll.employers import importing as employers
from payroll.facts import importing as pay_facts
from runtime.settings import Settings, SettingsError
from runtime.wiring import DEMO_MARK, House, demo_day

REQUESTS = (
    ("an.peeters@health.example", "Verlof", "Hoeveel vakantiedagen heb ik nog dit jaar?"),
    ("luc.martin@health.example", "Fiche fiscale", "Où puis-je trouver ma fiche fiscale de l'année passée ?"),
    ("greta.vogel@justice.example", "Telearbeit", "Welche Unterlagen brauchen Sie für eine Telearbeitsvereinbarung?"),
    (
        "eve.harper@justice.example",
        "Commuting",
        "Since September I come to work by bicycle. What do I have to send you?",
    ),
)
REPLIES = {
    "luc.martin@health.example": "#mine\nVous la trouverez dans votre dossier personnel, sous Documents.",
    "greta.vogel@justice.example": "#mine\n#info\nArbeiten Sie regelmäßig oder gelegentlich von zu Hause?",
}
WITH_KEYS = "an.peeters@health.example"
PASSWORD = "drie fietsen in de regen"  # noqa: S105 -- of an invented person, on demo data, and told in the welcome
APP_SECRET = "BALIEDEMO234567ABCDEFGHIJKLMNOPQ"  # noqa: S105 -- idem
HANDLER = "hanne.claes@balie.example"


def packaged(name: str) -> str:
    """Return a file of the demo."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def require_demo_data(settings: Settings) -> None:
    """Refuse a chosen day on data that is not demo data. Raises `SettingsError`."""
    if settings.demo_today is not None and demo_day(settings) is None:
        raise SettingsError(
            f"BALIE_DEMO_TODAY is for demo data only and {settings.data_dir} holds none; "
            "unset it, or begin with `balie serve --demo`"
        )


async def seed(house: House) -> bool:
    """Bring the demo in, unless it is there already; return whether it was brought."""
    if demo_day(house.settings) is not None:
        return False
    rows, problems = importing.read_people(packaged("people.csv"))
    if problems:
        raise CaseworkError(f"the demo people cannot be read: {problems}")
    facts, problems = pay_facts.read_facts(packaged("pay_facts.csv"))
    if problems:
        raise CaseworkError(f"the demo's pay facts cannot be read: {problems}")
    async with house.database.transaction() as session:
        await importing.import_people(session, rows, house.clock.now())
        await pay_facts.import_facts(session, house.clock, facts, "demo")
        await employers.import_employers(session, packaged("employers.csv"))
        for address, subject, text in REQUESTS:
            await _open_case(session, house.desk, address, subject, text)
        await _give_keys(session, house)
    (house.settings.data_dir / DEMO_MARK).write_text(f"{local_date(house.clock.now())}\n")
    return True


async def _give_keys(session: AsyncSession, house: House) -> None:
    """Give one person a password and an app, as the welcome says."""
    actor, now = await _actor(session, WITH_KEYS), house.clock.now()
    person_id = actor.person_id or 0
    await passwords.set_password(session, person_id, PASSWORD, now)
    await app_codes.keep(session, house.sign_in.key, person_id, APP_SECRET, now, confirmed=True)


async def _open_case(session: AsyncSession, desk: Desk, address: str, subject: str, text: str) -> None:
    request = cases.Request(subject=subject, words=Words(text=text, channel=Channel.WEB))
    case = await cases.open_case(session, desk, await _actor(session, address), request)
    if address in REPLIES:
        words = Words(text=REPLIES[address], channel=Channel.WEB)
        await replies.apply_reply(session, desk, case, await _actor(session, HANDLER), words)


async def _actor(session: AsyncSession, address: str) -> Actor:
    person = await store.person_by_address(session, address)
    if person is None:
        raise CaseworkError(f"the demo person {address} is missing")
    return await store.actor(session, person.id)
