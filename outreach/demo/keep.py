"""What the play leaves behind: every letter and invitation, the chain as a picture, and a one-page report."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from outreach import resources
from outreach.app import App
from outreach.queries.letters import sent_letters
from outreach.queries.referral_chain import referral_chain
from outreach.queries.report import ANSWER_WORDS, PersonReport, Report
from outreach.rules.tree_svg import draw_svg
from outreach.rules.zones import local, say_day


def keep(app: App, account_id: str, folder: Path, report: Report, *, doubled: int) -> dict[str, Path]:
    """Write the files into ``folder`` and return where each kind of them is."""
    svg = draw_svg(referral_chain(app, account_id, written_to=True))
    files = {
        "letters": folder / "letters",
        "invitations": folder / "invitations",
        "chain": folder / "chain.svg",
        "report": folder / "report.html",
    }
    for name in ("letters", "invitations"):
        files[name].mkdir()
    for number, (line, raw) in enumerate(sent_letters(app, account_id), start=1):
        name = f"{number:03}-{line.kind.replace('_', '-')}-{_slug(line.to_name)}"
        (files["letters"] / f"{name}.eml").write_bytes(raw)
        if calendar := _calendar(raw):
            (files["invitations"] / f"{name}.ics").write_bytes(calendar)
    files["chain"].write_text(svg, encoding="utf-8")
    page = report_page(report, svg, doubled=doubled, zone="Europe/London")
    files["report"].write_text(page, encoding="utf-8")
    return files


def report_page(report: Report, svg: str, *, doubled: int, zone: str) -> str:
    """Return the report as an HTML page; whatever people are called is escaped."""
    source = (resources.folder("templates") / "pages" / "report.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    return template.render(
        title="Four weeks of informational interviews",
        lead="Played against simulated people on a clock that was moved by hand. The letters, the database, the "
        "queue and the HTTP calls are the real ones.",
        on_time=report.thank_yous_on_time,
        owed=report.thank_yous_owed,
        thanks_range=_range(report.quickest_thanks, report.slowest_thanks),
        letters=report.letters_sent,
        doubled=doubled,
        held=report.meetings_held,
        loops=report.loops_closed,
        depth=report.chain_depth,
        told=report.debts_told,
        debts_open=report.debts_open,
        answers=[f"{ANSWER_WORDS[name]} ({number})" for name, number in sorted(report.answers.items())],
        chain_svg=Markup(svg),  # noqa: S704 - drawn by us, with every name escaped
        people=[_person(person, zone) for person in report.people],
    )


def _person(person: PersonReport, zone: str) -> dict[str, Any]:
    return {
        "name": person.name,
        "organization": person.organization,
        "stage": person.stage,
        "steps": [
            {"iso": step.at.isoformat(), "when": _short(local(step.at, person.zone or zone)), "what": step.what}
            for step in person.happenings
        ],
    }


def _short(wall: Any) -> str:
    weekday, day, month = say_day(wall.date()).split(" ")
    return f"{weekday[:3]} {day} {month[:3]}, {wall:%H:%M}"


def _range(quickest: timedelta | None, slowest: timedelta | None) -> str:
    if quickest is None or slowest is None:
        return "none was owed"
    words: Callable[[timedelta], str] = lambda span: f"{span.total_seconds() / 3600:.1f} h"  # noqa: E731
    return f"the quickest after {words(quickest)}, the slowest after {words(slowest)}"


def _calendar(raw: bytes) -> bytes:
    for part in BytesParser(policy=policy.compat32).parsebytes(raw).walk():
        if part.get_content_type() == "text/calendar":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
    return b""


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "somebody"
