"""Alembic's entry: runs on the connection that `runtime.schema` hands in, inside its transaction."""

from typing import Any, Literal

from alembic import context

from casework.db import Base, UtcDateTime
from runtime import tables


def _render(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Write a moment as the plain type, so that a migration does not change when our type does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False


OURS = tables.names()

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
    compare_type=True,
    include_name=lambda name, kind, _parents: kind != "table" or name in OURS,
)
context.run_migrations()
