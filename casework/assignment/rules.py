"""The rules of the house by which cases are given out, read from a YAML file and checked when the desk starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from casework.catalogue.models import Catalogue
from casework.catalogue.yaml_section import Section, read
from casework.people.models import LANGUAGES

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """For which cases a rule stands, and who can have them; what is empty asks for nothing.

    `organisations` are names; `skill` is one of the file; `same_language` leaves only handlers of the requester's
    language, who come first in any case.
    """

    name: str
    forms: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    team: str = ""
    skill: str = ""
    same_language: bool = False

    def holds_for(self, form_key: str | None, organisation: str, language: str) -> bool:
        """Return whether a case falls under this rule."""
        return (
            (not self.forms or form_key in self.forms)
            and (not self.organisations or organisation in self.organisations)
            and (not self.languages or language in self.languages)
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules, of which the first that holds decides; `skills` name employee numbers.

    Whoever has `most_open` cases that wait for the desk gets no more.
    """

    rules: tuple[Rule, ...]
    most_open: int
    skills: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, form_key: str | None, organisation: str, language: str) -> Rule | None:
        """Return the rule for a case, if any holds: without one it waits until somebody takes it."""
        return next((rule for rule in self.rules if rule.holds_for(form_key, organisation, language)), None)


def load(content: str, file: str, catalogue: Catalogue) -> Rules:
    """Return the rules that a text describes.

    Raises `CatalogueError`, with the file, the line and the reason, on anything unknown, missing or impossible.
    """
    top = read(content, file)
    top.allow("most_open", "skills", "rules")
    most_open = top.number("most_open", Decimal(0))
    if not 1 <= most_open <= MOST or most_open != most_open.to_integral_value():
        raise top.error(f"'most_open' has to be a whole number from 1 to {MOST}", "most_open")
    named = top.optional_section("skills")
    skills = {key: frozenset(named.names(key)) for key in named.own_keys()} if named else {}
    rules = tuple(_rule(section, skills, catalogue) for section in top.sections("rules"))
    if not rules:
        raise top.error("'rules' has to hold at least one rule", "rules")
    return Rules(rules, int(most_open), skills)


def _rule(section: Section, skills: Mapping[str, frozenset[str]], catalogue: Catalogue) -> Rule:
    section.allow("name", "forms", "organisations", "languages", "team", "skill", "same_language")
    rule = Rule(
        name=section.text("name"),
        forms=_names(section, "forms"),
        organisations=_names(section, "organisations"),
        languages=_names(section, "languages"),
        team=section.optional_text("team") or "",
        skill=section.optional_text("skill") or "",
        same_language=section.flag("same_language"),
    )
    if unknown := sorted(key for key in rule.forms if catalogue.form(key) is None):
        raise section.error(f"there is no form {unknown[0]!r}", "forms")
    if unknown := sorted(rule.languages - set(LANGUAGES)):
        raise section.error(f"there is no language {unknown[0]!r}; known are {', '.join(LANGUAGES)}", "languages")
    if rule.skill and rule.skill not in skills:
        raise section.error(f"the skill {rule.skill!r} does not stand under 'skills'", "skill")
    return rule


def _names(section: Section, key: str) -> frozenset[str]:
    return frozenset(section.names(key)) if section.has(key) else frozenset()
