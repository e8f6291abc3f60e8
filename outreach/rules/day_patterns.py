"""How a language speaks of days: patterns, each with what it makes of a match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias

from outreach.rules.patterns import any_of, compiled, numbered, which
from outreach.rules.spoken_time import Day
from outreach.rules.time_words import TimeWords

#: The second makes a day of a match and of the writer's today, or None of one that is no day after all.
DayPattern: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str], date], Day | None]]


def dated(words: TimeWords) -> Iterator[DayPattern]:
    """Yield the patterns of dates, the most telling first: "9 March", "9.3.", "the 9th", "Tuesday 9"."""
    weekday, month = numbered(words.weekdays, "w"), numbered(words.months, "m")
    lead = rf"(?:\b(?:{weekday})\b,? ?(?:(?:den|dem|der|the|le|el|día|,)\.? ?)?)?"
    tail = r"(?:[,.]? (?:de |del )?(?P<year>20\d\d))?"
    yield (
        compiled(rf"{lead}\b(?P<year>20\d\d)-(?P<mm>\d\d)-(?P<dd>\d\d)\b"),
        lambda match, _: Day(month=int(match["mm"]), day=int(match["dd"]), year=int(match["year"])),
    )

    yield (
        compiled(rf"{lead}\b(?P<dd>\d{{1,2}})(?:st|nd|rd|th|er|\.)? ?(?:of |de )?(?:{month})(?!\w){tail}"),
        _named_month,
    )
    yield (
        compiled(rf"{lead}\b(?:{month})\.? (?P<dd>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.h]\d|\s?[ap]m){tail}"),
        _named_month,
    )

    yield (
        compiled(
            rf"{lead}(?<![\d.:/])(?P<dd>\d{{1,2}})(?P<sep>[./])(?P<mm>\d{{1,2}})(?:(?P=sep)(?P<year>\d{{4}}|\d\d)\b|\.(?!\d)|(?!\d))"
            r"(?! ?(?:uhr|h\b|am\b|pm\b|a\.m|p\.m|%|€|hours))"
        ),
        _numbers,
    )
    yield (
        compiled(rf"{lead}{words.the_nth}"),
        lambda match, _: (
            Day(weekday=which(match, "w"), day=int(match["nth"])) if 1 <= int(match["nth"]) <= 31 else None
        ),
    )
    # "Tuesday the 9th" above, and in all languages "Tuesday 9".
    yield (
        compiled(
            rf"\b(?:{weekday}),? (?:den |dem |der |le |el |día )?(?P<dd>\d{{1,2}})(?:st|nd|rd|th|er|\.)?"
            rf"(?![\d:.]|\s?[ap]\.?m|\s?(?:{words.hour})\b|h\d|\s?[-–]\s?\d)"
        ),
        lambda match, _: Day(weekday=which(match, "w"), day=int(match["dd"])) if 1 <= int(match["dd"]) <= 31 else None,
    )


def worded(words: TimeWords) -> Iterator[DayPattern]:
    """Yield the patterns of days in words alone: "tomorrow", "Tuesday", "next week"."""
    weekday = numbered(words.weekdays, "w")
    relative = tuple(words.days_from_now)
    yield (
        compiled(rf"(?<!\w)(?:{numbered(relative, 'r')})(?!\w)"),
        lambda match, today: Day(on=today + timedelta(days=list(words.days_from_now.values())[which(match, "r") or 0])),
    )
    yield (
        compiled(
            rf"\b(?P<next>(?:{words.next_week})\W+(?:on |am |le |el )?)?(?:{weekday})\b(?P<later> "
            rf"?(?:{words.next_week}))?"
        ),
        lambda match, _: Day(weekday=which(match, "w"), next_week=bool(match["next"] or match["later"])),
    )
    yield (
        compiled(
            rf"\b(?:{words.each_day}) "
            rf"(?:{any_of(tuple(words.parts))}|(?:week|work(?:ing)? ?)?days?|tage?|jours?|días?)\b"
        ),
        lambda _match, _today: Day(each=True),
    )
    yield compiled(rf"\b(?:{words.next_week})\b"), lambda _match, _today: Day(each=True, next_week=True)


def _named_month(match: re.Match[str], _today: date) -> Day | None:
    month_number = which(match, "m")
    day = int(match["dd"])
    if month_number is None or not 1 <= day <= 31:
        return None
    year = int(match["year"]) if match["year"] else None
    return Day(weekday=which(match, "w"), month=month_number + 1, day=day, year=year)


def _numbers(match: re.Match[str], today: date) -> Day | None:
    first, second = int(match["dd"]), int(match["mm"])
    weekday_number = which(match, "w")
    if match["sep"] == "/" and first <= 12 < second:
        first, second = second, first
    if not (1 <= first <= 31 and 1 <= second <= 12):
        return None
    year = match["year"]
    number = None if not year else int(year) if len(year) == 4 else 2000 + int(year)
    made = Day(weekday=weekday_number, month=second, day=first, year=number)
    if match["sep"] == "/" and first <= 12 and second <= 12 and first != second and _is_off(made, today):
        swapped = replace(made, month=first, day=second)
        return swapped if not _is_off(swapped, today) else made
    return made


def _is_off(day: Day, today: date) -> bool:
    """Return whether a day without a year is neither near nor on the weekday that was named."""
    try:
        made = date(day.year or today.year, day.month or 1, day.day or 1)
    except ValueError:
        return True
    return abs((made - today).days) > 120 or day.weekday not in (None, made.weekday())
