"""The ways by which people talk with the assistant."""
