"""Reads the assistant's folder, a Rasa project, and puts its parts in the reader's hands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.dialogue.domain import Domain, read_domain
from bot.dialogue.nlu.examples import TrainingData, read_examples
from bot.dialogue.policy import Policy, PolicySettings
from bot.dialogue.stories import Scripts, read_scripts
from bot.errors import AssistantFilesInvalid

_LISTS = ("nlu", "rules", "stories")
_MEMOIZATION = ("MemoizationPolicy", "AugmentedMemoizationPolicy")


@dataclass(frozen=True)
class Project:
    """The assistant as its files describe it."""

    domain: Domain
    training: TrainingData
    scripts: Scripts
    policy: Policy


def load_project(folder: Traversable) -> Project:
    """Read `domain.yml` or all of `domain/`, then `config.yml` and everything under `data/`.

    Raises AssistantFilesInvalid, with one sentence for each file that cannot be read.
    """
    problems: list[str] = []
    raw = _read_domain(folder, problems)
    config = _read(folder / "config.yml", problems)
    lists: dict[str, list[Any]] = {name: [] for name in _LISTS}
    for file in _files(folder / "data"):
        content = _read(file, problems)
        for name in _LISTS:
            lists[name] += content.get(name) or []
    if problems:
        raise AssistantFilesInvalid(problems)
    domain = read_domain(raw)
    scripts = read_scripts(domain, lists["rules"], lists["stories"])
    policy = Policy(domain, scripts, _settings(config))
    return Project(domain, read_examples(lists["nlu"]), scripts, policy)


def _read_domain(folder: Traversable, problems: list[str]) -> dict[str, Any]:
    """Put the files of a divided domain together, as a Rasa server does that is told to read the folder."""
    if not (folder / "domain").is_dir():
        return _read(folder / "domain.yml", problems)
    whole: dict[str, Any] = {}
    for file in _files(folder / "domain"):
        for key, part in _read(file, problems).items():
            known = whole.get(key)
            if isinstance(known, dict) and isinstance(part, dict):
                whole[key] = known | part
            else:
                whole[key] = [*known, *part] if isinstance(known, list) and isinstance(part, list) else part
    return whole


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith((".yml", ".yaml")):
            yield entry


def _read(file: Traversable, problems: list[str]) -> dict[str, Any]:
    try:
        content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(f"The file {file.name} is missing.")
        return {}
    except (YAMLError, UnicodeDecodeError) as reason:
        problems.append(f"The file {file.name} cannot be read: {' '.join(str(reason).split())}")
        return {}
    if not isinstance(content, dict):
        problems.append(f"The file {file.name} holds no keys.")
        return {}
    return content


def _settings(config: Mapping[str, Any]) -> PolicySettings:
    settings = PolicySettings()
    for policy in config.get("policies") or []:
        if policy.get("name") in _MEMOIZATION:
            length = policy.get("max_history") or settings.story_length
            settings = PolicySettings(int(length), settings.fallback_action)
        elif policy.get("name") == "RulePolicy":
            fallback = policy.get("core_fallback_action_name") or settings.fallback_action
            settings = PolicySettings(settings.story_length, str(fallback))
    return settings
