"""The append-only log of who did and who read what."""
