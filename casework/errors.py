"""What can go wrong at the desk; each edge translates these in one table of its own."""

from collections.abc import Mapping


class CaseworkError(Exception):
    """Something at the desk went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class NotFound(CaseworkError):
    """There is no such thing, or you may not know that there is."""


class NotPermitted(CaseworkError):
    """You may not do this."""


class Conflict(CaseworkError):
    """Somebody changed this meanwhile."""


class AlreadyHandled(Conflict):
    """Another handler already has this case."""

    def __init__(self, handler: str) -> None:
        super().__init__(f"{handler} already has this case")
        self.handler = handler


class TransitionNotAllowed(CaseworkError):
    """A case cannot go from this status to that one."""

    def __init__(self, number: str, from_: str, to: str) -> None:
        super().__init__(f"{number} cannot go from {from_} to {to}")
        self.number = number
        self.from_ = from_
        self.to = to


class InvalidInput(CaseworkError):
    """Some of what was filled in cannot be used."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in fields.items()))
        self.fields = dict(fields)
