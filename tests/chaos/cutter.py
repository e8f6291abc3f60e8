"""A relay in front of PostgreSQL that cuts connections: all of them now and then, and some in the midst of a COMMIT."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

#: What the driver sends to commit: a simple query.
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Cutter:
    """The relay. It listens on the loopback and runs in a thread of its own.

    ``share`` of the COMMITs are cut: one half after the server was given it and before its answer is handed on, the
    other half before the server has got it. The client sees the same both times.
    """

    def __init__(self, server_url: str, *, share: float, seed: int = 11) -> None:
        self.commits_done = 0
        self.commits_not_done = 0
        self.cuts = 0
        self.share = share
        self._server = urlsplit(server_url)
        self._dice = random.Random(seed)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cutter", daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._relay, "127.0.0.1", 0), self._loop)
        self._listener = listening.result(10)
        self.port: int = self._listener.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Return the database's URL by way of the relay; it reads along, so nothing may be encrypted."""
        user, _, _ = self._server.netloc.rpartition("@")
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql://{user}@127.0.0.1:{self.port}{self._server.path}?{plain}"

    def cut_all(self) -> None:
        """Cut every connection that is open now."""
        self.cuts += 1
        self._loop.call_soon_threadsafe(self._cut, list(self._open))

    def close(self) -> None:
        """Cut everything and listen no more."""
        self._loop.call_soon_threadsafe(self._listener.close)
        self.cut_all()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _cut(self, writers: list[asyncio.StreamWriter]) -> None:
        for writer in writers:
            with contextlib.suppress(Exception):
                writer.transport.abort()

    async def _relay(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await self._connect()
        except OSError:
            self._cut([to_client])
            return
        ends = [to_client, to_server]
        self._open.update(ends)
        doomed = asyncio.Event()
        both = [
            asyncio.ensure_future(self._requests(from_client, to_server, doomed)),
            asyncio.ensure_future(self._answers(from_server, to_client, doomed)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._cut(ends)
            await asyncio.gather(*both, return_exceptions=True)  # an aborted end wakes the one that reads from it
            self._open.difference_update(ends)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = parse_qs(self._server.query).get("host", [""])[0]
        port = self._server.port or 5432
        if folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._server.hostname or folder, port)

    async def _requests(
        self, from_client: asyncio.StreamReader, to_server: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await from_client.read(1 << 16):
                if COMMIT in data and self._dice.random() < self.share:
                    if self._dice.random() < 0.5:
                        self.commits_not_done += 1
                        return
                    doomed.set()
                to_server.write(data)
                await to_server.drain()

    async def _answers(
        self, from_server: asyncio.StreamReader, to_client: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await from_server.read(1 << 16):
                if doomed.is_set():
                    self.commits_done += 1
                    return
                to_client.write(data)
                await to_client.drain()


@contextmanager
def cutter(server_url: str, *, share: float) -> Iterator[Cutter]:
    """Relay until the end of the block."""
    relay = Cutter(server_url, share=share)
    try:
        yield relay
    finally:
        relay.close()
