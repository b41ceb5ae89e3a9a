"""Invented people and the played path: what `make run` and `make demo` show."""
