"""What a failure at Google means: whether the request may have been carried out, and what can be done about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import HttpError

from outreach.edge import AccessLost, EdgeError, Gone, NotDone, Refused, Unsure
from outreach.google.transport import AnswerTooLarge, NotWritten

_RATES = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "userRateLimitExceededUnreg",
        "quotaExceeded",
        "concurrentLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
    }
)
_DAILY = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg"})
_SCOPES = frozenset({"insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
#: A later time than this is taken for a mistake.
_LONGEST_WAIT = timedelta(days=7)
_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class _Answer:
    """An error answer, read. ``ours`` says that it has the shape that Google gives its errors."""

    status: int
    message: str
    reasons: tuple[str, ...]
    state: str
    ours: bool

    @property
    def reason(self) -> str:
        return self.reasons[0] if self.reasons else ""

    def says(self, known: frozenset[str]) -> bool:
        return not known.isdisjoint(self.reasons)


def edge_error(error: BaseException, *, once: bool, now: datetime) -> EdgeError:
    """Return what ``error`` means at the edge.

    ``once`` speaks of a send, of which a lost answer leaves doubt; anything else can be asked again. ``now`` is the
    present instant, from which a Retry-After counts.
    """
    if isinstance(error, EdgeError):
        return error
    if isinstance(error, HttpError):
        return _of_answer(error, once=once, now=now)
    if isinstance(error, NotWritten):
        return NotDone(f"Google cannot be reached: {error}.")
    if isinstance(error, GoogleAuthError):
        return token_error(error)
    if isinstance(error, AnswerTooLarge) and not once:
        return Refused(f"What Google holds is too large: {error}.")
    return _lost(f"Google's answer is missing or cannot be read: {_one_line(error)}.", once=once)


def lacks_scope(error: AccessLost) -> bool:
    """Return whether the consent holds and does not reach so far."""
    return error.reason in _SCOPES


def token_error(error: BaseException) -> AccessLost | NotDone:
    """Return what a failed refresh of an access token means. The request that needed it was not sent.

    AccessLost when the token endpoint itself turns the consent down, NotDone for everything that may pass.
    """
    if isinstance(error, RefreshError) and not error.retryable:
        detail = error.args[1] if len(error.args) > 1 else None
        if isinstance(detail, Mapping) and isinstance(detail.get("error"), str):
            said = _one_line(detail.get("error_description") or detail["error"])
            return AccessLost(f"Google takes the consent no more: {said.rstrip('.')}.", reason=detail["error"])
        if "eauthentication" in str(error):
            return AccessLost("Google wants its user to sign in again.", reason="invalid_rapt")
    return NotDone(f"No access token could be had from Google: {_one_line(error)}.", reason="token")


def _of_answer(error: HttpError, *, once: bool, now: datetime) -> EdgeError:
    answer = _read(int(error.resp.status), error.content)
    if answer.status == 429 or (answer.status == 403 and _is_limit(answer)):
        return _limit(answer, _retry_at(answer.message, error.resp.get("retry-after"), now))
    if answer.status == 401 and answer.ours:
        return AccessLost("Google does not accept the access token, not even a new one.", reason=answer.reason)
    if not 400 <= answer.status < 500 or not answer.ours:
        retry_at = None if once else _retry_at("", error.resp.get("retry-after"), now)
        return _lost(_sentence(answer), once=once, reason=answer.reason, retry_at=retry_at)
    return _refusal(answer, once=once)


def _refusal(answer: _Answer, *, once: bool) -> EdgeError:
    sentence, reason = _sentence(answer), answer.reason
    if answer.status in (404, 410):
        return Gone(sentence, reason=reason)
    if answer.status == 403 and answer.says(_SCOPES):
        return AccessLost(f"The consent lacks a permission: {answer.message.rstrip('.')}.", reason=reason)
    if answer.status == 403 and answer.says(_SWITCHED_OFF):
        return AccessLost(f"The API is switched off in the client's Google project: {answer.message}.", reason=reason)
    if answer.status in (408, 409, 412):
        return _lost(sentence, once=once, reason=reason)
    return Refused(sentence, reason=reason)


def _is_limit(answer: _Answer) -> bool:
    return (
        answer.says(_RATES | _DAILY)
        or answer.state == "RESOURCE_EXHAUSTED"
        or answer.message.startswith("Quota exceeded for quota metric")
    )


def _limit(answer: _Answer, retry_at: datetime | None) -> NotDone:
    a_day = "per day" in answer.message and "per user" not in answer.message
    return NotDone(
        _sentence(answer),
        reason=answer.reason,
        retry_at=retry_at,
        whole_project=answer.says(_DAILY) or a_day,
        sending_limit="(mail sending)" in answer.message.lower(),
    )


def _lost(sentence: str, *, once: bool, reason: str = "", retry_at: datetime | None = None) -> EdgeError:
    return Unsure(sentence, reason=reason) if once else NotDone(sentence, reason=reason, retry_at=retry_at)


def _sentence(answer: _Answer) -> str:
    return f"Google answered {answer.status}: {answer.message.rstrip('.') or answer.reason or 'without a word'}."


def _retry_at(message: str, header: str | None, now: datetime) -> datetime | None:
    """Return the instant to come back, from Retry-After or from the message; None for none, a past or an odd one."""
    named = re.search(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)", message)
    try:
        if named:
            moment = datetime.fromisoformat(named[1])
        elif header and header.strip().isdecimal():
            moment = now + timedelta(seconds=min(int(header), 10**9))
        elif header:
            moment = parsedate_to_datetime(header)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        else:
            return None
        return min(moment.astimezone(UTC), now + _LONGEST_WAIT) if moment > now else None
    except (ValueError, OverflowError, TypeError):
        return None


def _read(status: int, content: bytes) -> _Answer:
    try:
        known = json.loads(content)
    except (ValueError, RecursionError):
        return _Answer(status, "", (), "", ours=False)
    error = known.get("error") if isinstance(known, dict) else None
    if not isinstance(error, dict):
        return _Answer(status, "", (), "", ours=False)
    reasons = [each.get("reason") for name in ("errors", "details") for each in _objects(error.get(name))]
    return _Answer(
        status=status,
        message=_one_line(error.get("message") or ""),
        reasons=tuple(reason for reason in reasons if isinstance(reason, str)),
        state=str(error.get("status") or ""),
        ours=True,
    )


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _one_line(value: object) -> str:
    if isinstance(value, BaseException) and not str(value):
        value = type(value).__name__
    return " ".join(str(value).split())[:_LONGEST_MESSAGE].rstrip(".")
