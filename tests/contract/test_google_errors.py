"""What each failure means, in the shapes that Google gives them (reference: google.md, section 4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httplib2
import pytest
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError

from outreach.edge import AccessLost, EdgeError, Gone, NotDone, Refused, Unsure
from outreach.google.errors import edge_error, token_error
from outreach.google.transport import AnswerLost, AnswerTooLarge, NotWritten

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def http_error(status: int, content: bytes | dict[str, Any], **headers: str) -> HttpError:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpError(httplib2.Response({"status": str(status), **named}), data)


def shape(code: int, reason: str, message: str, *, domain: str = "global", **more: Any) -> dict[str, Any]:
    entry = {"message": message, "domain": domain, "reason": reason}
    return {"error": {"code": code, "message": message, "errors": [entry], **more}}


NOT_FOUND = shape(404, "notFound", "Requested entity was not found.", status="NOT_FOUND")
PRECONDITION = shape(400, "failedPrecondition", "Precondition check failed.", status="FAILED_PRECONDITION")
INVALID_TO = shape(400, "invalidArgument", "Invalid To header", status="INVALID_ARGUMENT")
UNAUTHORIZED = {
    "error": {
        "errors": [
            {
                "domain": "global",
                "reason": "authError",
                "message": "Invalid Credentials",
                "locationType": "header",
                "location": "Authorization",
            }
        ],
        "code": 401,
        "message": "Invalid Credentials",
    }
}
CONCURRENT = shape(
    429,
    "rateLimitExceeded",
    "Too many concurrent requests for user",
    domain="usageLimits",
    status="RESOURCE_EXHAUSTED",
)
MAIL_SENDING = shape(
    429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-23T17:00:00.000Z (Mail sending)"
)
_OF = "of service 'gmail.googleapis.com'"
PER_USER = f"Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' {_OF}"
PER_DAY = f"Quota exceeded for quota metric 'Queries' and limit 'Queries per day' {_OF}"
SCOPE = shape(
    403,
    "insufficientPermissions",
    "Request had insufficient authentication scopes.",
    status="PERMISSION_DENIED",
    details=[{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],
)
USAGE = {"domain": "usageLimits"}
Case = tuple[int, dict[str, Any], type[EdgeError], type[EdgeError], str]

#: Status, body, what it means for a question, what for a send, and Google's word for it.
CASES: list[Case] = [
    (404, NOT_FOUND, Gone, Gone, "notFound"),
    (410, shape(410, "deleted", "Resource has been deleted"), Gone, Gone, "deleted"),
    (410, shape(410, "fullSyncRequired", "Sync token is no longer valid"), Gone, Gone, "fullSyncRequired"),
    (400, PRECONDITION, Refused, Refused, "failedPrecondition"),
    (400, INVALID_TO, Refused, Refused, "invalidArgument"),
    (413, shape(413, "uploadTooLarge", "Request payload size exceeds the limit."), Refused, Refused, "uploadTooLarge"),
    (401, UNAUTHORIZED, AccessLost, AccessLost, "authError"),
    (429, CONCURRENT, NotDone, NotDone, "rateLimitExceeded"),
    (429, MAIL_SENDING, NotDone, NotDone, "rateLimitExceeded"),
    (
        403,
        shape(403, "userRateLimitExceeded", "User Rate Limit Exceeded", **USAGE),
        NotDone,
        NotDone,
        "userRateLimitExceeded",
    ),
    (403, shape(403, "rateLimitExceeded", PER_USER, **USAGE), NotDone, NotDone, "rateLimitExceeded"),
    (429, shape(429, "rateLimitExceeded", PER_USER, **USAGE), NotDone, NotDone, "rateLimitExceeded"),
    (403, shape(403, "forbidden", PER_USER), NotDone, NotDone, "forbidden"),
    (403, shape(403, "quotaExceeded", "Calendar usage limits exceeded.", **USAGE), NotDone, NotDone, "quotaExceeded"),
    (403, shape(403, "dailyLimitExceeded", "Daily Limit Exceeded", **USAGE), NotDone, NotDone, "dailyLimitExceeded"),
    (403, SCOPE, AccessLost, AccessLost, "insufficientPermissions"),
    (
        403,
        shape(403, "accessNotConfigured", "Gmail API has not been used.", **USAGE),
        AccessLost,
        AccessLost,
        "accessNotConfigured",
    ),
    (
        403,
        shape(403, "domainPolicy", "The domain administrators have disabled Gmail apps."),
        Refused,
        Refused,
        "domainPolicy",
    ),
    (403, shape(403, "forbidden", "Delegation denied for ada@example.com"), Refused, Refused, "forbidden"),
    (409, shape(409, "duplicate", "The requested identifier already exists."), NotDone, Unsure, "duplicate"),
    (412, shape(412, "conditionNotMet", "Precondition Failed"), NotDone, Unsure, "conditionNotMet"),
    (500, shape(500, "backendError", "Internal error encountered."), NotDone, Unsure, "backendError"),
    (503, shape(503, "backendError", "The service is currently unavailable."), NotDone, Unsure, "backendError"),
    (302, {}, NotDone, Unsure, ""),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[4]}")
def test_an_answer_means_the_same_for_a_question_and_a_send_but_for_what_leaves_doubt(case: Case) -> None:
    status, body, asked, sent, reason = case
    for once, expected in ((False, asked), (True, sent)):
        error = edge_error(http_error(status, body), once=once, now=NOW)
        assert type(error) is expected
        assert error.reason == reason
        assert error.message.endswith(".")
        assert "\n" not in error.message


def test_the_sending_limit_says_so_and_when_to_come_back() -> None:
    error = edge_error(http_error(429, MAIL_SENDING), once=True, now=NOW)
    assert isinstance(error, NotDone)
    assert (error.sending_limit, error.whole_project) == (True, False)
    assert error.retry_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (shape(403, "dailyLimitExceeded", "Daily Limit Exceeded"), True),
        (shape(403, "rateLimitExceeded", PER_DAY), True),
        (shape(403, "rateLimitExceeded", PER_USER), False),
    ],
)
def test_a_daily_limit_holds_the_whole_project_back(body: dict[str, Any], whole: bool) -> None:
    error = edge_error(http_error(403, body), once=True, now=NOW)
    assert isinstance(error, NotDone)
    assert (error.whole_project, error.sending_limit, error.retry_at) == (whole, False, None)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 16:30:00 GMT", NOW + timedelta(minutes=30)),
        ("0", None),
        ("Mon, 23 Nov 2026 15:30:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("99999999999999999999", NOW + timedelta(days=7)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + timedelta(days=7)),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str, expected: datetime | None) -> None:
    for status, body in ((429, CONCURRENT), (503, shape(503, "backendError", "away"))):
        error = edge_error(http_error(status, body, retry_after=header), once=False, now=NOW)
        assert isinstance(error, NotDone)
        assert error.retry_at == expected


@pytest.mark.parametrize("stamp", ["2026-13-40T99:00:00Z", "2026-11-23T17:00:00.000", "9999-12-31T23:59:59Z"])
def test_an_odd_time_in_a_message_does_no_harm(stamp: str) -> None:
    body = shape(429, "rateLimitExceeded", f"Retry after {stamp} (Mail sending)")
    error = edge_error(http_error(429, body), once=True, now=NOW)
    assert isinstance(error, NotDone)
    assert error.retry_at is None or error.retry_at <= NOW + timedelta(days=7)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>proxy</html>",
        b"[]",
        b"{}",
        b'{"error": "x"}',
        b"\xff\xfe",
        b'{"error": {"message": {}}}'[:-3],
    ],
)
def test_an_answer_that_is_not_googles_decides_nothing(status: int, content: bytes) -> None:
    """A wifi's login page or a proxy answered: no letter fails for it, no consent is lost, no draft is gone."""
    assert type(edge_error(http_error(status, content), once=False, now=NOW)) is NotDone
    assert type(edge_error(http_error(status, content), once=True, now=NOW)) is Unsure


