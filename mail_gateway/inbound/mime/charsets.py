"""Turns bytes into text whatever their charset is said to be, and never fails.

The order is the one that repairs most real mail: valid UTF-8 whatever was declared, unless a few signs of East Asia
look like it by chance, then the declared charset read through the superset that its senders really use, then
windows-1252.
"""

import codecs
import functools
import re

from mail_gateway.inbound.mime import japanese

# `charset=` once more, quotes, and a comment behind the name.
_DECORATION = re.compile(r"^['\"]*(?:charset=)?['\"]*|['\"#,;\s(].*", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}\Z")

# Charsets whose bytes are all ASCII, or hold NUL bytes: to these, "valid UTF-8" proves nothing.
_DECLARED_FIRST = ("utf_7", "utf_16", "utf_32", "iso2022", "hz")

_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# What is declared -> what its senders really write.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
_OF_EAST_ASIA = frozenset({"big5hkscs", "cp932", "cp949", "euc_jp", "euc_jis_2004", "gb18030", "johab"})
# Of one sign in six the bytes are those of a letter in UTF-8; of four signs, those of all four in one of a thousand.
_BY_CHANCE = 4
_WITHIN_WORD = re.compile("[A-Za-z][\u0080-\u07ff]|[\u0080-\u07ff][A-Za-z]")
_ALIASES = {
    "ansi": "cp1252",
    "cn-big5": "big5hkscs",
    "cn-gb": "gb18030",
    "cseucpkdfmtjapanese": "euc_jp",
    "dos-866": "cp866",
    "eucjp-ms": "euc_jp",
    "eucjp-win": "euc_jp",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "koi8": "koi8_r",
    "ks_c_5601": "cp949",
    "unicode": "utf_16",
    "unicode-1-1-utf-7": "utf_7",
    "unicode-2-0-utf-7": "utf_7",
    "windows-31j": "cp932",
    "x-mac-ce": "mac_latin2",
}
# Codecs of Python that are no charsets of mail; some of them take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})

_IN_HTML = re.compile(rb"<meta\b[^>]{0,300}?\bcharset=[\"' ]?([A-Za-z0-9_.:+-]{1,40})", re.IGNORECASE)
_HTML_OPENING = 4_000

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def decode(data: bytes, declared: str | None) -> tuple[str, bool]:
    """Return the text, and whether every byte of it could be read."""
    if japanese.is_escaped(data):
        text = japanese.decode(data)
        if text is not None:
            return _storable(text), True
    return _decoded(data, _codec(declared))


def decode_header(value: bytes, declared: str | None) -> str:
    """Return a raw header; what is not UTF-8 in it has the charset that the text of the mail declares.

    A charset whose escapes could hide a part of an address is not believed.
    """
    if value.isascii() and b"\x1b" not in value and b"\x00" not in value:
        return value.decode("ascii")
    value, codec = japanese.in_utf8(value), _codec(declared)
    return _decoded(value, None if codec and codec.startswith(_DECLARED_FIRST) else codec)[0]


def declared_in_html(data: bytes) -> str | None:
    """Return the charset that HTML names itself; one that its own bytes disprove is none."""
    found = _IN_HTML.search(data[:_HTML_OPENING])
    name = found[1].decode("ascii") if found else None
    return None if name is None or (_codec(name) or "").startswith(_DECLARED_FIRST) else name


def _decoded(data: bytes, codec: str | None) -> tuple[str, bool]:
    if codec and codec.startswith(("utf_16", "utf_32")) and b"\0" not in data and not data.startswith(_MARKS):
        codec = None  # declared by programs that convert a text and leave its label
    if codec and codec.startswith(_DECLARED_FIRST):
        text = _strict(data, codec)
        if text is not None:
            return _storable(text), True
    for candidate in (codec, "utf-8-sig") if _is_by_chance_utf8(data, codec) else ("utf-8-sig", codec):
        text = _strict(data, candidate) if candidate else None
        if text is not None:
            return _storable(text), True
    if _HALVES.search(data) and (text := _of_halves(data)) is not None:
        return _storable(text), True
    if _mostly_utf8(data):
        return _storable(data.decode("utf-8", "replace")), False
    text = _strict(data, "cp1252")
    return (_storable(text), True) if text is not None else (_storable(data.decode("cp1252", "replace")), False)


@functools.lru_cache(maxsize=64)
def _codec(declared: str | None) -> str | None:
    """Return the name of Python's codec for a declared charset, or None where there is none."""
    name = _DECORATION.sub("", (declared or "").strip()).lower()
    name = _ALIASES.get(name, name)
    if not _NAME.match(name):
        return None
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        if name.startswith("x-"):
            return _codec(name[2:])
        # `cp-850`, `windows1252`, `iso88591` and their like
        return _codec_of_misspelt(name)
    if known in _NO_CHARSETS:
        return None
    known = known.replace("-", "_") if known.startswith(("utf", "iso2022")) else known
    return _SUPERSETS.get(known, known)


def _codec_of_misspelt(name: str) -> str | None:
    for pattern, repaired in (
        (r"(?:cp|windows|win)[-_]?(\d+)", "cp{}"),
        (r"(?:iso[-_]?)?8859[-_]?(\d+)", "iso8859-{}"),
    ):
        if found := re.match(pattern, name):
            repaired_name = repaired.format(found[1])
            try:
                known = codecs.lookup(repaired_name).name
            except LookupError:
                return None
            return _SUPERSETS.get(known, known)
    return None


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (LookupError, ValueError):
        return None


def _is_by_chance_utf8(data: bytes, codec: str | None) -> bool:
    """Tell whether signs of East Asia make UTF-8 too: a few do that stand for letters elsewhere, not within a word."""
    text = _strict(data, "utf-8-sig") if codec in _OF_EAST_ASIA and not data.isascii() else None
    if text is None or _WITHIN_WORD.search(text):
        return False
    return max(text) < "\u0800" and sum(sign > "\x7f" for sign in text) <= _BY_CHANCE


def _of_halves(data: bytes) -> str | None:
    """Return UTF-8 in which each half of a character beyond the first 65,536 was written on its own (CESU-8)."""
    try:
        return data.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    except ValueError:
        return None


def _mostly_utf8(data: bytes) -> bool:
    """Tell a text that was cut or damaged here and there from one that was never UTF-8."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    return whole * 2 >= broken and whole > 0


def _storable(text: str) -> str:
    """Drop NUL and replace lone surrogates, which databases refuse."""
    if (text.isascii() and "\x00" not in text) or not _UNSTORABLE.search(text):
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\N{REPLACEMENT CHARACTER}", text)
