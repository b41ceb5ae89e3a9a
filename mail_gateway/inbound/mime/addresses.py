"""Reads address lists (RFC 5322 section 3.4) leniently, in one pass and without recursion.

The standard library's reader recurses into comments and finds addresses where none are meant.
"""

import itertools
import re

from mail_gateway.inbound import limits
from mail_gateway.inbound.mime import headers
from mail_gateway.models import Address

# Encoded words with a comma in them are common, though RFC 2047, section 5 forbids them; none may hold an address.
_TOKEN = re.compile(
    r'=\?[^?\s<>@"]{1,75}\?[bBqQ]\?[^?<>@"]*+\?='
    r'|"(?:\\.|[^"\\])*+"@[^\s"<>(),;:]++|"(?:\\.|[^"\\])*+"?'
    r'|<(?:"(?:\\.|[^"\\])*+"@)?[^<>]*+>?'
    r'|[(),;:]|\\[()"]|(?:[^"<(),;:=\\]|\\(?![()"])|=(?!\?))++|=',
    re.DOTALL,
)
_SIGNS = (b'"', b"\\", b"<", b">", b"(", b")", b"@", b",", b";", b":")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*+"', re.DOTALL)
_QUOTED_MAILBOX = re.compile(r'("(?:\\.|[^"\\])*+")@(\S++)', re.DOTALL)
_ATOMS = re.compile(r"[^\s\"(),.:;<>@\[\]\\]+(?:\.[^\s\"(),.:;<>@\[\]\\]+)*")  # RFC 5322, 3.2.3
_IN_NAME = re.compile(r"\s+")
_MAILBOX = re.compile(r"[^\s@<>]+@[^\s@<>]+\Z")
# What stands in front of an address within its brackets: a route (RFC 5322, 4.4), `mailto:`, `SMTP:`.
_BEFORE_ADDRESS = re.compile(r"(?:(?:@(?:[^:\[]|\[[^\]]*+\]?)*+|[A-Za-z]+):)+")
_MAILTO = re.compile(r"\bmailto:", re.IGNORECASE)
_COMMENT = re.compile(r"\((?:\\.|[^()\\])*+\)", re.DOTALL)
_NESTED_COMMENTS = 3
_LOST_FOLD = re.compile(rb"\n(?![ \t])")
_BETWEEN_WORDS = re.compile(r"[\s<>(),;\"']+")
_SIGN = re.compile(r'\\.|[()"\\]|[^()"\\]++', re.DOTALL)
_SERVER = re.compile(r"([^\s()]+) \((.+)\)")  # as servers name themselves: `MAILER-DAEMON (Mail System)`
# As the archives of Mailman write addresses, so that programs do not gather them: `an at home.example (An Peeters)`.
_IN_ARCHIVE = re.compile(r"([^\s@<>\"]+) at ((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})")
_LONGEST_ENCODED = 1_000
_ENCODED = re.compile(r"([^<>@]*?)<?([^\s@<>]+@[^\s@<>]+)>?")


