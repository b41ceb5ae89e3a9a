"""The command `balie`, one module per group of commands."""
