"""One authorised request, with its parameters read as strictly as Google reads them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from outreach.sandbox.refusals import invalid
from outreach.sandbox.routes import Route

_RFC822 = "message/rfc822"


@dataclass(frozen=True)
class Call:
    """A request that found its route and whose token was good. ``headers`` has lower-case names."""

    route: Route
    account: str
    scopes: frozenset[str]
    named: dict[str, str]
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    upload: bool
    #: The draft's message as it was when the request came in, where sends may race.
    raced: bytes | None = None

    def one(self, name: str, default: str = "") -> str:
        """Return a query parameter's last value."""
        return self.query[name][-1] if name in self.query else default

    def many(self, name: str) -> list[str]:
        """Return every value of a repeated query parameter."""
        return self.query.get(name, [])

    def flag(self, name: str) -> bool:
        """Return a boolean query parameter. Raises Refusal (400)."""
        value = self.one(name, "false").lower()
        if value not in {"true", "false"}:
            raise invalid(f"Invalid value at '{name}' (TYPE_BOOL), \"{value}\"")
        return value == "true"

    def count(self, name: str, default: int, top: int) -> int:
        """Return a page size between 1 and ``top``. Raises Refusal (400) for what is no number."""
        value = self.one(name, str(default))
        if not re.fullmatch(r"\d{1,9}", value):
            raise invalid(f"Invalid value at '{name}' (TYPE_UINT32), \"{value}\"")
        return max(1, min(int(value), top))

    def json(self) -> dict[str, Any]:
        """Return the JSON body, of an upload the metadata part; {} when there is none. Raises Refusal (400)."""
        return json_object(self._parts()[0] if self.upload else self.body)

    def raw_of(self, message: Any) -> bytes | None:
        """Return the RFC 5322 bytes that were uploaded or stand in a Message's ``raw``; None when there are none."""
        if self.upload:
            return self._parts()[1] or None
        raw = message.get("raw") if isinstance(message, dict) else None
        if raw is None or raw == "":
            return None
        return _from_base64(raw)

    def _parts(self) -> tuple[bytes, bytes]:
        """Return ``(metadata, media)`` of an upload. Raises Refusal (400)."""
        kind = self.one("uploadType")
        content_type = self.headers.get("content-type", "")
        if kind == "media":
            _check_media(content_type)
            return b"", self.body
        if kind != "multipart":
            raise invalid(f"Upload type not supported here: {kind or 'none'}")
        found = re.search(r'boundary="?([^";]+)"?', content_type)
        if not content_type.lower().startswith("multipart/related") or not found:
            raise invalid("Invalid multipart request: no boundary.")
        pieces = re.split(rb"(?:\A|\r?\n)--" + re.escape(found[1].encode()) + rb"(?:--)?[ \t]*\r?\n?", self.body)
        if len(pieces) < 4:
            raise invalid("Invalid multipart request with 0 mime parts.")
        metadata, media = (re.split(rb"\r?\n\r?\n", piece, maxsplit=1) for piece in pieces[1:3])
        if len(metadata) != 2 or len(media) != 2:
            raise invalid("Invalid multipart request: a part without headers.")
        named = re.search(rb"content-type:\s*([^\r\n]+)", media[0], re.IGNORECASE)
        _check_media(named[1].decode("latin-1") if named else "")
        return metadata[1], media[1]


def json_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object; {} for nothing. Raises Refusal (400)."""
    if not data.strip():
        return {}
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise invalid("Invalid JSON payload received. Unexpected token.") from error
    if not isinstance(value, dict):
        raise invalid("Invalid JSON payload received. Root element must be a message.")
    return value


def _check_media(content_type: str) -> None:
    if not content_type.lower().startswith(_RFC822):
        raise invalid(f"Media type '{content_type}' is not supported. Valid media types: [{_RFC822}]")


def _from_base64(raw: Any) -> bytes:
    """Undo base64url or base64, padded or not, as Google's JSON reader does."""
    if not isinstance(raw, str):
        raise invalid("Invalid value at 'message.raw' (TYPE_BYTES)")
    plain = raw.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed") from error


def query_of(text: str) -> dict[str, list[str]]:
    """Return a query string's parameters. Raises Refusal (400) for far too many."""
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=1000) if text else {}
    except ValueError as error:
        raise invalid("Too many query parameters.") from error
