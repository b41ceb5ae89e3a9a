"""Builds the web application: the desk's own pages and those that the edges hand in, behind one set of checks."""

from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from casework.administration.section import SECTION as ADMINISTRATION
from casework.administration.settings_in_force import SETTINGS_IN_FORCE, SettingInForce
from casework.api.door import DOOR, Door, answer_programs
from casework.api.door import SECTION as PROGRAMS
from casework.db import Database
from casework.desk import Desk
from casework.digital_keys.offer import Offer
from casework.digital_keys.openid.endpoints import Endpoints
from casework.people.sign_in import SignInRules
from casework.portal import former_addresses
from casework.portal.finding import Finder
from casework.portal.former_addresses import FormerAddress
from casework.portal.habits import HABITS, Habits
from casework.portal.routes import SECTION
from casework.portal.shell.assets import Assets
from casework.portal.shell.bodies import LARGEST_BODY
from casework.portal.shell.csrf import refuse_forged
from casework.portal.shell.error_pages import show_errors
from casework.portal.shell.headers import security_headers
from casework.portal.shell.kept import give_back_files
from casework.portal.shell.keys import SHELL, Shell
from casework.portal.shell.machines import answer_machines
from casework.portal.shell.pages import build_templates
from casework.portal.shell.section import Section
from casework.portal.shell.sessions import recognise_visitor
from casework.portal.shell.wording import load_wording
from casework.portal.views import development_mailbox, live, provider_sign_in, search, sign_in

MIDDLEWARES = (answer_programs, answer_machines, show_errors, recognise_visitor, refuse_forged, give_back_files)


def create_app(
    *,
    database: Database,
    desk: Desk,
    rules: SignInRules,
    sections: Sequence[Section] = (),
    development_maildir: Path | None = None,
    offer: Offer | None = None,
    settings_in_force: Sequence[SettingInForce] = (),
    former: Sequence[FormerAddress] = (),
) -> web.Application:
    """Return the application, ready for an `AppRunner`; `settings_in_force` are what admins are shown.

    `sections` are the pages of the edges. With a `development_maildir` the mails that would have left are shown
    under `/development/mailbox`, to this machine alone. `offer` names the ways to sign in, and their providers.
    Whoever comes by a `former` address is led on.
    """
    every_section = (SECTION, ADMINISTRATION, PROGRAMS, *sections)
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=LARGEST_BODY)
    app[SHELL] = _build_shell(database, desk, rules, every_section)
    app[sign_in.BRAKES] = sign_in.new_brakes()
    app[sign_in.OFFER] = offer or Offer()
    app[provider_sign_in.ENDPOINTS] = Endpoints()
    app[search.FINDER] = Finder(desk.catalogue)
    app[HABITS] = Habits()
    app[live.CONNECTIONS] = live.Connections()
    app.on_shutdown.append(live.hang_up)
    app[DOOR] = Door()
    app[SETTINGS_IN_FORCE] = settings_in_force
    app.on_response_prepare.append(security_headers(https=desk.settings.public_url.startswith("https://")))
    app.add_routes([app[SHELL].assets.route()])
    for section in every_section:
        app.add_routes(section.routes)
    app.add_routes(former_addresses.routes(former))
    if development_maildir is not None:
        app[development_mailbox.MAILDIR] = development_maildir
        app.add_routes(development_mailbox.ROUTES)
    return app


def _build_shell(database: Database, desk: Desk, rules: SignInRules, sections: Sequence[Section]) -> Shell:
    assets = Assets()
    wording = load_wording(section.domain for section in sections)
    return Shell(
        database=database,
        desk=desk,
        rules=rules,
        assets=assets,
        wording=wording,
        templates=build_templates(wording, assets),
        panels=tuple(panel for section in sections for panel in section.panels),
        counters=tuple(counter for section in sections for counter in section.counters),
        links=tuple(link for section in sections for link in section.links),
        narrators={kind: tell for section in sections for kind, tell in section.narrators.items()},
    )
