"""HTTP/1.1 on the loopback: requests in, one write per answer out, connections dropped or left hanging on demand."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
#: Google's limit for uploads (35 MiB), base64 and JSON around it.
_LARGEST_BODY = 50 * 1024 * 1024
#: How long a client that is about to go is waited for, in seconds.
_MOMENT = 0.2
_REASONS = {code: responses[0] for code, responses in BaseHTTPRequestHandler.responses.items()}


@dataclass(frozen=True)
class Request:
    """One request. ``target`` is path and query as sent; ``headers`` has lower-case names."""

    verb: str
    target: str
    headers: dict[str, str]
    body: bytes
    #: Returns whether the client has closed its side; waits a moment for that.
    cut_off: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Reply:
    """One answer. ``body`` None is an empty one. A reply that hangs waits and then closes without an answer."""

    code: int = 200
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    hang_seconds: float = 0.0

    def encoded(self) -> bytes:
        """Return the answer's bytes, head and body."""
        content = b"" if self.body is None else json.dumps(self.body).encode()
        head = [f"HTTP/1.1 {int(self.code)} {_REASONS.get(self.code, 'Unknown')}"]
        if self.body is not None:
            head.append("Content-Type: application/json; charset=UTF-8")
        if self.code != 204:
            head.append(f"Content-Length: {len(content)}")
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(head) + "\r\n\r\n").encode() + content


class Server(ThreadingHTTPServer):
    """Serves ``respond`` on a loopback port. ``stop`` closes the port and every connection, and wakes what hangs."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, respond: Callable[[Request], Reply]) -> None:
        self.respond = respond
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="sandbox", daemon=True)

    @property
    def root(self) -> str:
        """The address under which everything is served, without a slash at the end."""
        return f"http://{HOST}:{self.server_address[1]}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; a second call does nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                _close_both_ways(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection, so that ``stop`` can close it, and hand it to a thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that is done with."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients vanish; that is no error here. What goes wrong inside is answered with 500 by ``respond``."""
        del request, client_address


def _close_both_ways(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.respond(Request(self.command, self.path, headers, body, self._cut_off))
        if reply.hang_seconds:
            self.server.stopping.wait(reply.hang_seconds)
        if reply.hang_seconds or reply.lost:
            self.close_connection = True
            return
        self._write(reply)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_POST  # noqa: N815

    def _body(self) -> bytes | None:
        """Return the request's body; None after answering that it cannot be taken."""
        if "transfer-encoding" in self.headers:
            self._refuse(411, "A Content-Length is needed.")
            return None
        length = self.headers.get("content-length", "0").strip()
        if not (length.isascii() and length.isdecimal()):
            self._refuse(400, "Bad Content-Length.")
            return None
        if int(length) > _LARGEST_BODY:
            self._refuse(413, "Request payload size exceeds the limit.")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the client went away half-way: nothing was asked
            self.close_connection = True
            return None
        return body

    def _cut_off(self) -> bool:
        self.connection.settimeout(_MOMENT)
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(None)

    def _refuse(self, code: int, message: str) -> None:
        self.close_connection = True
        entry = {"message": message, "domain": "global", "reason": "uploadTooLarge" if code == 413 else "badRequest"}
        error = {"code": code, "message": message, "errors": [entry]}
        self._write(Reply(code, {"error": error}, {"Connection": "close"}))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP request, or a method nobody knows, in JSON as everything else."""
        del explain
        self._refuse(code, message or _REASONS.get(code, "Bad Request"))

    def _write(self, reply: Reply) -> None:
        data = reply.encoded()
        if getattr(self, "command", None) == "HEAD":
            data = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the standard library
        """Say nothing: the ledger is the record."""
