"""Has the C library give large blocks back, so that one large mail does not swell the service for good."""

import ctypes
import sys

# Of mallopt(3). Without a fixed threshold glibc raises its own to 32 MB at the first large block that is freed, and
# keeps every block below it; each thread that asks would have an arena of its own besides.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGE_BLOCK = 256 * 1024
ARENAS = 2


def give_back_large_blocks() -> None:
    """Bound what this process keeps of freed memory; without glibc it does nothing."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in (
            (M_MMAP_THRESHOLD, LARGE_BLOCK),
            (M_TRIM_THRESHOLD, LARGE_BLOCK),
            (M_ARENA_MAX, ARENAS),
        ):
            mallopt(option, value)
