"""mailmerge, driven as its command does it: read, render, connect, send, print. ``merge.py LETTERS PORT FOLDER``

Its printing goes where standard output would: into a file.
"""

import contextlib
import sys
from pathlib import Path

import letter
from clock import WARM, Stopwatch, tell
from mailmerge.__main__ import main as mailmerge

_HEAD = """TO: {{ first_name }} {{ last_name }} <{{ email }}>
SUBJECT: %s
FROM: %s <%s>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="boundary"

--boundary
Content-Type: text/plain

%s
--boundary
Content-Type: text/html

%s
--boundary--
"""


def main():
    """Send the letters, or only render them when the port is 0."""
    letters, port, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    template, people, server = (folder / name for name in ("template.txt", "people.csv", "server.conf"))
    words = (letter.SUBJECT, letter.MY_NAME, letter.ME, letter.TEXT, letter.HTML)
    template.write_text(_HEAD % words, encoding="utf-8")
    server.write_text(f"[smtp_server]\nhost = 127.0.0.1\nport = {port or 25}\nratelimit = 0\n")
    options = ["--no-limit", "--output-format", "text", "--dry-run" if port == 0 else "--no-dry-run"]
    files = ["--template", str(template), "--database", str(people), "--config", str(server)]
    with (folder / "printed.txt").open("w", encoding="utf-8") as printed, contextlib.redirect_stdout(printed):
        people.write_bytes(letter.people_file(WARM))
        mailmerge([*options, *files], standalone_mode=False)
        people.write_bytes(letter.people_file(letters))
        with Stopwatch() as watch:
            mailmerge([*options, *files], standalone_mode=False)
    assert (folder / "printed.txt").read_text(encoding="utf-8").count("message part: text/html") == letters + WARM
    tell(letters, watch)


if __name__ == "__main__":
    main()
