"""The booking page: GET shows, POST books. It works without JavaScript; scanners that follow links change nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import structlog
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from outreach.actions.book_as_guest import LONGEST_PHONE, Wish, book_as_guest
from outreach.actions.booking_link import Named, find_booking
from outreach.actions.guest_slots import KnownBusy, busy_for_guests, guest_slots
from outreach.actions.guest_words import LONGEST_NOTE
from outreach.app import App
from outreach.edge import EdgeError
from outreach.errors import NotAllowed, OutreachError, TryLater
from outreach.queries.booking_page import BookingPage, BookingState, booking_page
from outreach.rules.instants import Span, as_utc
from outreach.rules.kinds import PlaceKind
from outreach.rules.zones import is_zone, local, say_day, say_span
from outreach.web.pages import page

log = structlog.get_logger(__name__)

_ZONES = tuple(
    sorted(each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "SystemV/")))
)
_UNREADABLE = "The calendar cannot be read just now, so no times can be shown. Please try again in a few minutes."
_TAKEN = "The time from the letter is not free any more. Please choose another one."
_TRAP = "company_fax_2"
_TRAPPED = "That looked as if a program had filled in the form. Please try once more."
_FAILED = "That did not work just now. Nothing was changed: please try again in a few minutes."


@dataclass(frozen=True)
class Shown:
    """One free time on the page; ``there`` is what the clock in ``there_zone`` shows the host, "" if the same."""

    iso: str
    clock: str
    there: str
    there_zone: str
    chosen: bool
    offered: bool


class Booking:
    """The handlers, with what they share: the app, and busy time read lately."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known = KnownBusy()

    def show(self, request: Request) -> Response:
        """Answer GET: the times, or what became of them. Nothing is changed."""
        named = find_booking(self._app, request.path_params["token"])
        if named is None:
            return missing()
        wants = (
            "move" if request.url.path.endswith("/move") else "cancel" if request.url.path.endswith("/cancel") else ""
        )
        return self._page(request, named, wants)

    def send(self, request: Request, form: FormData) -> Response:
        """Answer POST: book, move or cancel, then lead to the page that shows it."""
        token = request.path_params["token"]
        named = find_booking(self._app, token)
        if named is None:
            return missing()
        wants = _wants(request)
        if form_text(form, _TRAP):  # only a machine fills in what nobody sees
            return self._page(request, named, wants, form, _TRAPPED, 422)
        wish = _wish(form, wants)
        if wish is None:
            return self._page(request, named, wants, form, "Please choose one of the times.", 422)
        try:
            book_as_guest(self._app, named.account_id, named.conversation_id, wish)
        except NotAllowed as error:
            self._known.forget(named.account_id)
            return self._page(request, named, wants, form, error.message, 409)
        except TryLater as error:
            return self._page(request, named, wants, form, error.message, 503)
        except (EdgeError, OutreachError) as error:
            log.warning("booking_failed", conversation=named.conversation_id, error=error.message)
            return self._page(request, named, wants, form, _FAILED, 503)
        self._known.forget(named.account_id)
        return _back(token, form)

    def _page(
        self,
        request: Request,
        named: Named,
        wants: str,
        form: FormData | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        shown = booking_page(self._app, named.account_id, named.conversation_id)
        zone = _zone(form or request.query_params, shown)
        facts: dict[str, Any] = _facts(request.path_params["token"], shown, zone, problem)
        choosing = shown.state in {BookingState.OPEN, BookingState.CANCELLED} or (
            shown.state is BookingState.BOOKED and wants == "move"
        )
        if shown.state is BookingState.BOOKED and wants == "cancel":
            return HTMLResponse(page("cancel.html.j2", facts), status)
        if not choosing:
            return HTMLResponse(page("state.html.j2", facts), status)
        moving = shown.meeting.id if shown.meeting and shown.state is BookingState.BOOKED else None
        slots: list[Span] = []
        try:
            busy = busy_for_guests(self._app, named.account_id, self._known)
            slots = guest_slots(self._app, named.account_id, named.conversation_id, busy, moving=moving)
        except EdgeError as error:
            log.info("busy_time_unknown", account=named.account_id, error=error.message)
            facts["problem"], status = problem or _UNREADABLE, 503 if status == 200 else status
        chosen = _instant(str((form or request.query_params).get("start") or ""))
        slot = next((each for each in slots if each.start == chosen), None)
        if slots and slot is None and request.query_params.get("start"):
            facts["problem"] = problem or _TAKEN
        days = days_of(slots, zone, shown, chosen)
        facts |= {
            "days": days,
            "elsewhere": list(dict.fromkeys(slot.there_zone for day in days for slot in day["slots"] if slot.there)),
            "chosen": _in_words(slot, zone, shown) if slot and form is None else "",
            "chosen_start": slot.start.isoformat() if slot else "",
            "moving": bool(moving),
            "entered": _entered(form, shown),
        }
        return HTMLResponse(page("choose.html.j2", facts), status)


def _wants(request: Request) -> str:
    """Return "move" or "cancel" where the address says so, else ""."""
    last = request.url.path.rpartition("/")[2]
    return last if last in {"move", "cancel"} else ""


def missing() -> Response:
    """Return the page of a link that names nothing."""
    return HTMLResponse(page("missing.html.j2", {"title": "No such page", "problem": ""}), 404)


def _back(token: str, form: FormData) -> Response:
    zone = form_text(form, "zone")
    query = f"?zone={zone}" if is_zone(zone) and zone in _ZONES else ""
    return RedirectResponse(f"/b/{token}{query}", 303)


def _facts(token: str, shown: BookingPage, zone: str, problem: str) -> dict[str, Any]:
    meeting = shown.meeting
    span = Span(meeting.starts_at, meeting.ends_at) if meeting else None
    return {
        "title": f"A conversation with {shown.host_name}",
        "here": f"/b/{token}",
        "shown": shown,
        "zone": zone,
        "zone_options": _zone_options(zone, shown.zone),
        "trap": _TRAP,
        "problem": problem,
        "key": secrets.token_urlsafe(24),
        "when": _in_words(span, zone, shown) if span else "",
        "longest_note": LONGEST_NOTE,
        "longest_phone": LONGEST_PHONE,
    }


def _in_words(span: Span, zone: str, shown: BookingPage) -> str:
    there = shown.host.zone_at(span.start)
    return say_span(span, zone, also=there if there != zone else None)


def days_of(slots: Sequence[Span], zone: str, shown: BookingPage, chosen: datetime | None) -> list[dict[str, Any]]:
    """Return the days that have free times in the zone, in order, each with its times."""
    offered = {span.start for _, span in shown.offered}
    by_day: dict[Any, list[Shown]] = {}
    for slot in slots:
        here, there_zone = local(slot.start, zone), shown.host.zone_at(slot.start)
        there = local(slot.start, there_zone)
        by_day.setdefault(here.date(), []).append(
            Shown(
                iso=slot.start.isoformat(),
                clock=f"{here:%H:%M}",
                there="" if there.utcoffset() == here.utcoffset() else f"{there:%H:%M}",
                there_zone=there_zone,
                chosen=slot.start == chosen,
                offered=slot.start in offered,
            )
        )
    return [{"day": say_day(day), "iso": day.isoformat(), "slots": times} for day, times in by_day.items()]


@lru_cache(maxsize=1024)
def _zone_options(chosen: str, first: str) -> Markup:
    """Return the zones to choose from; four hundred of them, made once."""
    option = Markup('<option value="{}"{}>{}</option>')
    zones = _ZONES if first in _ZONES else (first, *_ZONES)
    selected = {True: Markup(" selected"), False: Markup()}
    return Markup("\n").join(option.format(each, selected[each == chosen], each.replace("_", " ")) for each in zones)


def _zone(given: Mapping[str, Any], shown: BookingPage) -> str:
    zone = str(given.get("zone") or "")[:64]
    return zone if zone in _ZONES else shown.zone


def _entered(form: FormData | None, shown: BookingPage) -> dict[str, str]:
    kind = PlaceKind.OFFICE.value if shown.local else PlaceKind.PHONE.value
    if form is None:
        return {"how": kind, "phone": "", "note": ""}
    return {"how": form_text(form, "how") or kind, "phone": form_text(form, "phone"), "note": form_text(form, "note")}


def _wish(form: FormData, wants: str) -> Wish | None:
    """Return what the form asks for, None when it names no time."""
    start = _instant(form_text(form, "start"))
    if start is None and wants != "cancel":
        return None
    how = form_text(form, "how")
    return Wish(
        key=form_text(form, "key")[:64] or secrets.token_urlsafe(24),
        start=None if wants == "cancel" else start,
        moves=wants == "move",
        place_kind=PlaceKind(how) if how in set(PlaceKind) else None,
        phone=" ".join(form_text(form, "phone").split())[:LONGEST_PHONE],
        note=form_text(form, "note")[:LONGEST_NOTE],
    )


def form_text(form: FormData, name: str) -> str:
    """Return what was entered under a name, "" for nothing and for what is no text."""
    value = form.get(name)
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _instant(text: str) -> datetime | None:
    """Return the instant in UTC, None for what is none and for one at the edge of the calendar."""
    try:
        return as_utc(datetime.fromisoformat(text.replace(" ", "+")))
    except (ValueError, OverflowError):
        return None
