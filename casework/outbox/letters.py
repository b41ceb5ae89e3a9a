"""Renders the mails that the desk writes, from `templates/mail/<event>/<language>/`."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined

from casework.outbox.models import MailKind


@dataclass(frozen=True)
class Letter:
    """A rendered mail: one line of subject, and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("templates", "."),
        autoescape=html,  # noqa: S701 -- the text form of a mail is not HTML; the HTML form is escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["day"] = _day
    return environment


def _day(on: date, language: str) -> str:
    """Return a calendar day as people write it in Belgium."""
    return format_date(on, "long", locale=f"{language}_BE")


_BREAKING = dict.fromkeys([*range(32), 0x7F, 0x85, 0x2028, 0x2029], " ")


def one_line(text: str) -> str:
    """Return a text without any line break or control character: what a header may hold."""
    return " ".join(text.translate(_BREAKING).split())


def render(kind: MailKind, language: str, context: dict[str, Any]) -> Letter:
    """Render one mail in a language; a template that asks for something it was not given is an error."""
    folder = f"mail/{kind}/{language}"
    plain, html = _environment(html=False), _environment(html=True)
    return Letter(
        subject=one_line(plain.get_template(f"{folder}/subject.txt").render(context)),
        text=plain.get_template(f"{folder}/body.txt").render(context).strip() + "\n",
        html=html.get_template(f"{folder}/body.html").render(context | {"language": language}),
    )
