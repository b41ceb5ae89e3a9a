"""Holds the declared effects against the catalogue at start-up, so that a typing error is not found on pay day."""

from collections.abc import Sequence

from casework.catalogue.errors import CatalogueError
from casework.catalogue.models import CHOICES, Catalogue, FieldType, Form
from payroll.effects.declared import FILE, NO_EFFECT, DeclaredFact, Effects

BEGINNINGS = frozenset({FieldType.DATE, FieldType.MONTH})
PEOPLE = frozenset({FieldType.PERSON, FieldType.PERSON_NEW})


def check(effects: Effects, catalogue: Catalogue, file: str = FILE) -> None:
    """Refuse effects that do not fit the catalogue.

    Raises CatalogueError, with the file, the line and the reason: for a form without a declaration that touches pay,
    a declaration of a form that is unknown or does not, and fields and options that the form does not have.
    """
    for effect in effects.values():
        form = catalogue.form(effect.form)
        if form is None:
            raise CatalogueError(file, effect.line, f"the catalogue has no form {effect.form!r}")
        if form.payroll.kind in NO_EFFECT:
            reason = f"the catalogue says that the form {form.key!r} does not touch pay ({form.payroll.kind})"
            raise CatalogueError(file, effect.line, reason)
        for fact in effect.facts:
            _check_fact(fact, form, file)
    lacking = [form.key for form in catalogue.forms if form.payroll.kind not in NO_EFFECT and form.key not in effects]
    if lacking:
        raise CatalogueError(file, 1, f"no facts are declared for {', '.join(lacking)}, whose cases touch pay")


def _check_fact(fact: DeclaredFact, form: Form, file: str) -> None:
    named = (("from", fact.from_field, BEGINNINGS), ("to", fact.to_field, BEGINNINGS), ("about", fact.about, PEOPLE))
    for word, name, types in named:
        if name is not None:
            _require_field(fact, form, name, file, word, types)
    for source in fact.values.values():
        _require_field(fact, form, source, file, "values")
    for condition in fact.conditions:
        _require_field(fact, form, condition.field, file, "when", CHOICES)
        _require_options(fact, form, condition.field, condition.options, file)


def _require_field(
    fact: DeclaredFact, form: Form, name: str, file: str, word: str, types: frozenset[FieldType] | None = None
) -> None:
    field = form.field(name)
    if field is None:
        known = ", ".join(one.key for one in form.fields)
        raise CatalogueError(file, fact.line, f"{word}: the form {form.key!r} has no field {name!r}; it has {known}")
    if types is not None and field.type not in types:
        wanted = " or ".join(sorted(types))
        raise CatalogueError(file, fact.line, f"{word}: the field {name!r} of {form.key!r} is no {wanted}")


def _require_options(fact: DeclaredFact, form: Form, name: str, options: Sequence[str], file: str) -> None:
    field = form.field(name)
    for option in options:
        if field is None or field.option(option) is None:
            raise CatalogueError(file, fact.line, f"the field {name!r} of {form.key!r} has no option {option!r}")
