"""A person's own photo: drawn anew when it comes in, handed out under strict headers."""

from aiohttp import web

from casework.errors import NotFound
from casework.people import photos
from casework.portal.shell.bodies import posted
from casework.portal.shell.headers import DOWNLOAD_POLICY
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.views.profile import draw_profile


async def show_photo(request: web.Request) -> web.StreamResponse:
    """Hand out one's own photo."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        photo = await photos.of_person(session, actor.person_id or 0)
    if photo is None:
        raise NotFound
    headers = {"Content-Security-Policy": DOWNLOAD_POLICY}
    return web.Response(body=photo.jpeg, content_type=photos.CONTENT_TYPE, headers=headers)


async def set_photo(request: web.Request) -> web.StreamResponse:
    """Keep a photo, or say why it cannot be used."""
    actor = signed_in(request)
    sent = await (await posted(request)).files("photo")
    drawn = await photos.draw(sent[0].content) if sent else None
    if drawn is None:
        problem = gettext(request, "Choose a photo (JPEG, PNG or WebP) of at most 10 MB and 40 million pixels.")
        return await draw_profile(request, actor, photo_problem=problem)
    home = shell(request)
    async with home.database.transaction() as session:
        await photos.keep(session, actor.person_id or 0, drawn, home.desk.clock.now())
    return see_other("/profile", done="photo")


async def remove_photo(request: web.Request) -> web.StreamResponse:
    """Take the photo away."""
    actor = signed_in(request)
    async with shell(request).database.transaction() as session:
        await photos.remove(session, actor.person_id or 0)
    return see_other("/profile", done="photo_removed")
