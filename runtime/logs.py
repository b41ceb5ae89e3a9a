"""Sets the log up: one line per event on stderr, no personal data, libraries that speak of people kept quiet."""

import logging
import re
import sys

import structlog
from structlog.types import EventDict, WrappedLogger

ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
NATIONAL_NUMBER = re.compile(r"\b\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2}\b")
QUIET = ("mail.log", "mail.debug", "aiosqlite", "apscheduler", "rasa_sdk", "asyncio")


def mask(text: str) -> str:
    """Return a text without e-mail addresses and national numbers."""
    return NATIONAL_NUMBER.sub("[national number]", ADDRESS.sub("[address]", text))


def _masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}


def set_up() -> None:
    """Set the log up for this process."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masked,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
