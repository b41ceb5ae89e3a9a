"""Serves the portal, also to those who do not speak HTTP: aiohttp answers garbage itself, before any page of ours."""

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from casework.portal.shell.headers import add_headers
from casework.portal.shell.keys import SHELL


class _Connection(RequestHandler):
    """One connection, on which a request that cannot be read gets a refusal without a word about the inside."""

    __slots__ = ("_https",)

    def __init__(self, server: web.Server, *, https: bool, **options: Any) -> None:
        super().__init__(server, **options)
        self._https = https

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Return the refusal; the connection is closed after it."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            response = super().handle_error(request, status, exc, message)
        else:
            response = web.Response(status=status, text=f"{status}: {HTTPStatus(status).phrase}")
            response.force_close()
        add_headers(response, https=self._https)
        return response


class _Server(web.Server):
    """Hands out connections of ours."""

    https = False

    def __call__(self) -> RequestHandler:
        """Return what speaks on a new connection."""
        return _Connection(self, https=self.https, loop=self._loop, **self._kwargs)


class PortalRunner(web.AppRunner):
    """Runs the application as `web.AppRunner` does, with refusals that carry our headers."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        """Return the server that aiohttp makes, handing out connections of ours."""
        made = await super()._make_server()
        server = _Server(
            made.request_handler,
            request_factory=made.request_factory,
            loop=asyncio.get_running_loop(),
            **made._kwargs,  # noqa: SLF001 -- aiohttp has no other way
        )
        server.https = self.app[SHELL].desk.settings.public_url.startswith("https://")
        return server
