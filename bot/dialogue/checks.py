"""Says in plain language what would go wrong with the assistant's files, before anybody talks to it."""

from collections.abc import Collection, Iterable, Iterator

from bot.dialogue.domain import DEFAULT_INTENTS, Domain, Form, Slot
from bot.dialogue.events import ANYTHING_BEFORE, REQUESTED_SLOT
from bot.dialogue.nlu.examples import TrainingData
from bot.dialogue.project import Project
from bot.dialogue.stories import Script
from bot.errors import AssistantFilesInvalid

SLOT_KINDS = frozenset({"text", "bool", "categorical", "float", "list", "any"})
MAPPING_KINDS = frozenset({"from_entity", "from_intent", "from_trigger_intent", "from_text", "custom"})
FEWEST_EXAMPLES = 2


def check(project: Project, registered: Collection[str]) -> None:
    """Refuse files that cannot work. `registered` are the actions there is code for.

    Raises AssistantFilesInvalid with every problem, each a sentence that says where and what.
    """
    domain = project.domain
    problems = [
        *project.scripts.problems,
        *project.training.problems,
        *project.policy.contradictions,
        *(p for slot in domain.slots.values() for p in _slot_problems(slot, domain)),
        *(p for form in domain.forms.values() for p in _form_problems(form, domain)),
        *_action_problems(domain, registered),
        *_response_problems(domain),
        *(p for script in [*project.scripts.rules, *project.scripts.stories] for p in _script_problems(script, domain)),
        *_intent_problems(domain, project.training),
    ]
    if problems:
        raise AssistantFilesInvalid(list(dict.fromkeys(problems)))


def _slot_problems(slot: Slot, domain: Domain) -> Iterator[str]:
    if slot.kind not in SLOT_KINDS:
        yield f"The slot '{slot.name}' has the type '{slot.kind}'; known types: {_list(SLOT_KINDS)}."
    if not slot.mappings and slot.name != REQUESTED_SLOT:
        yield f"The slot '{slot.name}' has no mappings, so nothing ever fills it; give it at least `custom`."
    for mapping in slot.mappings:
        kind = mapping.get("type")
        if kind not in MAPPING_KINDS:
            yield f"The slot '{slot.name}' has a mapping of type '{kind}'; known: {_list(MAPPING_KINDS)}."
        if kind == "from_entity" and mapping.get("entity") not in domain.entities:
            yield f"The slot '{slot.name}' waits for the entity '{mapping.get('entity')}', not in the domain."
        if kind == "from_text" and not mapping.get("not_intent") and not mapping.get("intent"):
            yield (
                f"The slot '{slot.name}' takes any text: nobody could interrupt the form. "
                "Name the intents that may, under `not_intent`."
            )
        for condition in mapping.get("conditions") or ():
            yield from _condition_problems(slot, condition.get("active_loop"), domain)


def _condition_problems(slot: Slot, form_name: str | None, domain: Domain) -> Iterator[str]:
    if form_name is None:
        return
    form = domain.forms.get(form_name)
    if form is None:
        yield f"The slot '{slot.name}' is filled in the form '{form_name}', which does not exist."
    elif slot.name not in form.required_slots:
        yield (
            f"The slot '{slot.name}' is filled in the form '{form_name}', which does not ask for it. "
            "A slot that is asked only sometimes needs the mapping `custom` and an extract method."
        )


def _form_problems(form: Form, domain: Domain) -> Iterator[str]:
    for name in form.required_slots:
        if name not in domain.slots:
            yield f"The form '{form.name}' asks for the slot '{name}', which does not exist."
        questions = [f"{kind}_ask_{about}" for about in (f"{form.name}_{name}", name) for kind in ("action", "utter")]
        if not domain.action_names & set(questions):
            yield f"The form '{form.name}' has no question for '{name}'; write 'utter_ask_{name}'."


def _action_problems(domain: Domain, registered: Collection[str]) -> Iterator[str]:
    ours = {name for name in domain.actions if not name.startswith("utter_")}
    for name in sorted(ours - set(registered)):
        yield f"The action '{name}' is in the domain, but there is no code for it."
    for name in sorted(set(registered) - ours):
        yield f"There is code for the action '{name}', but the domain does not list it."


def _response_problems(domain: Domain) -> Iterator[str]:
    for name, variants in domain.responses.items():
        if not any(variant.get("condition") is None for variant in variants or []):
            yield f"The answer '{name}' has only variants with a condition; where none holds, it is silent."


def _script_problems(script: Script, domain: Domain) -> Iterator[str]:
    where = f"The {'rule' if script.is_rule else 'story'} '{script.name}'"
    said = 0
    for event in script.events:
        kind, name = event["event"], event.get("name")
        if kind == "user":
            said += 1
            intent = event["parse_data"]["intent"]["name"]
            if intent not in domain.intents:
                yield f"{where} waits for the intent '{intent}', not in the domain."
        elif kind == "action" and name != ANYTHING_BEFORE and name not in domain.action_names:
            yield f"{where} calls '{name}', which is no action, form or answer of the domain."
        elif kind == "slot" and name not in domain.slots:
            yield f"{where} looks at the slot '{name}', not in the domain."
    if script.is_rule and said > 1:
        yield f"{where} waits for two things said; only a story can do that."


def _intent_problems(domain: Domain, training: TrainingData) -> Iterator[str]:
    counts = dict.fromkeys(domain.intents, 0)
    for example in training.examples:
        if example.intent not in counts:
            yield f"There are examples of the intent '{example.intent}', not in the domain."
        counts[example.intent] = counts.get(example.intent, 0) + 1
    meanings: dict[str, set[str]] = {}
    for example in training.examples:
        meanings.setdefault(example.text, set()).add(example.intent)
    for text, intents in meanings.items():
        if len(intents) > 1:
            yield f"The example '{text}' stands under several intents: {_list(intents)}. Keep it under one."
    for intent, count in counts.items():
        if count < FEWEST_EXAMPLES and intent not in DEFAULT_INTENTS:
            yield f"The intent '{intent}' has {count} examples; it needs at least {FEWEST_EXAMPLES}."


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
