"""The feed of meetings: what calendar programs fetch every now and then."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from outreach.actions.feed_link import find_feed
from outreach.actions.own_feed import own_feed
from outreach.app import App
from outreach.web.booking import missing


class Feed:
    """The handler."""

    def __init__(self, app: App) -> None:
        self._app = app

    def show(self, request: Request) -> Response:
        """Answer GET: the calendar, or that it is as it was (304)."""
        account_id = find_feed(self._app, request.path_params["token"].removesuffix(".ics"))
        if account_id is None:
            return missing()
        calendar = own_feed(self._app, account_id)
        tag = f'"{hashlib.sha256(calendar).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="meetings.ics"'
        return Response(calendar, media_type="text/calendar; charset=utf-8", headers=headers)
