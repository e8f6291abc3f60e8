"""Which addresses our requests and credentials may go to: Google's own, or this computer."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from outreach.errors import Misconfigured

_GOOGLE = ("accounts.google.com", "googleapis.com")


def checked_root(root: str) -> str:
    """Return ``google.api_root`` without a slash at its end; empty for Google itself.

    Raises Misconfigured for a root that is neither Google's nor on this computer: letters and tokens would go there.
    """
    trimmed = root.strip().rstrip("/")
    if trimmed and not may_be_asked(trimmed):
        raise Misconfigured(
            f"google.api_root is {root!r}, which is neither Google nor this computer: letters and tokens would go "
            "there. Unset OUTREACH_GOOGLE__API_ROOT."
        )
    return trimmed


def may_be_asked(url: str) -> bool:
    """Return whether ``url`` is Google's over https, or on this computer. User names and queries are never fine."""
    parts = _split(url)
    if parts is None:
        return False
    if is_loopback(url):
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and parts.port in (None, 443) and _is_google(parts.hostname or "")


def is_loopback(url: str) -> bool:
    """Return whether the host of ``url`` is this computer."""
    parts = _split(url)
    host = (parts.hostname or "") if parts else ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_google(host: str) -> bool:
    return host in _GOOGLE or host.endswith(".googleapis.com")


def _split(url: str) -> SplitResult | None:
    # What two programs could read differently (user names, backslashes, blanks) is read by nobody.
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?", url):
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and (parts.port is None or parts.port > 0) else None
    except ValueError:
        return None
