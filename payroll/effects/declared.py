"""Which fields of a form become which dated fact: read from `effects.yaml`, where nothing unknown gets through."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from casework.catalogue.models import Catalogue, Condition, EffectKind
from casework.catalogue.yaml_section import Section, read
from payroll.facts.kinds import KINDS
from payroll.facts.models import FactKind

NO_EFFECT = frozenset({EffectKind.NONE, EffectKind.SIMULATION_ONLY})
FILE = "effects.yaml"
STATING = ("to", "from_next_day", "values", "set", "otherwise", "officer", "officer_without")


@dataclass(frozen=True)
class DeclaredFact:
    """One fact that a form states, or with `ends` the kinds of facts that it states to hold no longer.

    `values` maps fields of the fact to fields of the form; `constants` and `otherwise` hold what the form need not
    say. `line` is where the declaration stands.
    """

    line: int
    kind: FactKind | None
    ends: tuple[FactKind, ...]
    from_field: str | None
    to_field: str | None
    from_next_day: bool
    values: Mapping[str, str]
    constants: Mapping[str, str]
    otherwise: Mapping[str, str]
    conditions: tuple[Condition, ...]
    about: str | None
    officer: bool
    officer_without: tuple[str, ...]

    def holds_for(self, answers: Mapping[str, object]) -> bool:
        """Return whether these answers state the fact."""
        return all(condition.holds_for(_text(answers.get(condition.field))) for condition in self.conditions)


@dataclass(frozen=True)
class FormEffect:
    """All the facts that a form can state."""

    form: str
    line: int
    facts: tuple[DeclaredFact, ...]


Effects = Mapping[str, FormEffect]


@cache
def packaged() -> Effects:
    """Return the effects of the catalogue that comes with the desk, by form."""
    return load(files(__package__).joinpath(FILE).read_text("utf-8"), FILE)


def load(content: str, file: str) -> Effects:
    """Read the declarations. Raises CatalogueError, with the file, the line and the reason, on what is not known."""
    top = read(content, file)
    top.allow("effects")
    found: dict[str, FormEffect] = {}
    for entry in top.sections("effects"):
        entry.allow("form", "facts")
        form = entry.text("form")
        if form in found:
            raise entry.error(f"the form {form!r} stands here twice", "form")
        facts = tuple(_fact(section) for section in entry.sections("facts"))
        if not facts:
            raise entry.error(f"the form {form!r} states no fact")
        found[form] = FormEffect(form, entry.line, facts)
    return found


def forms_without_effect(catalogue: Catalogue) -> list[str]:
    """Return the keys of the forms whose cases never touch pay."""
    return [form.key for form in catalogue.forms if form.payroll.kind in NO_EFFECT]


def effects_with_facts(catalogue: Catalogue, effects: Effects) -> list[str]:
    """Return the names of the effects of which some form has a declaration."""
    return sorted({form.payroll.kind.value for form in catalogue.forms if form.key in effects})


def _fact(section: Section) -> DeclaredFact:
    section.allow("fact", "ends", "from", "about", "when", "when_not", *STATING)
    if section.has("fact") == section.has("ends"):
        raise section.error("a declaration has either a 'fact' or a list of kinds that it 'ends'")
    if section.has("ends"):
        section.allow("ends", "from", "about", "when", "when_not")
    kind = section.member("fact", FactKind) if section.has("fact") else None
    values, constants, otherwise = (_texts(section, name) for name in ("values", "set", "otherwise"))
    if kind is not None:
        _check_fields(section, kind, values, constants, otherwise)
    return DeclaredFact(
        line=section.line,
        kind=kind,
        ends=section.members("ends", FactKind) if section.has("ends") else (),
        from_field=section.optional_text("from"),
        to_field=section.optional_text("to"),
        from_next_day=section.flag("from_next_day"),
        values=values,
        constants=constants,
        otherwise=otherwise,
        conditions=(*_conditions(section, "when"), *_conditions(section, "when_not")),
        about=section.optional_text("about"),
        officer=section.flag("officer"),
        officer_without=section.names("officer_without"),
    )


def _texts(section: Section, name: str) -> dict[str, str]:
    inner = section.optional_section(name)
    return {} if inner is None else {key: inner.text(key) for key in inner.own_keys()}


def _check_fields(section: Section, kind: FactKind, *stated: Mapping[str, str]) -> None:
    """Refuse fields that facts of this kind do not have, and constants that they could not hold."""
    fields = KINDS[kind].fields
    named = [name for values in stated for name in values] + list(section.names("officer_without"))
    for name in named:
        if name not in fields:
            known = ", ".join(fields)
            raise section.error(f"a fact of kind {kind.value!r} has no field {name!r}; it has {known}")
    if not named:
        raise section.error("the declaration states nothing")
    for values in stated[1:]:
        for name, text in values.items():
            try:
                fields[name](text)
            except ValueError as error:
                raise section.error(f"{name!r} cannot be {text!r}: {error}") from error


def _conditions(section: Section, word: str) -> tuple[Condition, ...]:
    asked = section.optional_section(word)
    if asked is None:
        return ()
    return tuple(Condition(key, asked.names(key), negated=word == "when_not") for key in asked.own_keys())


def _text(answer: object) -> str | None:
    return None if answer in (None, "") else str(answer)
