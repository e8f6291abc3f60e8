"""The site: which address leads where, and what stands before it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from outreach.app import App
from outreach.web.after import After
from outreach.web.booking import Booking
from outreach.web.feed import Feed
from outreach.web.guard import Guard, TooLarge
from outreach.web.limits import Limit
from outreach.web.pages import asset, page

log = structlog.get_logger(__name__)

_ASSETS = {"booking.css": "text/css", "booking.js": "text/javascript"}
#: Seconds within which a form has to arrive.
_PATIENCE = 10
#: What one visitor may do: pages read, forms sent.
READING, SENDING = (120, 120.0), (20, 20.0)


def make_site(app: App, *, reading: tuple[int, float] = READING, sending: tuple[int, float] = SENDING) -> ASGIApp:
    """Return the site as an ASGI application; the limits are (at once, a minute) for each visitor."""
    booking, after, feed = Booking(app), After(app), Feed(app)
    send, say = _reading(booking.send), _reading(after.send)

    routes = [
        Route("/b/{token}", booking.show, methods=["GET"]),
        Route("/b/{token}/move", booking.show, methods=["GET"]),
        Route("/b/{token}/cancel", booking.show, methods=["GET"]),
        Route("/b/{token}", send, methods=["POST"]),
        Route("/b/{token}/move", send, methods=["POST"]),
        Route("/b/{token}/cancel", send, methods=["POST"]),
        Route("/m/{token}", after.show, methods=["GET"]),
        Route("/m/{token}", say, methods=["POST"]),
        Route("/feed/{token}", feed.show, methods=["GET"]),
        Route("/assets/{name}", _asset, methods=["GET"]),
        Route("/robots.txt", _robots, methods=["GET"]),
        Route("/livez", _alive, methods=["GET"]),
    ]
    inner = Starlette(routes=routes, exception_handlers={404: _missing, TooLarge: _too_large, Exception: _broken})
    inner.router.redirect_slashes = False  # the address is a secret, and a redirect would be built from what is asked
    return Guard(inner, reading=Limit(*reading), sending=Limit(*sending))


def _reading(handle: Callable[[Request, FormData], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler that reads the form first, within limits, and has it dealt with in a thread."""

    async def read(request: Request) -> Response:
        form = await asyncio.wait_for(request.form(max_files=0, max_fields=20), _PATIENCE)
        return await run_in_threadpool(handle, request, form)

    return read


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        return _missing(request, None)
    return Response(asset(name), media_type=_ASSETS[name], headers={"Cache-Control": "max-age=3600"})


def _robots(_: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


def _alive(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def _missing(_: Request, __: Exception | None) -> Response:
    return HTMLResponse(page("missing.html.j2", {"title": "No such page", "problem": ""}), 404)


def _too_large(_: Request, __: Exception) -> Response:
    return PlainTextResponse("That is more than the form can hold. Please go back and write less.", 413)


def _broken(request: Request, error: Exception) -> Response:
    log.exception("page_broken", path=request.url.path[:3], error=type(error).__name__)
    return PlainTextResponse("Something went wrong here, and nothing was changed. Please try again later.", 500)
