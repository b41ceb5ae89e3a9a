"""Puts paragraphs together again that a mail program broke for narrow screens (RFC 3676, format=flowed)."""

_SIGNATURE = "-- "


def is_flowed(parameters: dict[str, str]) -> bool:
    """Tell whether the parameters of a text say that its paragraphs may be joined."""
    return parameters.get("format", "").lower() == "flowed"


def joined(text: str, *, deletes_space: bool) -> str:
    """Return a text with each paragraph on one line, its quote marks in front; `deletes_space` is DelSp=yes.

    A line that ends in a space goes on in the next one of the same depth of quotes (section 4.5); the line above a
    signature does not (section 4.3). A space in front, which protects a line on its way, is taken away (section 4.4).
    """
    lines: list[str] = []
    paragraph, depth_before = list[str](), 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        # The space that keeps a mark from being one stays: nobody else would know that it is none.
        content = line if line.startswith(" >") else line[depth:].removeprefix(" ")
        if paragraph and (depth != depth_before or content == _SIGNATURE):
            lines.append(_line(paragraph, depth_before))
            paragraph = []
        goes_on = content.endswith(" ") and content != _SIGNATURE
        paragraph.append(content[:-1] if goes_on and deletes_space else content)
        depth_before = depth
        if not goes_on:
            lines.append(_line(paragraph, depth))
            paragraph = []
    if paragraph:
        lines.append(_line(paragraph, depth_before))
    return "\n".join(lines)


def _line(paragraph: list[str], depth: int) -> str:
    content = "".join(paragraph)
    return f"{'>' * depth} {content}".rstrip() if depth else content
