"""The composition root: settings, wiring, processes, commands and migrations."""
