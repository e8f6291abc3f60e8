"""The page on which the owner says how a meeting went: held and what about, not held, or moved. POST says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from outreach.actions.after_link import find_after
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.record_debrief import MOST_TOPICS, record_debrief
from outreach.app import App
from outreach.edge import EdgeError
from outreach.errors import BadInput, NotAllowed, OutreachError
from outreach.queries.accounts import whereabouts_of
from outreach.queries.after_page import AfterPage, AfterState, after_page
from outreach.rules.zones import say, say_span
from outreach.web.booking import form_text, missing
from outreach.web.pages import page

_LONGEST = 4_000
_ENTERED = ("what", "names", "note", "moved_to", "private")
_NOTHING = "Say first how it went: met, not met, or moved."
_FAILED = "That did not work just now. Nothing was changed: please try again in a few minutes."


class After:
    """The handlers."""

    def __init__(self, app: App) -> None:
        self._app = app

    def show(self, request: Request) -> Response:
        """Answer GET: the meeting, and the form. Nothing is changed."""
        named = find_after(self._app, request.path_params["token"])
        return self._page(request, *named) if named is not None else missing()

    def send(self, request: Request, form: FormData) -> Response:
        """Answer POST: note it, then lead to the page that shows it."""
        token = request.path_params["token"]
        named = find_after(self._app, token)
        if named is None:
            return missing()
        try:
            self._say(*named, form)
        except (BadInput, NotAllowed) as error:
            return self._page(request, *named, form, _in_full(error), 422)
        except (EdgeError, OutreachError):
            return self._page(request, *named, form, _FAILED, 503)
        return RedirectResponse(f"/m/{token}", 303)

    def _say(self, account_id: str, meeting_id: str, form: FormData) -> None:
        said: dict[str, Callable[[str, str, FormData], None]] = {
            "held": self._held,
            "not_held": self._not_held,
            "moved": self._moved,
        }
        what = said.get(form_text(form, "what"))
        if what is None:
            raise BadInput(_NOTHING)
        what(account_id, meeting_id, form)

    def _held(self, account_id: str, meeting_id: str, form: FormData) -> None:
        topics = [topic for n in range(1, MOST_TOPICS + 1) if (topic := form_text(form, f"topic{n}"))]
        names = [line.strip() for line in form_text(form, "names")[:_LONGEST].splitlines() if line.strip()]
        note = form_text(form, "note")[:_LONGEST]
        if after_page(self._app, account_id, meeting_id).state is AfterState.NOT_HELD:
            mark_meeting(self._app, account_id, meeting_id, held=True)
        if not (topics or names or note):
            mark_meeting(self._app, account_id, meeting_id, held=True)
            return
        record_debrief(
            self._app,
            account_id,
            meeting_id,
            topics=topics,
            notes=note,
            referrals=names,
            may_use_name=form_text(form, "private") != "yes",
        )

    def _not_held(self, account_id: str, meeting_id: str, _: FormData) -> None:
        mark_meeting(self._app, account_id, meeting_id, held=False)

    def _moved(self, account_id: str, meeting_id: str, form: FormData) -> None:
        written = form_text(form, "moved_to")
        if not written:
            raise BadInput("Say when you meet instead: day and time.")
        move_meeting(self._app, account_id, meeting_id, self._instant(account_id, written))

    def _instant(self, account_id: str, written: str) -> datetime:
        return whereabouts_of(self._app, account_id).parse(written[:40], self._app.now())

    def _page(
        self,
        request: Request,
        account_id: str,
        meeting_id: str,
        form: FormData | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        shown = after_page(self._app, account_id, meeting_id)
        facts: dict[str, Any] = {
            "title": f"You and {shown.guest_name}",
            "problem": problem,
            "here": f"/m/{request.path_params['token']}",
            "shown": shown,
            "when": say_span(shown.span, shown.zone),
            "thanks_when": _said(shown.thanks_due_at, shown),
            "deadline_when": _said(shown.deadline_at, shown),
            "topics": _topics(shown, form),
            "entered": {name: form_text(form, name) if form else "" for name in _ENTERED},
        }
        return HTMLResponse(page("after.html.j2", facts), status)


def _said(moment: datetime | None, shown: AfterPage) -> str:
    return say(moment, shown.zone) if moment is not None else ""


def _topics(shown: AfterPage, form: FormData | None) -> list[str]:
    known = [form_text(form, f"topic{n}") for n in range(1, MOST_TOPICS + 1)] if form else list(shown.topics)
    return (known + [""] * MOST_TOPICS)[:MOST_TOPICS]


def _in_full(error: OutreachError) -> str:
    return " ".join([error.message, *(f"{each[:1].upper()}{each[1:]}." for each in error.problems)])
