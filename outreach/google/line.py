"""One account's line to Google: a request in, what it means out, every failure as an edge error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import httplib2
from google.auth.exceptions import GoogleAuthError
from googleapiclient.errors import Error as ApiError
from googleapiclient.errors import HttpError

from outreach.edge import AccessLost, Answered, Gone
from outreach.google.access import AuthorizedHttp
from outreach.google.errors import edge_error
from outreach.google.transport import AnswerLost, NotWritten
from outreach.rules.quota import UNITS

_T = TypeVar("_T")
_LONGEST_BODY = 1_000
#: What asking can raise; the last row comes of answers that are no JSON, or an odd one.
_FAILURES = (
    *(ApiError, GoogleAuthError, NotWritten, AnswerLost, httplib2.HttpLib2Error, OSError),
    *(ValueError, AttributeError, RecursionError),
)
#: What reading an answer of an unknown shape leads to.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


class Line:
    """Sends requests that google-api-python-client has built, each once: retries have one owner, the row."""

    def __init__(self, http: AuthorizedHttp, now: Callable[[], datetime]) -> None:
        self._http = http
        self._now = now
        #: Quota units that all requests so far have cost.
        self.units = 0

    @property
    def answered_at(self) -> datetime | None:
        """Return what Google's clock showed at its last answer, None where it did not say."""
        return self._http.answered_at

    def ask(self, request: Any, read: Callable[[Any], _T]) -> _T:
        """Return what ``read`` makes of the answer. Raises NotDone, AccessLost, Refused, Gone; never Unsure."""
        return self._carried_out(request, read, once=False)

    def ask_once(self, request: Any, read: Callable[[Any], _T]) -> _T:
        """As ``ask``, for what must not happen twice. Raises Unsure when it may have been carried out."""
        return self._carried_out(request, read, once=True)

    def answered(self, request: Any) -> Answered:
        """Return how the request ended, whatever that was. Raises NotDone when it was not written, AccessLost."""
        try:
            answer = request.execute(http=self._http, num_retries=0)
        except _FAILURES as error:
            meant = edge_error(error, once=True, now=self._now())
            if isinstance(meant, AccessLost) or isinstance(error, NotWritten | GoogleAuthError):
                raise meant from error
            status = int(error.resp.status) if isinstance(error, HttpError) else None
            body = error.content.decode("utf-8", "replace")[:_LONGEST_BODY] if isinstance(error, HttpError) else ""
            return Answered(status, body, error=meant)
        made = answer if isinstance(answer, dict) else {}
        return Answered(200, id=str(made.get("id", "")), thread_id=str(made.get("threadId", "")))

    def _carried_out(self, request: Any, read: Callable[[Any], _T], *, once: bool) -> _T:
        self.units += UNITS.get(request.methodId, 0)
        try:
            answer = request.execute(http=self._http, num_retries=0)
        except _FAILURES as error:
            raise edge_error(error, once=once, now=self._now()) from error
        try:
            return read(answer)
        except _UNREADABLE as error:
            raise edge_error(error, once=once, now=self._now()) from error


def named(thing_id: str) -> str:
    """Return an id that can stand in a path. Raises Gone for one that names nothing: the path would mean a list."""
    if thing_id.strip(".") == "":
        raise Gone("An empty id names nothing at Google.")
    return thing_id
