"""The timeline of a case: messages, internal notes in a table of their own, and events."""
