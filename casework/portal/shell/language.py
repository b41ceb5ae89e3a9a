"""Which language a visitor reads before we know who they are: their choice, else their browser's."""

from aiohttp import web

from casework.people.models import LANGUAGES
from casework.portal.shell import cookies

COOKIE = "balie-language"
COOKIE_SECONDS = 365 * 24 * 3600
LONGEST_HEADER = 200


def chosen_language(request: web.Request) -> str | None:
    """Return the language that the query asks for (`?lang=fr`), if it is one of ours."""
    wanted = request.query.get("lang")
    return wanted if wanted in LANGUAGES else None


def guess_language(request: web.Request) -> str:
    """Return the language of the query, of the cookie, of the browser, or Dutch."""
    kept = cookies.read(request, COOKIE)
    return chosen_language(request) or (kept if kept in LANGUAGES else _accepted(request))


def _accepted(request: web.Request) -> str:
    """Return the best language of an Accept-Language header (RFC 9110, section 12.5.4)."""
    best, weight = LANGUAGES[0], 0.0
    for part in request.headers.get("Accept-Language", "")[:LONGEST_HEADER].split(","):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES and (wished := _quality(quality)) > weight:
            best, weight = language, wished
    return best


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def remember_language(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a choice that was made in the query for the next pages."""
    chosen = chosen_language(request)
    if chosen and not response.prepared:
        keep_language(request, response, chosen)


def keep_language(request: web.Request, response: web.StreamResponse, language: str) -> None:
    """Have this browser read a language while nobody is signed in."""
    cookies.keep(request, response, COOKIE, language, COOKIE_SECONDS)
