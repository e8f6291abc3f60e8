"""Tokens in links: each names a row, and nobody without the key can make one up. Nothing about them is stored."""

from __future__ import annotations

import hmac
import re

import structlog

from outreach.app import App
from outreach.errors import Misconfigured

log = structlog.get_logger(__name__)

_TOKEN = re.compile(r"([0-9a-f]{20})([a-z2-7]{26})")


def secret_token(app: App, purpose: str, row_id: str, version: str = "") -> str:
    """Return the part of a link that nobody can guess; one made with another ``version`` opens nothing."""
    return row_id + app.tokens.mark(purpose, row_id + version)


def row_named(token: str) -> str:
    """Return the id that a token claims to name, "" for no token; ``is_genuine`` tells whether to believe it."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else ""


def is_genuine(app: App, purpose: str, token: str, version: str = "") -> bool:
    """Return whether the token was made here, for this purpose."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return False
    try:
        mark = app.tokens.mark(purpose, found[1] + version, make=False)
    except Misconfigured as error:  # no key, so no link of ours
        log.error("no_key", error=error.message)
        return False
    return hmac.compare_digest(found[2], mark)
