"""docs/cli.md says what the commands say."""

from __future__ import annotations

from pathlib import Path

from outreach.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_page_is_what_the_commands_say() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference(), "write it anew with `python -m outreach.cli.reference > docs/cli.md`"


def test_the_page_knows_every_command() -> None:
    page = reference()
    for command in ("queue", "queue list", "letter show", "contact import", "account connect", "doctor", "status"):
        assert f" outreach {command}\n" in page
