"""What every page finds on the application: the desk, the database, the sentences, the templates and the panels."""

from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations

from aiohttp import web
from jinja2 import Environment

from casework.db import Database
from casework.desk import Desk
from casework.messages.models import EventKind
from casework.people.sign_in import SignInRules
from casework.portal.shell.assets import Assets
from casework.portal.shell.panels import Panel
from casework.portal.shell.section import Counter, Link, Narrator


@dataclass(frozen=True)
class Shell:
    """Everything that the pages share; built once by `casework.portal.app.create_app`."""

    database: Database
    desk: Desk
    rules: SignInRules
    assets: Assets
    wording: Mapping[str, NullTranslations]
    templates: Mapping[str, Environment]
    panels: tuple[Panel, ...]
    links: tuple[Link, ...]
    counters: tuple[Counter, ...]
    narrators: Mapping[EventKind, Narrator]


SHELL = web.AppKey("shell", Shell)


def shell(request: web.Request) -> Shell:
    """Return what the pages share."""
    return request.config_dict[SHELL]
