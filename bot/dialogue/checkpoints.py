"""Stories that go on in one another: a `checkpoint` at the end of one is where others begin."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Story = tuple[str, list[Any]]
CHECKPOINT = "checkpoint"
# More ways than this through a handful of stories are written by nobody on purpose.
MOST_WAYS = 500


@dataclass(frozen=True, slots=True)
class _Part:
    """The steps of a story between two checkpoints; None where it begins or ends by itself."""

    story: str
    opens: str | None
    steps: tuple[Any, ...]
    leads_to: str | None


def join(stories: Iterable[Story], problems: list[str]) -> list[Story]:
    """Write every story out from its beginning to an end, through each checkpoint, no part twice in one way.

    What a `slot_was_set` beside the checkpoint asks for stands right after it, as a step.
    """
    parts = [part for name, steps in stories for part in _parts(name, steps)]
    opened = {part.opens for part in parts}
    reached = {part.leads_to for part in parts}
    for part in parts:
        if part.leads_to and part.leads_to not in opened:
            problems.append(f"The story '{part.story}' ends at the checkpoint '{part.leads_to}', where none begins.")
        if part.opens and part.opens not in reached:
            problems.append(f"The story '{part.story}' begins at the checkpoint '{part.opens}', where none ends.")
    ways = [way for part in parts if part.opens is None for way in _ways((part,), parts)]
    if len(ways) > MOST_WAYS:
        problems.append(
            f"The checkpoints make {len(ways)} stories of {len(parts)} parts; at most {MOST_WAYS} are read."
        )
    return [
        (" / ".join(part.story for part in way), [s for part in way for s in part.steps]) for way in ways[:MOST_WAYS]
    ]


def _parts(name: str, steps: Sequence[Any]) -> Iterator[_Part]:
    opens: str | None = None
    told: list[Any] = []
    for step in steps:
        if not isinstance(step, Mapping) or CHECKPOINT not in step:
            told.append(step)
            continue
        here = str(step[CHECKPOINT])
        if told:
            yield _Part(name, opens, tuple(told), here)
        opens, told = here, [{"slot_was_set": step["slot_was_set"]}] if step.get("slot_was_set") else []
    if told:
        yield _Part(name, opens, tuple(told), None)


def _ways(so_far: tuple[_Part, ...], parts: Sequence[_Part]) -> Iterator[tuple[_Part, ...]]:
    leads_to = so_far[-1].leads_to
    if leads_to is None:
        yield so_far
        return
    for part in parts:
        if part.opens == leads_to and part not in so_far:
            yield from _ways((*so_far, part), parts)
