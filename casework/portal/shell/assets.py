"""Style sheets, scripts and images: read once from the package, served under a name that changes with the content."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from casework.errors import NotFound
from casework.portal.shell.package_data import templates_folder

PREFIX = "/static/"
LIFETIME = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    content: bytes
    content_type: str
    version: str


class Assets:
    """Every `templates/web/<folder>/static/<name>`, held in memory: no request can name another file."""

    def __init__(self) -> None:
        self._held = {
            f"{folder.name}/{file.name}": _read(file)
            for folder in (templates_folder() / "web").iterdir()
            if (folder / "static").is_dir()
            for file in (folder / "static").iterdir()
        }

    def url(self, name: str) -> str:
        """Return the address of `<folder>/<name>`; a name that does not exist is a bug and raises `KeyError`."""
        return f"{PREFIX}{name}?v={self._held[name].version}"

    async def serve(self, request: web.Request) -> web.Response:
        """Serve one file; a browser may keep it for ever, because its address changes with its content."""
        asset = self._held.get(f"{request.match_info['folder']}/{request.match_info['name']}")
        if asset is None:
            raise NotFound
        charset = "utf-8" if asset.content_type.startswith("text/") else None
        response = web.Response(body=asset.content, content_type=asset.content_type, charset=charset)
        response.headers["Cache-Control"] = LIFETIME
        return response

    def route(self) -> web.RouteDef:
        """Return the route that serves the files."""
        return web.get(PREFIX + "{folder}/{name}", self.serve)


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(content, kind, hashlib.sha256(content).hexdigest()[:12])