class _Item:
    """One entry of the list while its tokens arrive."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None
        self.words_before_angle = 0
        self._looked_at = 0
        self._has_at = False

    def has_mailbox(self) -> bool:
        """Tell whether a word holds an `@`; each is looked at once, however often somebody asks."""
        self._has_at = self._has_at or any("@" in word for word in self.words[self._looked_at :])
        self._looked_at = len(self.words)
        return self._has_at

    def forget(self) -> None:
        """Forget all words; none of them holds an `@`."""
        self.words.clear()
        self.comments.clear()
        self._looked_at = 0

    def address(self) -> Address | None:
        """Return what the tokens say, or None for an empty entry."""
        words, comment = "".join(self.words).strip(), "".join(self.comments).strip()
        if self.angle is not None:
            return self._bracketed(words, comment)
        if "@" in words:
            return _plain(words, comment)
        return _without_mailbox(words, comment) if words else None

    def _bracketed(self, words: str, comment: str) -> Address:
        angle = _without_comments(self.angle or "")
        if angle and "@" not in angle and _MAILBOX.match(words):
            return Address(_name(_with_comment(angle, comment)), _mailbox(words))  # the two changed places
        address = _without_route(angle)
        *inside, last = address.rsplit(maxsplit=1) or [""]
        if inside and _QUOTED.fullmatch(inside[0]) and _MAILBOX.match(last):
            words, address = words or _unquoted(inside[0]), last
        return Address(_name(_with_comment(words, comment)), _mailbox(address))


def read_addresses(value: bytes, charset: str | None = None) -> tuple[Address, ...]:
    """Return the mailboxes of a header in order, at most one more than `limits.ADDRESSES`.

    Group names are left out, their members are kept. An entry without an address keeps its name; where the
    next entry has one, the two are a name with an unquoted comma: `Peeters, An <an@home.example>`.
    Names that are written in raw bytes have the charset of the mail.
    """
    return _mailboxes(_text(value, charset))


def hides_another(value: bytes) -> bool:
    """Tell whether a stricter reader, as servers before us may be, finds another mailbox in a header.

    It may know no Japanese, see comments where we see signs that do not match (RFC 5322, 3.2.2), or see the header end
    where we see a fold that lost its blank.
    """
    others: list[Address] = []
    if b"\x1b$" in value:
        others += _mailboxes("".join(value.decode("latin-1").splitlines()))
    if b"(" in value:
        others += _mailboxes(_outside_comments(headers.unfolded(value)))
    if lost_fold := _LOST_FOLD.search(value):
        words = _BETWEEN_WORDS.split(headers.unfolded(value[: lost_fold.start()]))
        others += [Address("", word) for word in words if _MAILBOX.match(word)]
    known = {one.address for one in read_addresses(value)} if others else set()
    return any(one.address and one.address not in known for one in others)


def _outside_comments(text: str) -> str:
    """Return what stands outside of comments; one that never ends takes all that follows."""
    depth, quoted, kept = 0, False, list[str]()
    for piece in _SIGN.findall(text):
        if piece == '"' and not depth:
            quoted = not quoted
        if piece == "(" and not quoted:
            depth += 1
        elif piece == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(piece)
    return "".join(kept)


def _mailboxes(text: str) -> tuple[Address, ...]:
    found: list[Address] = []
    for item in _items(text):
        address = item.address()
        if address is None or not (address.name or address.address):
            continue
        if found and not found[-1].address and item.angle is not None:
            first = found.pop().name
            address = Address(f"{first}, {address.name}" if address.name else first, address.address)
        found.append(address)
        if len(found) > limits.ADDRESSES:
            break
    alone = _SERVER.fullmatch(found[0].name) if len(found) == 1 and not found[0].address else None
    return (Address(alone[2], alone[1]),) if alone else tuple(found)


def _text(value: bytes, charset: str | None) -> str:
    """Return a header as text; a charset in which one of the signs around addresses vanishes is not believed.

    Its characters of two bytes could hide a backslash, and so name another sender than servers before us read.
    """
    text = headers.unfolded(value, charset)
    hides = any(value.count(sign) != text.count(sign.decode()) for sign in _SIGNS)
    return headers.unfolded(value) if hides else text


def _plain(words: str, comment: str) -> Address:
    """Return the mailbox that stands among words without brackets, and the others as its name."""
    pieces = words.split()
    if _MAILBOX.match(last := pieces[-1].rstrip(">")):
        return Address(_name(" ".join(pieces[:-1]) or comment), _mailbox(last))
    for number, (piece, follower) in enumerate(itertools.pairwise(pieces)):
        # Blanks around dots belong to an obsolete address: `an@home . example`.
        if _MAILBOX.match(piece) and not piece.endswith(".") and not follower.startswith("."):
            return Address(_name(" ".join(pieces[:number] + pieces[number + 1 :])), _mailbox(piece))
    return Address(_name(comment), _mailbox(words))


def _without_mailbox(words: str, comment: str) -> Address:
    """Return what words without an `@` say: a name, with an address that stands in a comment or is encoded."""
    if _MAILBOX.match(comment):
        return Address(_name(words), _mailbox(comment))
    if _IN_ARCHIVE.fullmatch(words):
        return Address(_name(comment), _mailbox(words))
    if encoded := _ENCODED.fullmatch(_name(words[:_LONGEST_ENCODED])):
        # Some programs encode the address too, which RFC 2047, section 5 forbids.
        return Address(encoded[1].strip(" \"'"), encoded[2])
    return Address(_name(_with_comment(words, comment)), "")


def _with_comment(words: str, comment: str) -> str:
    """Return a name; organisations put the department in a comment: `An Peeters (HR) <an@home.example>`."""
    return f"{words} ({comment})" if words and comment else words or comment


def _without_comments(inner: str) -> str:
    """Take the comments out of what stands in brackets; a quoted local part has none."""
    for _ in range(_NESTED_COMMENTS):
        if inner.startswith('"') or "(" not in inner:
            break
        inner = _COMMENT.sub("", inner)
    return inner


def names_a_group(value: bytes) -> bool:
    """Tell whether a header holds a group of mailboxes (RFC 5322, 3.4), which may name people who never wrote."""
    pieces = _tokens(headers.unfolded(value))
    return any(piece in {":", ";"} for piece in pieces)


def _tokens(text: str) -> list[str]:
    """Cut a list into its tokens; a quote that never ends is a letter, or it would swallow the rest of the list."""
    tokens = _TOKEN.findall(text)
    if tokens and tokens[-1].startswith('"') and not _is_quoted(tokens[-1]):
        tokens[-1:] = _TOKEN.findall(tokens[-1].replace('"', ""))
    return tokens


def _is_quoted(token: str) -> bool:
    return bool(_QUOTED.fullmatch(token) or _QUOTED_MAILBOX.fullmatch(token))


def _items(text: str) -> list[_Item]:
    items, tokens = [_Item()], _tokens(_MAILTO.sub("", text))
    comment_depth = 0
    # Brackets that do not match are letters: a comment without end would swallow the rest of the list.
    with_comments = tokens.count("(") == tokens.count(")")
    with_groups = not _is_one_mailbox(tokens)
    for piece in tokens:
        item = items[-1]
        if piece == "(" and with_comments:
            comment_depth += 1
        elif piece == ")" and comment_depth:
            comment_depth -= 1
            item.comments.append(" ")
        elif comment_depth:
            item.comments.append(_unescaped(piece))
        elif piece in ",;":
            items.append(_Item())
        elif piece == ":" and with_groups:
            _end_group_name(item)
        elif piece.strip() == ">":
            continue  # of brackets around brackets
        elif piece.startswith("<") or _QUOTED_MAILBOX.fullmatch(piece):
            _take_angle(items, piece)
        elif len(mailboxes := piece.split()) > 1 and all(map(_MAILBOX.match, mailboxes)):
            _take_mailboxes(items, mailboxes)
        else:
            item.words.append(_unescaped(_unquoted(piece)))
    return items


def _is_one_mailbox(tokens: list[str]) -> bool:
    """Tell whether a colon can only belong to a name (`HR: An <an@home.example>`): nothing ends or goes on."""
    return not {",", ";"} & set(tokens) and sum(token.startswith("<") for token in tokens) == 1


def _unescaped(piece: str) -> str:
    return piece[1] if len(piece) == 2 and piece[0] == "\\" and piece[1] in '()"' else piece


def _end_group_name(item: _Item) -> None:
    """Forget the name of a group; a colon inside an address or after one is part of the words."""
    if item.angle is None and not item.has_mailbox():
        item.forget()
    else:
        item.words.append(":")


def _take_angle(items: list[_Item], piece: str) -> None:
    """Take an address in its brackets; a second one begins another entry, for a comma was forgotten."""
    item, inner = items[-1], piece.strip("<>").strip()
    if item.angle is not None and "@" in item.angle:
        if "@" not in inner or inner == item.angle:
            return
        item, before = _Item(), item
        item.words = before.words[before.words_before_angle :]
        del before.words[before.words_before_angle :]
        items.append(item)
    elif item.angle:
        item.words.append(f"<{item.angle}>")
    item.angle, item.words_before_angle = inner, len(item.words)


def _take_mailboxes(items: list[_Item], mailboxes: list[str]) -> None:
    """Take addresses with nothing but blanks between them as entries of their own."""
    for mailbox in mailboxes:
        if items[-1].words:
            items.append(_Item())
        items[-1].words.append(mailbox)


def _unquoted(piece: str) -> str:
    if not piece.startswith('"'):
        return piece
    return re.sub(r"\\(.)", r"\1", piece[1:].removesuffix('"'), flags=re.DOTALL)


def _name(text: str) -> str:
    name = _IN_NAME.sub(" ", headers.one_line(headers.decode_words(text))).strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name


def _without_route(inner: str) -> str:
    before = None if inner.startswith('"') else _BEFORE_ADDRESS.match(inner)
    return inner[before.end() :] if before else inner


def _mailbox(text: str) -> str:
    """Return an address without blanks; the quotes of its local part stay where they are needed (RFC 5321, 4.1.2)."""
    address = headers.one_line(headers.decode_words(text)).strip()
    if quoted := _QUOTED_MAILBOX.fullmatch(address):
        local = _unquoted(quoted[1])
        return f"{local if _ATOMS.fullmatch(local) else quoted[1]}@{quoted[2]}"
    if hidden := _IN_ARCHIVE.fullmatch(address):
        return f"{hidden[1]}@{hidden[2]}"
    bare = re.sub(r"\s+", "", address).strip("'\"<>")
    return bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare
