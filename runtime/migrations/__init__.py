"""The steps from an empty database to the one that the tables describe."""
