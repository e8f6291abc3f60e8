"""What any Gmail client must do at least: ``drafts.create`` and ``drafts.send``, resources kept. ``LETTERS ROOT``.

The letters are composed beforehand, nothing is stored or checked, and the access token is there already. The consents
come as JSON, a line each, on standard input; the first is used.
"""

from __future__ import annotations

import base64
import sys
from typing import Any

import httplib2
from google_auth_httplib2 import AuthorizedHttp

from outreach.google.api import gmail_api
from outreach.google.credentials import AuthorizedUser
from tests.benchmarks.contenders import floor, letter
from tests.benchmarks.contenders.clock import WARM, Stopwatch, tell


def main() -> None:
    """Send the letters."""
    letters, root = int(sys.argv[1]), sys.argv[2]
    credentials = AuthorizedUser.from_json(sys.stdin.readline().encode()).to_credentials()
    http = AuthorizedHttp(credentials, http=httplib2.Http())
    drafts = gmail_api(root).drafts
    raw = [base64.urlsafe_b64encode(bytes(floor.message(letter.person(n)))).decode() for n in range(letters)]
    for each in raw[:WARM]:
        _send(drafts, each, http)
    with Stopwatch() as watch:
        for each in raw:
            _send(drafts, each, http)
    tell(letters, watch)


def _send(drafts: Any, raw: str, http: AuthorizedHttp) -> None:
    draft = drafts.create(userId="me", body={"message": {"raw": raw}}).execute(http=http)
    drafts.send(userId="me", body={"id": draft["id"]}).execute(http=http)


if __name__ == "__main__":
    main()
