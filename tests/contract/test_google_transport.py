"""One request on the wire, whatever the server does: proven with raw sockets, and against plain httplib2."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httplib2
import pytest

from outreach.edge import AccessLost, NotDone, Unsure
from outreach.google.client import GoogleClient
from outreach.google.credentials import AuthorizedUser
from outreach.google.mailbox import GmailMailbox
from outreach.google.transport import AnswerLost, AnswerTooLarge, NotWritten, OnceHttp, Timeouts
from outreach.rules.leases import ENOUGH_TO_SEND

QUICK = Timeouts(connect=1.0, read=0.3, slack=5.0, token_connect=1.0, token_read=0.3)
SENT = {"id": "18c1", "threadId": "18c0", "labelIds": ["SENT"]}
PROFILE = {"emailAddress": "ada@student.example.com", "historyId": "7"}
TOKEN = {"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}

Behaviour = Callable[[socket.socket], bool]


def answer(status: int, body: Any = None, *, more: str = "", content: bytes | None = None) -> bytes:
    data = json.dumps(body or {}).encode() if content is None else content
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{more}\r\n"
    return head.encode() + data


def says(data: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> bool:
        connection.sendall(data)
        return True

    return behave


def closes(_connection: socket.socket) -> bool:
    return False


def hangs(_connection: socket.socket) -> bool:
    time.sleep(0.5)
    return False


def resets(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def breaks_off(connection: socket.socket) -> bool:
    connection.sendall(answer(200, SENT)[:-5])
    return False


def drips(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.05)
    return False


class RawServer:
    """Reads whole requests and notes each; ``behave[path]`` does what is to be done, a list one after the other."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.behave: dict[str, Behaviour | list[Behaviour]] = {
            "POST /token": says(answer(200, TOKEN)),
            "GET /gmail/v1/users/me/profile": says(answer(200, PROFILE)),
        }
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.root = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes accept, which would serve one more
        self._listening.close()

    def count(self, ends: str) -> int:
        time.sleep(0.02)
        return sum(line.endswith(ends) for line in self.seen)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (line := self._request(connection)) and self._behaviour(line)(connection):
                    pass
            except OSError:
                return

    def _request(self, connection: socket.socket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return ""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
        verb, target, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ", 2)
        line = f"{verb} {target.partition('?')[0]}"
        self.seen.append(line)
        return line

    def _behaviour(self, line: str) -> Behaviour:
        wanted = self.behave.get(line, says(answer(404)))
        if isinstance(wanted, list):
            return wanted.pop(0) if len(wanted) > 1 else wanted[0]
        return wanted


@pytest.fixture
def server() -> Iterator[RawServer]:
    running = RawServer()
    yield running
    running.close()


def mailbox(server: RawServer, timeouts: Timeouts = QUICK) -> GmailMailbox:
    user = AuthorizedUser("client", "secret", "refresh", f"{server.root}/token")
    client = GoogleClient(
        api_root=server.root,
        credentials_of=lambda _: user,
        now=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        timeouts=timeouts,
    )
    return client.mailbox("ada")


SEND = "POST /gmail/v1/users/me/drafts/send"
DOUBTFUL: dict[str, Behaviour] = {
    "closes without an answer": closes,
    "answers 503": says(answer(503, {"error": {"code": 503, "message": "backend", "errors": []}})),
    "answers 500 in html": says(answer(500, content=b"<html>oops</html>")),
    "answers 500 without end": says(answer(500, content=b"[" * 100_000)),
    "hangs": hangs,
    "resets": resets,
    "answers half": breaks_off,
    "drips": drips,
    "redirects with 307": says(answer(307, more="Location: /elsewhere\r\n")),
    "redirects with 308": says(answer(308, more="Location: /elsewhere\r\n")),
    "redirects with 303": says(answer(303, more="Location: /elsewhere\r\n")),
    "answers 200 with garbage": says(answer(200, content=b"\xff\xfe{")),
    "answers 200 with another shape": says(answer(200, ["nothing"])),
}


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("behaviour", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_a_send_that_may_have_been_carried_out_is_unsure_and_was_written_once(
    server: RawServer, behaviour: Behaviour, warm: bool
) -> None:
    server.behave[SEND] = behaviour
    opened = mailbox(server)
    if warm:
        opened.profile()
    with pytest.raises(Unsure):
        opened.send_draft("r1")
    assert server.count("/drafts/send") == 1
    assert server.count("/elsewhere") == 0


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_plain_httplib2_writes_the_same_post_twice_when_no_answer_comes(server: RawServer, warm: bool) -> None:
    server.behave[SEND] = closes
    plain = httplib2.Http(timeout=1)
    if warm:
        plain.request(f"{server.root}/gmail/v1/users/me/profile")
    with pytest.raises((OSError, httplib2.HttpLib2Error)):
        plain.request(f"{server.root}/gmail/v1/users/me/drafts/send", "POST", body=b"{}")
    assert server.count("/drafts/send") == 2, "if httplib2 no longer does this, transport.py may be simpler"


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_request_that_changes_something_is_written_once(server: RawServer, verb: str) -> None:
    server.behave[f"{verb} /x"] = closes
    http = OnceHttp(QUICK)
    http.request(f"{server.root}/gmail/v1/users/me/profile")
    with pytest.raises(AnswerLost):
        http.request(f"{server.root}/x", verb, body=b"{}")
    assert server.count(" /x") == 1


def test_a_send_goes_over_a_connection_of_its_own(server: RawServer) -> None:
    """The server may close one that was kept at the moment we write, which would leave a doubt for nothing."""
    server.behave[SEND] = says(answer(200, SENT))
    opened = mailbox(server)
    opened.profile()
    before = server.connections
    assert opened.send_draft("r1").id == "18c1"
    assert server.connections == before + 1
    opened.profile()
    assert server.connections == before + 1, "asking goes over the connection that is there"


def test_a_question_is_asked_again_when_the_kept_connection_was_closed_meanwhile(server: RawServer) -> None:
    line = "GET /gmail/v1/users/me/profile"
    opened = mailbox(server)
    opened.profile()
    server.behave[line] = [closes, says(answer(200, PROFILE))]
    assert opened.profile().history_id == "7"
    assert server.count("/profile") == 3


def test_an_interruption_in_the_middle_does_not_leave_an_answer_for_the_next_request(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dramatiq raises its time limit, no Exception, wherever a thread happens to be."""

    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    server.behave |= {
        "GET /first": says(answer(200, content=b"first")),
        "GET /next": says(answer(200, content=b"next")),
    }
    http = OnceHttp(QUICK)
    http.request(f"{server.root}/next")
    monkeypatch.setattr("http.client.HTTPConnection.getresponse", interrupted)
    with pytest.raises(KeyboardInterrupt):
        http.request(f"{server.root}/first")
    monkeypatch.undo()
    assert http.request(f"{server.root}/next")[1] == b"next"


def test_nobody_listening_is_surely_not_sent(server: RawServer) -> None:
    server.behave[SEND] = says(answer(200, SENT))
    opened = mailbox(server)
    opened.profile()
    server.close()
    time.sleep(0.05)
    with pytest.raises(NotDone, match="cannot be reached"):
        opened.send_draft("r1")
    assert server.count("/drafts/send") == 0


def test_a_host_without_an_address_and_a_failing_tls_are_surely_not_sent(server: RawServer) -> None:
    http = OnceHttp(QUICK)
    for url in ("http://nowhere.invalid/x", "http://a..b.invalid/x", f"https://127.0.0.1:{server.port}/x"):
        with pytest.raises(NotWritten):
            http.request(url, "POST", body=b"{}")
    assert server.seen == []


def test_a_proxy_is_passed_by_on_the_way_to_this_computer(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    response, _ = OnceHttp(QUICK).request(f"{server.root}/gmail/v1/users/me/profile")
    assert response.status == 200


def test_answers_are_read_up_to_a_size_packed_or_not(server: RawServer) -> None:
    http = OnceHttp(QUICK, largest=10_000)
    fits, too_large = b"x" * 10_000, b"x" * 10_001
    packed = {"more": "Content-Encoding: gzip\r\n"}
    server.behave |= {
        "GET /fits": says(answer(200, content=fits)),
        "GET /large": says(answer(200, content=too_large)),
        "GET /packed": says(answer(200, content=gzip.compress(fits), **packed)),
        "GET /bomb": says(answer(200, content=gzip.compress(b"x" * 10_000_000), **packed)),
        "GET /torn": says(answer(200, content=gzip.compress(fits)[:-9], **packed)),
    }
    assert http.request(f"{server.root}/fits")[1] == fits
    assert http.request(f"{server.root}/packed")[1] == fits
    for path in ("large", "bomb"):
        with pytest.raises(AnswerTooLarge):
            http.request(f"{server.root}/{path}")
    with pytest.raises(AnswerLost):
        http.request(f"{server.root}/torn")


def test_answers_in_chunks_and_answers_that_end_with_the_connection_are_read(server: RawServer) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    server.behave |= {
        "GET /chunks": says(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        "GET /closing": lambda each: bool(each.sendall(head + b"Connection: close\r\n\r\nabc")),
        "GET /last": lambda each: bool(each.sendall(answer(200, content=b"abc", more="Connection: close\r\n"))),
        "GET /torn": lambda each: bool(each.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")),
        "DELETE /x": says(b"HTTP/1.1 204 No Content\r\n\r\n"),
    }
    http = OnceHttp(QUICK)
    for path, content in [("chunks", b"abcde"), ("chunks", b"abcde"), ("closing", b"abc"), ("last", b"abc")]:
        assert http.request(f"{server.root}/{path}")[1] == content
    assert http.request(f"{server.root}/x", "DELETE")[1] == b""
    with pytest.raises(AnswerLost):
        http.request(f"{server.root}/torn")


def test_every_time_out_together_fits_into_what_is_left_of_the_lease() -> None:
    usual = Timeouts()
    assert usual.slack + 2 * usual.connect + usual.read < ENOUGH_TO_SEND.total_seconds()
    assert (usual.connect, usual.read) == (10, 30)


# Access tokens in the middle of a send.

UNAUTHORIZED = says(
    answer(401, {"error": {"code": 401, "message": "Invalid Credentials", "errors": [{"reason": "authError"}]}})
)


def test_a_send_that_was_turned_down_with_401_is_written_again_with_a_new_token(server: RawServer) -> None:
    server.behave[SEND] = [UNAUTHORIZED, says(answer(200, SENT))]
    assert mailbox(server).send_draft("r1").id == "18c1"
    assert (server.count("/drafts/send"), server.count("/token")) == (2, 2)


def test_a_second_401_is_the_end(server: RawServer) -> None:
    server.behave[SEND] = UNAUTHORIZED
    with pytest.raises(AccessLost):
        mailbox(server).send_draft("r1")
    assert server.count("/drafts/send") == 2


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (says(answer(503)), NotDone),
        (says(answer(429)), NotDone),
        (closes, NotDone),
        (hangs, NotDone),
        (says(answer(200, content=b"<html>log in to the wifi</html>")), NotDone),
        (says(answer(200, {"no": "token"})), NotDone),
        (says(answer(404, content=b"<html>not here</html>")), NotDone),
        (says(answer(307, more="Location: http://127.0.0.1:9/\r\n")), NotDone),
        (says(answer(400, {"error": "invalid_grant", "error_description": "Token has been revoked."})), AccessLost),
        (says(answer(401, {"error": "invalid_client"})), AccessLost),
        (says(answer(400, {"error": "invalid_grant", "error_subtype": "invalid_rapt"})), AccessLost),
    ],
)
def test_a_token_that_cannot_be_renewed_in_the_middle_of_a_send_leaves_no_doubt(
    server: RawServer, trouble: Behaviour, expected: type[Exception]
) -> None:
    server.behave["POST /token"] = [says(answer(200, TOKEN)), trouble]
    server.behave[SEND] = UNAUTHORIZED
    began = time.monotonic()
    with pytest.raises(expected):
        mailbox(server).send_draft("r1")
    assert (server.count("/drafts/send"), server.count("/token")) == (1, 2)
    assert time.monotonic() - began < 3, "google-auth's own retries sleep for seconds"


def test_a_send_is_put_off_when_the_token_took_so_long_that_the_lease_might_end(server: RawServer) -> None:
    def slowly(connection: socket.socket) -> bool:
        time.sleep(0.2)
        connection.sendall(answer(200, TOKEN))
        return True

    server.behave |= {"POST /token": slowly, SEND: says(answer(200, SENT))}
    opened = mailbox(server, Timeouts(connect=1.0, read=0.4, slack=0.1))
    with pytest.raises(NotDone, match="too long"):
        opened.send_draft("r1")
    assert server.count("/drafts/send") == 0
    assert opened.send_draft("r1").id == "18c1", "the token is there by now"
