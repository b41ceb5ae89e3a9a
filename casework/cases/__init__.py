"""A case from its number to its closing: lifecycle, handling, commands and permissions."""
