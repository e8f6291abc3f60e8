"""What stands before every page: limits of size and number, and the headers that keep a page to itself."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.web.limits import Limit

#: Two notes of four thousand letters, each of several bytes that are written as three characters a byte.
LARGEST_BODY = 131_072
#: The link is the key: it must not leave by a Referer, a cache, a frame or a search engine.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guard:
    """ASGI middleware. Visitors are told apart by their address, as the server or a trusted proxy says it."""

    def __init__(self, app: ASGIApp, reading: Limit, sending: Limit) -> None:
        self._app = app
        self._reading = reading
        self._sending = sending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer that it is too large or one too many."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        limit = self._reading if scope["method"] in {"GET", "HEAD"} else self._sending
        if not limit.allows(_visitor(scope)):
            words = "Too many requests from your address. Please wait a minute and load the page again."
            await PlainTextResponse(words, 429, {"Retry-After": str(limit.wait)})(scope, receive, guarded)
            return
        await self._app(scope, _bounded(receive), guarded)


def _visitor(scope: Scope) -> str:
    """Return the visitor's address; of IPv6 the network, for each house has more addresses than can be counted."""
    address = scope["client"][0] if scope.get("client") else ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((address, 64), strict=False)) if parsed.version == 6 else address


class TooLarge(Exception):
    """The body of a request is larger than any form of ours."""


def _bounded(receive: Receive) -> Receive:
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise TooLarge
        return message

    return bounded
