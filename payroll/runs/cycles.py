"""Holds back Python's search for cycles while many rows are made: they have none, and it takes a third of a run."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def not_searched() -> Generator[None]:
    """Search for no cycles meanwhile, in the whole process; keep it short, such as one part of a run.

    Of two who overlap, the first one ends it for both, which costs time and nothing else.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
