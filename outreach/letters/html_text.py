"""HTML to plain text, for reading only: cleaned by nh3 first, so that no markup can confuse what follows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

_LONGEST = 100_000  # nh3's tree grows slow on endless nesting; new text stands at the top anyway
_KEPT = {"p", "br", "div", "blockquote", "li", "tr", "ul", "ol", "hr", "h1", "h2", "h3", "table"}
_DROPPED = {"script", "style", "title", "textarea", "noscript"}
_QUOTES = re.compile(r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend|protonmail_quote")


class _Text(HTMLParser):
    """Collects text; stops at the container in which mail programs put the letter that is answered."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._quoted = 0
        self._stopped = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if any(_QUOTES.search(value or "") for _, value in attrs):
            self._stopped = True
        if tag == "blockquote":
            self._quoted += 1
        self._add("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
        if tag != "br":
            self._add("\n")

    def handle_data(self, data: str) -> None:
        self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if not self._stopped and not self._quoted:
            self.pieces.append(text)


def html_to_text(html: str) -> str:
    """Return the visible text of an HTML body, quoted letters left out, one line a block."""
    cleaned = nh3.clean(
        _without_styles(html)[:_LONGEST],
        tags=_KEPT,
        attributes={tag: {"class", "id"} for tag in _KEPT},
        clean_content_tags=_DROPPED,
        link_rel=None,
    )
    reader = _Text()
    reader.feed(cleaned)
    reader.close()
    lines = (line.strip() for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_styles(html: str) -> str:
    """Cut style sheets, which fill the first pages of what Outlook writes; in one pass, whatever is inside."""
    lowered, kept, at = html.lower(), [], 0
    if len(lowered) != len(html):  # some capital letters grow when lowered; then leave it all to nh3
        return html
    while (start := lowered.find("<style", at)) != -1:
        kept.append(html[at:start])
        end = lowered.find("</style", start)
        at = len(html) if end == -1 else (lowered.find(">", end) + 1 or len(html))
    return "".join([*kept, html[at:]])
