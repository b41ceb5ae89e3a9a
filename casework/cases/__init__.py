"""The case from its opening to its closing, and the commands that handlers write to it."""
