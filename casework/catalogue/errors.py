"""What can be wrong with a catalogue, so that whoever edits the file knows where to look."""

from casework.errors import CaseworkError


class CatalogueError(CaseworkError):
    """The catalogue file cannot be used."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
