"""Knows every module that declares tables, so that migrations and tests see the whole database."""

from importlib import import_module

from casework.db import Base

MODULES = (
    "casework.people.models",
    "casework.cases.models",
    "casework.messages.models",
    "casework.attachments.models",
    "casework.outbox.models",
    "casework.audit.models",
    "casework.api.models",
    "casework.webhooks.models",
    "bot.store",
    "mail_gateway.store",
    "payroll.facts.models",
    "payroll.effects.models",
    "payroll.runs.models",
)


def load() -> None:
    """Import every module that declares tables."""
    for module in MODULES:
        import_module(module)


def names() -> frozenset[str]:
    """Return the names of all tables of the house."""
    load()
    return frozenset(Base.metadata.tables)
