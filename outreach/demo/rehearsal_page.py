"""A rehearsal as a page: day by day what would leave, come in and be agreed, each letter to unfold."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from jinja2 import Environment, StrictUndefined

from outreach import resources
from outreach.demo.rehearse import Rehearsed
from outreach.queries.timeline import Moment, Moves
from outreach.rules.instants import Span
from outreach.rules.zones import local, say_day, say_span


def rehearsal_page(rehearsed: Rehearsed) -> str:
    """Return the page as HTML; whatever people are called and write is escaped."""
    source = (resources.folder("templates") / "pages" / "rehearsal.html.j2").read_text(encoding="utf-8")
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(source)
    counts = Counter(moment.moves for moment in rehearsed.moments)
    return template.render(
        rehearsed=rehearsed,
        span=say_span(Span(rehearsed.begins, rehearsed.ends), rehearsed.zone),
        sent=counts[Moves.OUT],
        answers=counts[Moves.IN],
        meetings=counts[Moves.MEETING],
        days=_days(rehearsed),
    )


def _days(rehearsed: Rehearsed) -> list[dict[str, Any]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for moment in rehearsed.moments:
        here = local(moment.at, rehearsed.zone)
        days.setdefault(here.date(), []).append(_shown(moment, rehearsed.zone))
    return [{"day": say_day(day), "iso": day.isoformat(), "moments": shown} for day, shown in days.items()]


def _shown(moment: Moment, zone: str) -> dict[str, Any]:
    there = local(moment.at, moment.zone) if moment.zone and moment.zone != zone else None
    here = local(moment.at, zone)
    elsewhere = there is not None and there.utcoffset() != here.utcoffset()
    return {
        "moment": moment,
        "iso": moment.at.isoformat(),
        "clock": f"{here:%H:%M}",
        "there": f"{there:%H:%M} there" if there is not None and elsewhere else "",
    }
