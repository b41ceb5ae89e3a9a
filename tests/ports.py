"""Ports for the servers that tests start."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port that nobody listens on, below those that the system gives to clients in the meantime."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(11_000, 32_000)))
            return int(probe.getsockname()[1])
