"""Writes rows as CSV: the same rows give the same bytes on every machine."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file in UTF-8 with its heading."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
