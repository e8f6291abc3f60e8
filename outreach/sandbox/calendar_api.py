"""Calendar v3: what each method answers. The caller has checked token and scope, and holds the lock."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outreach.sandbox.calendars import Calendar, EventJson, instant_of, is_zone
from outreach.sandbox.calls import Call
from outreach.sandbox.clock import iso
from outreach.sandbox.meet import conference, told_next_time
from outreach.sandbox.refusals import Refusal, calendar_refusal
from outreach.sandbox.world import World

Answer = dict[str, Any] | None
Handler = Callable[[World, Call], Answer]

_LONGEST_FREEBUSY = timedelta(days=92)
_MOST_CALENDARS = 50
_SEND_UPDATES = frozenset({"all", "externalOnly", "none"})
_NOT_WITH_SYNC_TOKEN = (
    *("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty"),
    *("timeMin", "timeMax", "updatedMin"),
)


def answer(world: World, call: Call) -> Answer:
    """Return the method's JSON, None for an empty answer (204). Raises Refusal in Calendar's shape."""
    try:
        return _HANDLERS[call.route.name](world, call)
    except Refusal as error:
        error.body.get("error", {}).pop("status", None)
        raise


def _bad(reason: str, message: str) -> Refusal:
    return calendar_refusal(400, reason, message)


def _calendar(world: World, call: Call) -> Calendar:
    return world.calendar(call.account, call.named["calendarId"])


def _body(call: Call) -> EventJson:
    body = call.json()
    if len(json.dumps(body)) > 1_000_000:
        raise _bad("invalid", "The event is too large.")
    return body


def _updates(call: Call) -> str:
    value = call.one("sendUpdates") or ("all" if call.one("sendNotifications") == "true" else "none")
    if value not in _SEND_UPDATES:
        raise _bad("invalidParameter", f"Invalid value for sendUpdates: {value}")
    return value


# Events.


def _insert(world: World, call: Call) -> Answer:
    calendar, updates = _calendar(world, call), _updates(call)
    body = _body(call)
    wanted = body.pop("conferenceData", None)
    if wanted and call.one("conferenceDataVersion") == "1":  # any other version has it ignored
        body |= conference(wanted, world.quirks)
    event = calendar.insert(body, world.now())
    return _changed(world, call, "event_inserted", calendar, event, updates)


def _import(world: World, call: Call) -> Answer:
    calendar = _calendar(world, call)
    event = calendar.import_(_body(call), world.now())
    return _changed(world, call, "event_imported", calendar, event, "none")


def _patch(world: World, call: Call) -> Answer:
    return _change(world, call, "event_patched", whole=False)


def _update(world: World, call: Call) -> Answer:
    return _change(world, call, "event_updated", whole=True)


def _change(world: World, call: Call, kind: str, *, whole: bool) -> Answer:
    calendar, updates = _calendar(world, call), _updates(call)
    _check_etag(call, calendar.get(call.named["eventId"]))
    event = calendar.change(call.named["eventId"], _body(call), world.now(), whole=whole)
    return _changed(world, call, kind, calendar, event, updates)


def _delete(world: World, call: Call) -> Answer:
    calendar, updates = _calendar(world, call), _updates(call)
    _check_etag(call, calendar.get(call.named["eventId"]))
    event = calendar.delete(call.named["eventId"], world.now())
    _changed(world, call, "event_deleted", calendar, event, updates)
    return None


def _check_etag(call: Call, event: EventJson) -> None:
    wanted = call.headers.get("if-match", "*").strip()
    if wanted not in {"*", event["etag"]}:
        raise calendar_refusal(412, "conditionNotMet", "Precondition Failed", location=("header", "If-Match"))


def _changed(world: World, call: Call, kind: str, calendar: Calendar, event: EventJson, updates: str) -> dict[str, Any]:
    world.ledger.write(
        kind,
        call.account,
        calendar=calendar.id,
        event_id=event["id"],
        ical_uid=event["iCalUID"],
        sequence=event["sequence"],
        status=event["status"],
        start=event["start"],
        end=event["end"],
        attendees=[guest["email"] for guest in event.get("attendees", [])],
        send_updates=updates,
    )
    if updates != "none" and event["status"] != "cancelled":
        world.population.invited(calendar, event, world.now())
    return event


def _get(world: World, call: Call) -> Answer:
    calendar = _calendar(world, call)
    event = calendar.get(call.named["eventId"])
    calendar.events[event["id"]] = told_next_time(event)
    return event


def _list(world: World, call: Call) -> Answer:
    calendar = _calendar(world, call)
    since = _synced_to(calendar, call)
    start, end, changed = (_time(call, name) for name in ("timeMin", "timeMax", "updatedMin"))
    keeps_deleted = call.flag("showDeleted") or since is not None or changed is not None
    order = call.one("orderBy")
    if order == "startTime" and not call.flag("singleEvents"):
        raise _bad("badRequest", "The requested ordering is not available for the particular query.")

    def shown(event: EventJson) -> bool:
        opens, closes = calendar.span(event)
        return (
            (keeps_deleted or event["status"] != "cancelled")
            and (since is None or calendar.changed_in[event["id"]] > since)
            and (start is None or closes > start)
            and (end is None or opens < end)
            and (changed is None or datetime.fromisoformat(event["updated"]) >= changed)
            and _matches(call, event)
        )

    found = [event for event in calendar.events.values() if shown(event)]
    if order:
        found.sort(key=lambda event: calendar.span(event) if order == "startTime" else event["updated"])
    return _listing(calendar, call, found)


def _listing(calendar: Calendar, call: Call, found: list[EventJson]) -> dict[str, Any]:
    page = call.one("pageToken", "0")
    if not page.isdecimal() or len(page) > 9:
        raise _bad("invalid", "Invalid page token value.")
    first, size = int(page), call.count("maxResults", 250, 2500)
    answered: dict[str, Any] = {
        "kind": "calendar#events",
        "etag": f'"p{calendar.version}"',
        "summary": calendar.summary,
        "timeZone": calendar.zone,
        "accessRole": "owner",
        "items": found[first : first + size],
    }
    if first + size < len(found):
        answered["nextPageToken"] = str(first + size)
    elif not any(call.one(name) for name in _NOT_WITH_SYNC_TOKEN if name not in {"timeMin", "timeMax"}):
        token = json.dumps([calendar.id, calendar.version]).encode()
        answered["nextSyncToken"] = urlsafe_b64encode(token).decode()
    return answered


def _matches(call: Call, event: EventJson) -> bool:
    uid, words = call.one("iCalUID"), call.one("q").casefold()
    told = " ".join(str(event.get(name, "")) for name in ("summary", "description", "location", "attendees"))
    private = event.get("extendedProperties", {}).get("private", {})
    wanted = [each.partition("=") for each in call.many("privateExtendedProperty")]
    return (
        (not uid or event["iCalUID"] == uid)
        and all(word in told.casefold() for word in words.split())
        and all(str(private.get(name)) == value for name, _, value in wanted)
    )


def _synced_to(calendar: Calendar, call: Call) -> int | None:
    """Return the version that a sync token stands for, None without one. Raises Refusal: 410 when it is too old."""
    token = call.one("syncToken")
    if not token:
        return None
    for name in _NOT_WITH_SYNC_TOKEN:
        if call.one(name):
            raise _bad("badRequest", f"Sync token cannot be used with {name}.")
    try:
        of, version = json.loads(urlsafe_b64decode(token.encode()))
    except ValueError:
        of, version = "", -1
    if of != calendar.id or not isinstance(version, int) or version < calendar.oldest_sync:
        message = "Sync token is no longer valid, a full sync is required."
        raise calendar_refusal(410, "fullSyncRequired", message, domain="calendar", location=("parameter", "syncToken"))
    return version


def _time(call: Call, name: str) -> datetime | None:
    value = call.one(name)
    if not value:
        return None
    try:
        return instant_of(value.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise _bad("badRequest", "Bad Request") from error


# Busy time, lists, settings.


def _freebusy(world: World, call: Call) -> Answer:
    body = call.json()
    try:
        start, end = (instant_of(body[name], body.get("timeZone")) for name in ("timeMin", "timeMax"))
    except KeyError as error:
        raise _bad("required", f"Missing {error.args[0]}.") from error
    except (ValueError, OverflowError) as error:
        raise _bad("badRequest", "Bad Request") from error
    if end <= start:
        raise _bad("timeRangeEmpty", "The specified time range is empty.")
    if end - start > _LONGEST_FREEBUSY:
        raise _bad("timeRangeTooLong", "The requested time range is too long.")
    items = body.get("items", [])
    if not isinstance(items, list) or any(not isinstance(item, dict) or "id" not in item for item in items):
        raise _bad("invalid", "Invalid items.")
    if len(items) > _MOST_CALENDARS:
        raise _bad("tooManyCalendarsRequested", "Too many calendars requested.")
    zone = ZoneInfo(body["timeZone"]) if is_zone(body.get("timeZone")) else UTC
    calendars = {str(item["id"]): _busy_of(world, call, str(item["id"]), start, end, zone) for item in items}
    return {"kind": "calendar#freeBusy", "timeMin": iso(start), "timeMax": iso(end), "calendars": calendars}


def _busy_of(world: World, call: Call, calendar_id: str, start: datetime, end: datetime, zone: Any) -> dict[str, Any]:
    try:
        calendar = world.calendar(call.account, calendar_id)
    except Refusal:
        return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    spans = calendar.busy(start, end)
    return {"busy": [{"start": _shown(opens, zone), "end": _shown(closes, zone)} for opens, closes in spans]}


def _shown(moment: datetime, zone: Any) -> str:
    return re.sub(r"\+00:00$", "Z", moment.astimezone(zone).isoformat(timespec="seconds"))


def _list_calendars(world: World, call: Call) -> Answer:
    items = [
        {
            "kind": "calendar#calendarListEntry",
            "etag": f'"{calendar.version}"',
            "id": calendar.id,
            "summary": calendar.summary,
            "timeZone": calendar.zone,
            "selected": True,
            "accessRole": "owner",
            **({"primary": True} if calendar.id == call.account else {}),
        }
        for calendar in world.account(call.account).calendars.values()
    ]
    return {"kind": "calendar#calendarList", "etag": '"1"', "items": items}


def _setting_json(name: str, value: str) -> dict[str, str]:
    return {"kind": "calendar#setting", "etag": '"1"', "id": name, "value": value}


def _settings(world: World, call: Call) -> dict[str, str]:
    return {"timezone": world.account(call.account).zone, "locale": "en", "weekStart": "1", "format24HourTime": "true"}


def _list_settings(world: World, call: Call) -> Answer:
    items = [_setting_json(name, value) for name, value in _settings(world, call).items()]
    return {"kind": "calendar#settings", "etag": '"1"', "items": items}


def _get_setting(world: World, call: Call) -> Answer:
    known, name = _settings(world, call), call.named["setting"]
    if name not in known:
        raise calendar_refusal(404, "notFound", "Not Found")
    return _setting_json(name, known[name])


_HANDLERS: dict[str, Handler] = {
    "events.list": _list,
    "events.insert": _insert,
    "events.import": _import,
    "events.get": _get,
    "events.patch": _patch,
    "events.update": _update,
    "events.delete": _delete,
    "freebusy.query": _freebusy,
    "calendarList.list": _list_calendars,
    "settings.list": _list_settings,
    "settings.get": _get_setting,
}
