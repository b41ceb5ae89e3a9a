"""The bounds within which a mail is read, so that no stranger decides how much work we do.

They hold before any library sees the content. Over a bound, what is left out is named in the defects of the
mail; the raw bytes stay with the caller.
"""

HEADER_BLOCK_BYTES = 256 * 1024
HEADER_FIELDS = 2_000
STRUCTURED_VALUE_CHARS = 64 * 1024
ADDRESSES = 1_000
REFERENCES = 200
PARTS = 1_000
DASHED_LINES = 100_000
BASE64_PIECES = 2_000
DEPTH = 100
PARAMETER_PIECES = 500
FILE_NAME_CHARS = 150
TEXT_CHARS = 2 * 1024 * 1024
HTML_CHARS = 1024 * 1024
HTML_DEPTH = 300
HTML_TABLES = 20
HTML_FORMATTING_DEPTH = 15
OPENED_PARTS = 3
UUENCODED_FILES = 100
INVITES = 20
