"""Hands files to a browser to be saved: never shown in the page, never run."""

from aiohttp import web

from casework.portal.shell.headers import DOWNLOAD_POLICY


def download(filename: str, content_type: str, content: bytes) -> web.Response:
    """Return bytes as a file to save, under a name of our own making."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Content-Security-Policy": DOWNLOAD_POLICY}
    return web.Response(body=content, content_type=content_type, headers=headers)
