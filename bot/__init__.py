"""The assistant: a Rasa project, its actions, an embedded dialogue engine and the chat channels."""
