"""What a program looks up besides cases: who it is, the catalogue, and for admins the people."""

from casework.api.cases import page_of
from casework.api.operations import Call, Reply
from casework.api.showing import show_form, show_person
from casework.cases.permissions import Action, require
from casework.errors import InvalidInput, NotFound
from casework.people import finding
from casework.people.models import LANGUAGES, Person
from casework.portal.forms import forms_for, may_file


async def who_am_i(call: Call) -> Reply:
    """Say who the token acts as."""
    roles = sorted(role.value for role in call.actor.roles)
    return Reply({"name": call.actor.name, "roles": roles, "language": call.actor.language})


def _language(call: Call) -> str:
    wanted = call.query.get("language", call.actor.language)
    if wanted not in LANGUAGES:
        raise InvalidInput({"language": f"one of {', '.join(LANGUAGES)} is needed"})
    return wanted


async def list_forms(call: Call) -> Reply:
    """List the forms that the holder of the token may file."""
    language, catalogue = _language(call), call.desk.catalogue
    forms = [{"key": form.key, "label": form.label.in_(language)} for form in forms_for(catalogue, call.actor)]
    return Reply({"version": catalogue.version, "forms": forms})


async def get_form(call: Call) -> Reply:
    """Show a form with its fields and documents."""
    form = call.desk.catalogue.form(call.path["key"])
    if form is None or not may_file(form, call.actor):
        raise NotFound
    return Reply(show_form(form, _language(call)))


async def find_people(call: Call) -> Reply:
    """Look people up by name, address or employee number; for admins."""
    require(call.actor, Action.ADMINISTER)
    query = finding.listed(call.query.get("q", "").strip()[:100])
    before, limit = page_of(call)
    if before is not None:
        query = query.where(Person.id < before)
    found = (await call.session.execute(query.order_by(Person.id.desc()).limit(limit + 1))).all()
    onward = found[limit - 1][0].id if len(found) > limit else None
    shown = [show_person(person, address, organisation) for person, address, organisation in found[:limit]]
    return Reply({"people": shown, "next_before": onward})
