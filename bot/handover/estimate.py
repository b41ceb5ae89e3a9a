"""How long somebody will wait, from how long conversations took; where that is not known, nothing is promised."""

import math
from collections.abc import Sequence
from datetime import timedelta
from statistics import median

FEWEST = 3  # conversations, below which a median says nothing
STEP_MINUTES = 5  # what is a guess to the minute would be read as a promise


def minutes_to_wait(position: int, handlers: int, lengths: Sequence[timedelta]) -> int | None:
    """Return after about how many minutes the turn of a place comes, rounded up to five; None where nobody can say.

    `handlers` are those who are available, `lengths` the newest conversations of the same queue.
    """
    if handlers < 1 or len(lengths) < FEWEST:
        return None
    rounds = math.ceil(position / handlers)
    typical = median(length.total_seconds() for length in lengths) / 60
    return max(1, math.ceil(rounds * typical / STEP_MINUTES)) * STEP_MINUTES
