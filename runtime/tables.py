"""Knows every module that declares tables, so that migrations and tests see the whole database."""

from importlib import import_module

from casework.db import Base

MODULES = (
    "casework.people.models",
    "casework.people.kept_posts",
    "casework.people.photos",
    "casework.digital_keys.models",
    "casework.cases.models",
    "casework.messages.models",
    "casework.attachments.models",
    "casework.outbox.models",
    "casework.deputies.models",
    "casework.approvals.models",
    "casework.calendars.models",
    "casework.service_levels.models",
    "casework.audit.models",
    "casework.search.models",
    "casework.drafts.models",
    "casework.canned.models",
    "casework.referral.models",
    "casework.advice.models",
    "casework.queues.models",
    "casework.replying.models",
    "casework.cases.filed_forms",
    "casework.catalogue.favourites",
    "casework.api.models",
    "casework.webhooks.models",
    "bot.store",
    "bot.handover.models",
    "bot.uploads",
    "bot.accounts.models",
    "bot.channels.sync_position",
    "mail_gateway.store",
    "mail_gateway.inbound.mailbox",
    "payroll.facts.models",
    "payroll.effects.models",
    "payroll.runs.models",
    "payroll.employers.models",
    "payroll.payments.models",
    "payroll.payslips.models",
    "payroll.declarations.models",
    "payroll.repayments.models",
    "payroll.signatures.models",
)


def load() -> None:
    """Import every module that declares tables."""
    for module in MODULES:
        import_module(module)


def names() -> frozenset[str]:
    """Return the names of all tables of the house."""
    load()
    return frozenset(Base.metadata.tables)