@pytest.mark.parametrize(
    ("error", "asked", "sent"),
    [
        (NotWritten("no connection"), NotDone, NotDone),
        (AnswerLost("timed out"), NotDone, Unsure),
        (AnswerTooLarge("too long"), Refused, Unsure),
        (TimeoutError(), NotDone, Unsure),
        (ConnectionResetError(104, "reset"), NotDone, Unsure),
        (httplib2.HttpLib2Error("odd"), NotDone, Unsure),
        (ValueError("no JSON"), NotDone, Unsure),
        (KeyError("id"), NotDone, Unsure),
        (TransportError("token service away"), NotDone, NotDone),
        (RefreshError("server_error", {"error": "server_error"}, retryable=True), NotDone, NotDone),
        (Gone("as it is"), Gone, Gone),
    ],
)
def test_what_is_no_answer_at_all(error: Exception, asked: type[EdgeError], sent: type[EdgeError]) -> None:
    assert type(edge_error(error, once=False, now=NOW)) is asked
    assert type(edge_error(error, once=True, now=NOW)) is sent


def test_a_consent_that_is_revoked_is_lost_and_says_why() -> None:
    detail = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    error = token_error(RefreshError("invalid_grant: Token has been expired or revoked.", detail, retryable=False))
    assert isinstance(error, AccessLost)
    assert (error.reason, error.message) == (
        "invalid_grant",
        "Google takes the consent no more: Token has been expired or revoked.",
    )
