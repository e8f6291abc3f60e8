"""An SMTP server that takes everything and keeps nothing, in a process of its own: the same for all who send by SMTP.

``python -m tests.benchmarks.sink`` prints its port and serves until standard input closes.
"""

from __future__ import annotations

import asyncio
import sys


class _Session(asyncio.Protocol):
    """One connection. As little work as SMTP allows, so that the sender is what is measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._waiting, self._in_data = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while self._step():
            pass

    def _step(self) -> bool:
        mark = b"\r\n.\r\n" if self._in_data else b"\r\n"
        head, found, rest = self._waiting.partition(mark)
        if not found:
            return False
        self._waiting = rest
        if self._in_data:
            self._in_data = False
            self._transport.write(b"250 taken\r\n")
        else:
            self._command(head[:4].upper())
        return True

    def _command(self, verb: bytes) -> None:
        if verb == b"DATA":
            self._in_data = True
            self._transport.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 sink\r\n")


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
