"""Reads how an administration reads the disputed points of law from a file of its own: strict, with file and line."""

from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from payroll.engine.errors import LawFileInvalid
from payroll.engine.law_file import load_yaml
from payroll.engine.readings import CHOICES, Readings


def read_readings_file(path: Path) -> Readings:
    """Read and check lines such as `exemption: up_to_limit`; what is not named keeps its default.

    Raises LawFileInvalid with the line of the first fault, and with what may stand there.
    """
    chosen = load_yaml(path)
    if not isinstance(chosen, CommentedMap) or not chosen or chosen.merge:  # a merged key has no line of its own
        raise LawFileInvalid(path, 1, f"expected NAME: CHOICE lines; the readings are {', '.join(CHOICES)}")
    for name, choice in chosen.items():
        line = chosen.lc.key(name)[0] + 1
        if name not in CHOICES:
            raise LawFileInvalid(path, line, f"there is no reading {name!r}; the readings are {', '.join(CHOICES)}")
        if choice not in list(CHOICES[name]):
            raise LawFileInvalid(path, line, f"{name} is {' or '.join(CHOICES[name])}, not {choice!r}")
    typed: dict[str, Any] = {name: CHOICES[name](choice) for name, choice in chosen.items()}
    return Readings(**typed)
