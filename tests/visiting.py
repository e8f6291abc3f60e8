"""Visits to the pages over real HTTP."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html import unescape

from outreach.settings import Settings

#: Where guests reach the pages, as letters say it.
BASE = "https://meet.example.org"
#: Limits that no test reaches.
LIFTED = (100_000, 100_000.0)


def with_pages(settings: Settings) -> Settings:
    """Return the settings with pages, on any free port."""
    return settings.model_copy(update={"web": settings.web.model_copy(update={"port": 0, "base_url": BASE})})


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    url: str
    headers: dict[str, str]

    @property
    def times(self) -> list[str]:
        """The times that can be chosen, as the form sends them."""
        return [unescape(each) for each in re.findall(r'name="start" value="([^"]+)"', self.text)]

    @property
    def key(self) -> str:
        found = re.search(r'name="key" value="([^"]+)"', self.text)
        assert found is not None
        return found[1]


class Visitor:
    """Somebody with a browser, or with something worse."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, method: str = "GET") -> Answer:
        return self._ask(urllib.request.Request(self.address + path.removeprefix(BASE), method=method))

    def post(self, path: str, **fields: str) -> Answer:
        return self._ask(urllib.request.Request(self.address + path, urllib.parse.urlencode(fields).encode()))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.read().decode(), answer.url, dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), error.url or "", dict(error.headers))
