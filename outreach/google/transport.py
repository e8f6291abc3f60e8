"""HTTP in which a request that changes something is written exactly once.

httplib2 0.32.1 by itself sends any request again, a POST too, when the server closes the connection without an answer,
whatever ``num_retries`` says; and it follows some redirects with the body. This one does neither. It overrides the
private ``_conn_request``, which is why the version of httplib2 is pinned.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httplib2

from outreach.google.roots import is_loopback

#: The longest answer that is read, packed or unpacked. Gmail's largest message (25 MB) is 34 MB in base64.
LARGEST_ANSWER = 60_000_000
_PIECE = 1 << 16
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``connect`` holds for TCP and TLS each, ``read`` for a request and its whole answer together.

    ``slack`` is how long getting an access token may hold a request up. A request takes at most
    ``slack + 2 * connect + read`` seconds, less than ``rules.leases.ENOUGH_TO_SEND``.
    """

    connect: float = 10.0
    read: float = 30.0
    slack: float = 8.0
    token_connect: float = 5.0
    token_read: float = 10.0

    def of_tokens(self) -> Timeouts:
        """Return the time-outs for asking the token endpoint."""
        return Timeouts(connect=self.token_connect, read=self.token_read)


class NotWritten(Exception):
    """The request was never written (no such host, no connection, no TLS): surely not carried out."""


class AnswerLost(Exception):
    """The request was written, at least in part, and no whole answer came: it may have been carried out."""


class AnswerTooLarge(AnswerLost):
    """The answer is longer than ``LARGEST_ANSWER``."""


class OnceHttp(httplib2.Http):
    """Writes every request but GET, HEAD and OPTIONS exactly once, over a connection opened for it.

    Raises NotWritten and AnswerLost instead of whatever sockets raise. No redirect is followed. Belongs to one thread.
    """

    def __init__(self, timeouts: Timeouts, *, largest: int = LARGEST_ANSWER) -> None:
        super().__init__(timeout=timeouts.connect)
        self.follow_redirects = False
        self._read_seconds = timeouts.read
        self._largest = largest

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """Return response and content. Proxies are passed by on the way to this computer."""
        if connection_type is None and is_loopback(uri.partition("?")[0]):
            connection_type = _DIRECT[uri.partition(":")[0]]
        try:
            response, content = super().request(uri, method, body, dict(headers or {}), redirections, connection_type)
        except UnicodeError as error:  # a host or header that cannot be written
            raise NotWritten(f"this request cannot be written: {_said(error)}") from error
        return response, content

    def _conn_request(
        self, conn: Any, request_uri: str, method: str, body: Any, headers: dict[str, str]
    ) -> tuple[httplib2.Response, bytes]:
        if method in _REPEATABLE and conn.sock is not None:
            # The server may have closed a connection that was kept; asking again over a new one is harmless.
            with contextlib.suppress(_Stale):
                return self._exchange(conn, request_uri, method, body, headers, kept=True)
        self._connect(conn)
        return self._exchange(conn, request_uri, method, body, headers, kept=False)

    def _connect(self, conn: Any) -> None:
        conn.close()
        try:
            conn.connect()
        except BaseException as error:
            conn.close()
            if isinstance(error, OSError | httplib2.HttpLib2Error | http.client.HTTPException):
                raise NotWritten(f"no connection to {conn.host}: {_said(error)}") from error
            raise

    def _exchange(
        self, conn: Any, request_uri: str, method: str, body: Any, headers: dict[str, str], *, kept: bool
    ) -> tuple[httplib2.Response, bytes]:
        deadline = time.monotonic() + self._read_seconds
        sock = conn.sock
        try:
            sock.settimeout(self._read_seconds)
            conn.request(method, request_uri, body, headers)
            sock.settimeout(_left(deadline))
            answer = conn.getresponse()
            content = self._content(answer, sock, deadline)
        except BaseException as error:
            conn.close()
            if kept and isinstance(error, ConnectionError | ssl.SSLError | http.client.BadStatusLine):
                raise _Stale from error
            if isinstance(error, OSError | http.client.HTTPException):
                raise AnswerLost(f"no answer from {conn.host}: {_said(error)}") from error
            raise
        response = httplib2.Response(answer)
        return response, self._unpacked(response, content)

    def _content(self, answer: http.client.HTTPResponse, sock: socket.socket, deadline: float) -> bytes:
        content, announced = bytearray(), answer.length
        while announced is None or len(content) < announced:
            sock.settimeout(_left(deadline))
            piece = answer.read1(_PIECE if announced is None else min(_PIECE, announced - len(content)))
            if not piece:
                break
            content += piece
            if len(content) > self._largest:
                raise AnswerTooLarge(f"the answer is longer than {self._largest} bytes")
        if announced is not None and len(content) < announced:
            raise http.client.IncompleteRead(bytes(content), announced - len(content))
        answer.close()
        return bytes(content)

    def _unpacked(self, response: httplib2.Response, content: bytes) -> bytes:
        if response.pop("content-encoding", "").lower() not in ("gzip", "x-gzip", "deflate") or not content:
            return content
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            unpacked = unpacker.decompress(content, self._largest + 1)
        except zlib.error as error:
            raise AnswerLost(f"the answer cannot be unpacked: {error}") from error
        if len(unpacked) > self._largest:
            raise AnswerTooLarge(f"the answer is longer than {self._largest} bytes")
        if not unpacker.eof:
            raise AnswerLost("the packed answer ends too early")
        response["content-length"] = str(len(unpacked))
        return unpacked


class HungUpHttp(OnceHttp):
    """Writes a request and closes the connection at once, as a process does that is killed just then.

    Raises AnswerLost for every request that was written.
    """

    def _exchange(
        self, conn: Any, request_uri: str, method: str, body: Any, headers: dict[str, str], *, kept: bool
    ) -> tuple[httplib2.Response, bytes]:
        del kept
        try:
            conn.sock.settimeout(self._read_seconds)
            conn.request(method, request_uri, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise AnswerLost(f"the request to {conn.host} was cut off: {_said(error)}") from error
        finally:
            conn.close()
        raise AnswerLost(f"hung up on {conn.host} on purpose")


class _Stale(Exception):
    """A connection that was kept turned out to be closed before anything came back."""


class _DirectHTTP(httplib2.HTTPConnectionWithTimeout):
    def __init__(self, host: str, port: int | None = None, timeout: Any = None, proxy_info: Any = None) -> None:
        del proxy_info
        super().__init__(host, port, timeout=timeout, proxy_info=None)


class _DirectHTTPS(httplib2.HTTPSConnectionWithTimeout):
    def __init__(self, host: str, port: int | None = None, proxy_info: Any = None, **more: Any) -> None:
        del proxy_info
        super().__init__(host, port, proxy_info=None, **more)


_DIRECT: dict[str, Any] = {"http": _DirectHTTP, "https": _DirectHTTPS}


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _said(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:200]
