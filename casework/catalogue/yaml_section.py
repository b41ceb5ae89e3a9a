"""A strict view on a YAML file, so that every mistake in it is reported with its line.

The file is read as a tree of nodes rather than as dictionaries: only nodes still know their line, and only
there does a key that stands twice show.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from casework.catalogue import words
from casework.catalogue.errors import CatalogueError

Member = TypeVar("Member", bound=StrEnum)
_TEXT = "tag:yaml.org,2002:str"
_WHOLE_NUMBER = "tag:yaml.org,2002:int"
_FLAG = "tag:yaml.org,2002:bool"


def read(content: str, file: str) -> "Section":
    """Return the file's top mapping. Raises CatalogueError when this is no YAML 1.2 mapping."""
    try:
        node = YAML(typ="safe", pure=True).compose(content)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(file, line, f"this is not YAML: {error.problem}") from error
    except YAMLError as error:
        raise CatalogueError(file, 1, f"this is not YAML: {error}") from error
    if node is None:
        raise CatalogueError(file, 1, "the file is empty")
    return Section(node, file)


class Section:
    """One mapping of the file. Its readers raise CatalogueError with the line of what they do not accept."""

    def __init__(self, node: Node, file: str) -> None:
        self.file = file
        self.line: int = node.start_mark.line + 1
        if not isinstance(node, MappingNode):
            raise self.error("expected `key: value` pairs here")
        self._nodes: dict[str, Node] = {}
        for key_node, value in node.value:
            key = self._plain(key_node, _TEXT, "a key has to be a text")
            if key in self._nodes:
                raise self._error_at(key_node, f"the key {key!r} stands here twice")
            self._nodes[key] = value

    def error(self, reason: str, key: str | None = None) -> CatalogueError:
        """Return an error at the line of this key, or of the section itself."""
        node = self._nodes.get(key) if key else None
        return self._error_at(node, reason) if node else CatalogueError(self.file, self.line, reason)

    def allow(self, *keys: str) -> None:
        """Refuse any key but these."""
        for key, node in self._nodes.items():
            if key not in keys:
                meant = words.nearest(key, keys)
                raise self._error_at(node, f"unknown key {key!r}; did you mean {meant!r}?")

    def own_keys(self) -> tuple[str, ...]:
        """Return the keys in the order of the file."""
        return tuple(self._nodes)

    def has(self, key: str) -> bool:
        """Tell whether the key is there."""
        return key in self._nodes

    def text(self, key: str) -> str:
        """Return a text that has to be there and not be empty."""
        found = self._plain(self._required(key), _TEXT, f"{key!r} has to be a text (put it in quotes)")
        if not found.strip():
            raise self.error(f"{key!r} is empty", key)
        return found

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None where the key is absent."""
        return self.text(key) if key in self._nodes else None

    def flag(self, key: str) -> bool:
        """Return `true` or `false`; absent means false."""
        if key not in self._nodes:
            return False
        return self._plain(self._nodes[key], _FLAG, f"{key!r} has to be true or false").lower() == "true"

    def number(self, key: str, default: Decimal) -> Decimal:
        """Return a whole number, or a decimal number written in quotes."""
        if key not in self._nodes:
            return default
        node = self._nodes[key]
        if isinstance(node, ScalarNode) and node.tag in {_TEXT, _WHOLE_NUMBER}:
            try:
                found = Decimal(node.value)
            except InvalidOperation:
                raise self.error(f"{key!r} has to be a number", key) from None
            if found.is_finite():
                return found
        raise self.error(f'{key!r} has to be a whole number, or a decimal in quotes such as "2.5"', key)

    def member(self, key: str, kinds: type[Member]) -> Member:
        """Return the member of an enumeration that the key names."""
        return self._member(kinds, self.text(key), key)

    def members(self, key: str, kinds: type[Member]) -> tuple[Member, ...]:
        """Return the members that a list names; all of them where the key is absent."""
        if key not in self._nodes:
            return tuple(kinds)
        return tuple(self._member(kinds, name, key) for name in self.names(key))

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, none of them twice; empty where the key is absent."""
        found: list[str] = []
        for node in self._items(key):
            name = self._plain(node, _TEXT, f"{key!r} has to be a list of texts (put each in quotes)")
            if not name.strip() or name in found:
                raise self._error_at(node, f"{name!r} is empty or stands twice in {key!r}")
            found.append(name)
        return tuple(found)

    def section(self, key: str) -> "Section":
        """Return the mapping under a key that has to be there."""
        return Section(self._required(key), self.file)

    def optional_section(self, key: str) -> "Section | None":
        """Return the mapping under a key, or None where it is absent."""
        return self.section(key) if key in self._nodes else None

    def sections(self, key: str) -> tuple["Section", ...]:
        """Return a list of mappings; empty where the key is absent."""
        return tuple(Section(node, self.file) for node in self._items(key))

    def is_list(self, key: str) -> bool:
        """Tell whether a list stands under the key."""
        return isinstance(self._nodes.get(key), SequenceNode)

    def _items(self, key: str) -> Iterator[Node]:
        node = self._nodes.get(key)
        if node is None:
            return
        if not isinstance(node, SequenceNode):
            raise self.error(f"{key!r} has to be a list", key)
        yield from node.value

    def _member(self, kinds: type[Member], name: str, key: str) -> Member:
        if name not in [kind.value for kind in kinds]:
            meant = words.nearest(name, [kind.value for kind in kinds])
            raise self.error(f"{name!r} is no {key}; did you mean {meant!r}?", key)
        return kinds(name)

    def _required(self, key: str) -> Node:
        if key not in self._nodes:
            raise self.error(f"{key!r} is missing")
        return self._nodes[key]

    def _plain(self, node: Node, tag: str, otherwise: str) -> str:
        if not isinstance(node, ScalarNode) or node.tag != tag:
            raise self._error_at(node, otherwise)
        return str(node.value)

    def _error_at(self, node: Node, reason: str) -> CatalogueError:
        return CatalogueError(self.file, node.start_mark.line + 1, reason)
