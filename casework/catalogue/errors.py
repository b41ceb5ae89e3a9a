"""What can be wrong with a catalogue, so that whoever edits the file knows where to look."""


class CatalogueError(Exception):
    """The catalogue file cannot be used."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
