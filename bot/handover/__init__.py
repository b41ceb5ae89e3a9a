"""A person please: people who wait for a handler, handlers who are free, and the conversations they hold."""
