"""Read messages that may be hostile: large or deeply nested ones in a process of its own, with limits of its own."""

from __future__ import annotations

import base64
import json
import resource
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from outreach.errors import BadInput
from outreach.letters.inbound import LARGEST, read_message
from outreach.rules.inbound import DeliveryField, Inbound

#: What the process may take: CPU seconds, seconds on the clock (a busy machine is slow), bytes of memory.
_CPU, _WALL, _MEMORY = 2, 10, 512 * 2**20
#: Up to this size, and with so few parts, reading takes milliseconds whatever is inside.
_SMALL, _FEW = 400_000, 30


def read_apart(raw: bytes) -> Inbound:
    """Return the message as ``read_message`` does, within two seconds of CPU and 512 MB. Raises BadInput."""
    if len(raw) > LARGEST or (len(raw) <= _SMALL and raw.lower().count(b"content-type:") <= _FEW):
        return read_message(raw)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "outreach.letters.read_apart"],
            input=raw,
            capture_output=True,
            timeout=_WALL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadInput("The message takes too long to read; look at it in the mailbox.") from error
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise BadInput("The message takes too much time or memory to read; look at it in the mailbox.") from error
    if "refused" in said:
        raise BadInput(str(said["refused"]))
    return _inbound(said)


def _inbound(said: dict[str, Any]) -> Inbound:
    fields = {**said, "attachments": tuple(said["attachments"])}
    fields["between"] = tuple((quoted, answer) for quoted, answer in said["between"])
    fields["calendar_parts"] = tuple(base64.b64decode(part) for part in said["calendar_parts"])
    fields["delivery"] = tuple(DeliveryField(**field) for field in said["delivery"])
    return Inbound(**fields)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    try:
        message = asdict(read_message(sys.stdin.buffer.read(LARGEST + 1)))
        message["calendar_parts"] = [base64.b64encode(part).decode() for part in message["calendar_parts"]]
    except BadInput as error:
        message = {"refused": error.message}
    sys.stdout.write(json.dumps(message))


if __name__ == "__main__":
    _main()
