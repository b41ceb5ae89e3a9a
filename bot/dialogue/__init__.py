"""The embedded dialogue engine: reads the assistant's files and runs its actions in this process."""
