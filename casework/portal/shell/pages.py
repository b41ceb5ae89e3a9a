"""Draws pages: the template, in the visitor's language, within the layout of the desk."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from gettext import NullTranslations
from types import CodeType
from typing import Any

from aiohttp import web
from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from casework.portal.shell import formats
from casework.portal.shell.assets import Assets
from casework.portal.shell.keys import shell
from casework.portal.shell.redirects import with_query
from casework.portal.shell.section import Link
from casework.portal.shell.visitor import visitor

MOST_SENTENCES = 4096  # kept of one language; the templates hold fewer
OWN_ADDRESSES = ("/catalogue", "/tasks", "/cases", "/workspace", "/admin", "/help", "/profile")
LANGUAGE_NAMES = {"nl": "Nederlands", "fr": "Français", "de": "Deutsch", "en": "English"}


def build_templates(wording: Mapping[str, NullTranslations], assets: Assets) -> dict[str, Environment]:
    """Build one template environment for each language; a template that asks for what it was not given is an error."""
    return {language: _environment(language, spoken, assets) for language, spoken in wording.items()}


class _CompiledOnce(BytecodeCache):
    """Keeps what was compiled of a template for the other languages and the other portals of this process.

    The compiler fills in what a filter makes of a literal, so no literal may go through a filter that knows a language.
    """

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of the same source."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled just now."""
        if bucket.code is not None:
            self._compiled[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _CompiledOnce()


def _environment(language: str, spoken: NullTranslations, assets: Assets) -> Environment:
    environment = Environment(
        loader=PackageLoader("templates", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    environment.install_gettext_translations(spoken, newstyle=True)  # type: ignore[attr-defined] # set by the extension
    environment.globals["gettext"] = environment.globals["_"] = _translator(spoken)
    environment.globals["language"] = language
    environment.globals["asset"] = assets.url
    environment.filters["moment"] = lambda at: formats.moment(at, language)
    environment.filters["short_moment"] = formats.short_moment
    environment.filters["day"] = lambda on: formats.day(on, language)
    environment.filters["month"] = lambda on: formats.month(on, language)
    environment.filters["short_day"] = formats.short_day
    environment.filters["size"] = formats.size
    environment.filters["file_kind"] = formats.file_kind
    environment.filters["with_query"] = with_query
    return environment


def _translator(spoken: NullTranslations) -> Callable[..., Markup]:
    """Return what the templates call for a sentence: as the extension does, but each plain sentence is made once."""

    @lru_cache(MOST_SENTENCES)
    def translated(sentence: str) -> Markup:
        return Markup(spoken.gettext(sentence))  # noqa: S704 -- our own words

    @lru_cache(MOST_SENTENCES)
    def plain(sentence: str) -> Markup:
        return translated(sentence) % {}

    def translate(sentence: str, /, **values: Any) -> Markup:
        return translated(sentence) % values if values else plain(sentence)

    return translate


def gettext(request: web.Request, text: str) -> str:
    """Return a sentence in the visitor's language."""
    return shell(request).wording[visitor(request).language].gettext(text)


def render_fragment(request: web.Request, template: str, **context: Any) -> Markup:
    """Draw a part of a page, such as a panel. `template` is a path below `templates/web/`."""
    drawn = shell(request).templates[visitor(request).language].get_template(template)
    return Markup(drawn.render(_common(request) | context))  # noqa: S704 -- the environment escaped it


def render_page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Draw a whole page; its template extends `layout.html`."""
    html = render_fragment(request, template, **context)
    return web.Response(text=str(html), status=status, content_type="text/html", charset="utf-8")


def _common(request: web.Request) -> dict[str, Any]:
    who = visitor(request)
    home = shell(request)
    return {
        "visitor": who,
        "path": request.path,
        "csrf_token": who.csrf_token,
        "idle_seconds": int(home.rules.idle.total_seconds()),
        "desk_address": home.desk.settings.desk_address,
        "here": _here(request, home.links),
        "self_service_url": home.desk.settings.self_service_url,
        "expenses_url": home.desk.settings.expenses_url,
        "links": [link for link in home.links if not link.roles or who.has(*link.roles)],
        "catalogue": home.desk.catalogue,
        "languages": _languages(request),
        "done": request.query.get("done", ""),
    }


def _here(request: web.Request, links: Iterable[Link]) -> str:
    """Return which address of the navigation this page belongs to: the longest that its own begins with.

    A ticket belongs to none, since it may be a colleague's.
    """
    addresses = [*OWN_ADDRESSES, *(link.path for link in links if not link.admin)]
    above = [to for to in addresses if request.path == to or (to != "/cases" and request.path.startswith(f"{to}/"))]
    return max(above, key=len, default="")


def _languages(request: web.Request) -> list[tuple[str, str, str]]:
    """Return each language with its own name and the address of this page in it; a sent form has no address."""
    if request.method != "GET":
        return []
    return [(code, name, str(request.rel_url.update_query(lang=code))) for code, name in LANGUAGE_NAMES.items()]
