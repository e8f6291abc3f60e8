"""Google Meet: the link that is made for an event when whoever inserts it asks for one."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from outreach.sandbox.quirks import Quirk
from outreach.sandbox.refusals import calendar_refusal

_KEY = {"type": "hangoutsMeet"}


def conference(wanted: Any, quirks: Collection[Quirk]) -> dict[str, Any]:
    """Return what the event gets besides: the link, or that it is being made. Raises Refusal (400)."""
    asked = wanted.get("createRequest") if isinstance(wanted, dict) else None
    if not isinstance(asked, dict) or not asked.get("requestId"):
        raise calendar_refusal(400, "required", "Missing conference request id.")
    if asked.get("conferenceSolutionKey", _KEY) != _KEY or Quirk.REFUSES_MEET in quirks:
        raise calendar_refusal(400, "invalid", "Invalid conference type value.")
    request = {"requestId": str(asked["requestId"]), "conferenceSolutionKey": _KEY}
    if Quirk.MEET_TAKES_TIME in quirks:
        return {"conferenceData": {"createRequest": request | {"status": {"statusCode": "pending"}}}}
    return _made(request)


def told_next_time(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event as whoever asks next is told of it: a link that was being made is there then."""
    request = event.get("conferenceData", {}).get("createRequest", {})
    if request.get("status", {}).get("statusCode") != "pending":
        return event
    return event | _made(request)


def _made(request: dict[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256(request["requestId"].encode()).hexdigest()
    letters = "".join(chr(ord("a") + int(each, 16)) for each in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    link = f"https://meet.google.com/{code}"
    return {
        "hangoutLink": link,
        "conferenceData": {
            "createRequest": request | {"status": {"statusCode": "success"}},
            "conferenceId": code,
            "conferenceSolution": {"key": _KEY, "name": "Google Meet"},
            "entryPoints": [{"entryPointType": "video", "uri": link, "label": link.removeprefix("https://")}],
        },
    }
