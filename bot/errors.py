"""What can go wrong in the assistant, as one family."""


class BotError(Exception):
    """The assistant could not do its work."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class AssistantFilesInvalid(BotError):
    """The assistant's files contradict themselves."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The assistant's files cannot be used:\n" + "\n".join(f"- {p}" for p in problems))
        self.problems = problems


class TrainingFailed(BotError):
    """The assistant could not learn from its examples; the message says what the training said last."""
