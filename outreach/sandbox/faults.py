"""Faults on demand: which calls go wrong, how, and how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from outreach.sandbox.clock import iso
from outreach.sandbox.refusals import Refusal, bad_credentials, invalid, not_found, refusal


class FaultKind(StrEnum):
    """How a call goes wrong. ``after``: carried out and in the ledger; all others: not carried out."""

    RATE = "429"
    SENDING_LIMIT = "429_sending"
    USER_RATE = "403_rate"
    DAILY_LIMIT = "403_daily"
    POLICY = "403_policy"
    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"
    NOT_FOUND = "404"
    UNAVAILABLE = "503"
    INTERNAL_AFTER = "500_after"
    LOST_AFTER = "lost_after"
    LOST_BEFORE = "lost_before"
    HANG_AFTER = "hang_after"
    HANG_BEFORE = "hang_before"
    CALENDAR_ERROR = "calendar_error"
    SLOW = "slow"  # carried out and answered as ever, but late


AFTER = frozenset({FaultKind.INTERNAL_AFTER, FaultKind.LOST_AFTER, FaultKind.HANG_AFTER})
HANGS = frozenset({FaultKind.HANG_AFTER, FaultKind.HANG_BEFORE})
LOST = frozenset({FaultKind.LOST_AFTER, FaultKind.LOST_BEFORE})


@dataclass
class Fault:
    """One rule. ``pattern`` is a method's name (``drafts.send``, ``events.*``, ``token``) or a path (``*/drafts``).

    ``times`` counts down with each call hit; ``probability`` draws from the sandbox's own seeded dice; neither means
    every call until cleared.
    """

    pattern: str
    kind: FaultKind
    times: int | None = None
    probability: float | None = None
    seconds: float = 30.0
    retry_at: datetime | None = None
    account: str | None = None
    calendar: str | None = None

    def matches(self, name: str, path: str, account: str) -> bool:
        """Return whether this rule speaks of the call."""
        if self.account is not None and self.account.lower() != account.lower():
            return False
        return fnmatchcase(name, self.pattern) or fnmatchcase(path, self.pattern)


class Faults:
    """The rules in force; the first that hits a call is applied to it."""

    def __init__(self, seed: int) -> None:
        self._rules: list[Fault] = []
        self._dice = random.Random(f"faults {seed}")
        self._lock = threading.Lock()
        self.applied: dict[str, int] = {}

    def add(self, fault: Fault) -> None:
        """Put a rule in force after those that are there."""
        with self._lock:
            self._rules = [*self._rules, fault]

    def clear(self) -> None:
        """Take every rule out of force."""
        with self._lock:
            self._rules = []

    def strike(self, name: str, path: str, account: str) -> Fault | None:
        """Return the rule that hits this call, counted down, or None."""
        if not self._rules:
            return None
        with self._lock:
            for fault in self._rules:
                if fault.matches(name, path, account) and self._falls(fault):
                    key = f"{name} {fault.kind}"
                    self.applied[key] = self.applied.get(key, 0) + 1
                    return fault
        return None

    def _falls(self, fault: Fault) -> bool:
        if fault.times is not None and fault.times <= 0:
            return False
        if fault.probability is not None and self._dice.random() >= fault.probability:
            return False
        if fault.times is not None:
            fault.times -= 1
        return True

    def rules(self) -> list[dict[str, object]]:
        """Return the rules in force, for the state endpoint."""
        return [{"method": f.pattern, "kind": f.kind.value, "times": f.times} for f in self._rules]


def refusal_of(fault: Fault, now: datetime) -> Refusal:
    """Return the answer that a fault of an answering kind gives."""
    if fault.kind is FaultKind.SENDING_LIMIT:
        until = iso(fault.retry_at or now + timedelta(hours=1))
        message = f"User-rate limit exceeded.  Retry after {until} (Mail sending)"
        return refusal(429, "rateLimitExceeded", message, domain="usageLimits")
    return _ANSWERS[fault.kind]()


_ANSWERS: dict[FaultKind, Callable[[], Refusal]] = {
    FaultKind.RATE: lambda: refusal(
        429, "rateLimitExceeded", "Too many concurrent requests for user", domain="usageLimits"
    ),
    FaultKind.USER_RATE: lambda: refusal(
        403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits"
    ),
    FaultKind.DAILY_LIMIT: lambda: refusal(403, "dailyLimitExceeded", "Daily Limit Exceeded", domain="usageLimits"),
    FaultKind.POLICY: lambda: refusal(
        403, "domainPolicy", "The domain administrators have disabled Gmail apps.", domain="global"
    ),
    FaultKind.BAD_REQUEST: lambda: invalid("Invalid To header"),
    FaultKind.UNAUTHORIZED: bad_credentials,
    FaultKind.NOT_FOUND: not_found,
    FaultKind.UNAVAILABLE: lambda: refusal(503, "backendError", "The service is currently unavailable."),
    FaultKind.INTERNAL_AFTER: lambda: refusal(500, "backendError", "Internal error encountered."),
}
