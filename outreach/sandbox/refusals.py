"""Refusals in Google's own JSON shapes."""

from __future__ import annotations

from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    411: "INVALID_ARGUMENT",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Refusal(Exception):
    """An answer that is an error: ``code`` is the HTTP status, ``body`` the JSON that Google would send."""

    def __init__(self, code: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {body}")
        self.code = code
        self.body = body
        self.headers = headers or {}


def refusal(
    code: int,
    reason: str,
    message: str,
    *,
    domain: str = "global",
    status: str | None = None,
    error_message: str = "",
    location: tuple[str, str] | None = None,
    details: list[dict[str, Any]] | None = None,
) -> Refusal:
    """Return a refusal in the common shape. ``status`` "" leaves the field out, as Calendar does; None is by code."""
    entry: dict[str, str] = {"message": error_message or message, "domain": domain, "reason": reason}
    if location:
        entry["locationType"], entry["location"] = location
    error: dict[str, Any] = {"code": code, "message": message, "errors": [entry]}
    named = _STATUS.get(code, "UNKNOWN") if status is None else status
    if named:
        error["status"] = named
    if details:
        error["details"] = details
    return Refusal(code, {"error": error})


def not_found() -> Refusal:
    """Return Gmail's 404 for an id that is not there."""
    return refusal(404, "notFound", "Requested entity was not found.")


def invalid(message: str) -> Refusal:
    """Return Gmail's 400 for an argument that it cannot take."""
    return refusal(400, "invalidArgument", message)


def bad_credentials() -> Refusal:
    """Return the 401 for an access token that is unknown, expired or revoked."""
    made = refusal(401, "authError", "Invalid Credentials", location=("header", "Authorization"))
    made.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return made


def scope_missing(method: str) -> Refusal:
    """Return the 403 for a token that lacks every scope that the method would accept."""
    return refusal(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        error_message="Insufficient Permission",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"method": method},
            }
        ],
    )


def too_many_at_once() -> Refusal:
    """Return the 429 for more requests in flight than one user may have."""
    return refusal(429, "rateLimitExceeded", "Too many concurrent requests for user", domain="usageLimits")


def quota_spent() -> Refusal:
    """Return the 403 for more quota units in a minute than one user may spend."""
    message = (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
        "'gmail.googleapis.com'"
    )
    return refusal(403, "rateLimitExceeded", message, domain="usageLimits", status="RESOURCE_EXHAUSTED")


def calendar_refusal(
    code: int, reason: str, message: str, *, domain: str = "global", location: tuple[str, str] | None = None
) -> Refusal:
    """Return a refusal in Calendar's shape, which has no ``status``."""
    return refusal(code, reason, message, domain=domain, status="", location=location)
