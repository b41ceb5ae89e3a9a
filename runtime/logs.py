"""Sets the log up: one line per event on stderr, no personal data, libraries that speak of people kept quiet."""

import logging
import re
import sys

import structlog
from structlog.types import EventDict, WrappedLogger

ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
NATIONAL_NUMBER = re.compile(r"\b\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2}\b")
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]"
)  # a terminal obeys them, or takes them for a new line
QUIET = ("mail.log", "mail.debug", "aiosqlite", "apscheduler", "rasa_sdk", "asyncio")


def mask(text: str) -> str:
    """Return a text without e-mail addresses, national numbers and what a terminal would obey."""
    return CONTROL.sub("\ufffd", NATIONAL_NUMBER.sub("[national number]", ADDRESS.sub("[address]", text)))


class _OneLine(logging.Formatter):
    """Keeps what somebody wrote from looking like a line of ours."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the name is the library's
        """Return the line of an event."""
        record.message = mask(record.message).replace("\n", "\\n")
        return super().formatMessage(record)


def _masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}


def set_up() -> None:
    """Set the log up for this process."""
    on_stderr = logging.StreamHandler()
    on_stderr.setFormatter(_OneLine("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[on_stderr])
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
