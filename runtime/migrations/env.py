"""Alembic's entry: runs on the connection that `runtime.schema` hands in, inside its transaction."""

from alembic import context

from casework.db import Base
from runtime import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=lambda name, kind, _parents: kind != "table" or name in tables.names(),
)
context.run_migrations()
