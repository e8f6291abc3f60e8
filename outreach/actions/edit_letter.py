"""Put one's own words into a draft; they are linted like any other."""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from typing import Any

from outreach.app import App
from outreach.errors import BadInput, NotAllowed, NotFound
from outreach.model import Letter
from outreach.rules.edited import EDITED
from outreach.rules.kinds import LetterState
from outreach.rules.wording import Draft, Finding, lint

_LONGEST = 20_000


def edit_letter(
    app: App, account_id: str, letter_id: str, *, text: str | None = None, subject: str | None = None
) -> list[Finding]:
    """Replace text (HTML is made from it) and subject of a draft; return what the linter says about the result.

    Raises NotAllowed for a letter that is no draft any more: frozen bytes stay as they were approved.
    """
    _refuse_unusable(text, subject)
    with app.database.write(account_id) as session:
        letter = session.get(Letter, letter_id, with_for_update=True)
        if letter is None:
            raise NotFound(f"There is no letter {letter_id!r}. `outreach letter list` shows them.")
        if letter.state is not LetterState.DRAFTED:
            raise NotAllowed(
                f"The letter to {letter.to_name} is {letter.state}, and approved words are never changed. Cancel it "
                f"with `outreach letter cancel {letter.id[:8]}`."
            )
        if text is not None:
            letter.body_text = text.strip() + "\n"
            letter.body_html = html_of(text)
            letter.missing = []
        if subject is not None:
            letter.subject = " ".join(subject.split())
        if not letter.subject.strip() or not letter.body_text.strip():
            raise BadInput(
                f"The letter to {letter.to_name} needs both a text and a subject: give --text and --subject."
            )
        letter.facts = {**letter.facts, EDITED: True}
        findings = lint(Draft(letter.kind, letter.subject, letter.body_text, letter.body_html, _facts(letter)))
        letter.findings = [asdict(finding) for finding in findings]
    return list(findings)


def _refuse_unusable(text: str | None, subject: str | None) -> None:
    if text is not None and not text.strip():
        raise BadInput("The text is empty.")
    if text is not None and len(text) > _LONGEST:
        raise BadInput(f"The text has {len(text):,} characters; a letter of more than {_LONGEST:,} is none.")
    if subject is not None and not 0 < len(subject.strip()) <= 250:
        raise BadInput("The subject must have between 1 and 250 characters.")


def html_of(text: str) -> str:
    """Return plain text as HTML: a paragraph for each, line breaks kept, nothing interpreted."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text.strip())]
    return "".join(f"<p>{html.escape(part).replace(chr(10), '<br>' + chr(10))}</p>\n" for part in paragraphs if part)


def _facts(letter: Letter) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in letter.facts.items()
        if name != EDITED
    }
