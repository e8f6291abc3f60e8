"""On which day somebody who is away says that they are back."""

from __future__ import annotations

import re
from datetime import date, timedelta

from outreach.rules.languages import ENGLISH, language_of

_STARTS = (
    "jan ene|feb fév feb|mar mär mrz|apr avr abr|may mai|jun juin|jul juil|aug aoû ago|sep|oct okt|nov|dec dez déc dic"
)
_MONTHS = {start: number for number, starts in enumerate(_STARTS.split("|"), 1) for start in starts.split()}
_BACK = re.compile(
    r"\b(?:back|again on|(?:re)?opens?(?: again)?(?: on)?|return(?:s|ing)?|until|till|through|available again|"
    r"in the office again|resumes?|rejoin\w*|again "
    r"from|zurück|"
    r"bis(?: zum)?|wieder|ab(?: dem)?|kehre (?:zum|am)|am(?=.{4,40}?\b(?:wieder|zurück)\b)|à partir du|"
    r"a partir del?|retour|jusqu'au|de retour|repren(?:ds|drai|d|"
    r"drons)(?: le travail| mes cours| mon poste)?|reprise|rentre|"
    r"reviens|serai là|hasta|"
    r"regres\w+|vuelvo|vuelta|reincorpor\w+|volv\w+|reabrimos|estaré de nuevo)\b([^\n.!?;]{0,24}?)\b(?=(.{4,40}))",
    re.IGNORECASE,
)
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})")
_DAY_FIRST = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th|er|\.)?(?: of| de)? ([^\W\d]{3,10})\.?,?(?: (?:de )?(\d{4}))?", re.IGNORECASE
)
_MONTH_FIRST = re.compile(r"^([^\W\d]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4}))?", re.IGNORECASE)
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?")
#: "16-03-2027" and "11-Mar-27".
_DASHES = re.compile(r"\b(\d{1,2})-(\d{1,2})-(\d{4})\b")
_DASHED_NAME = re.compile(r"\b(\d{1,2})-([^\W\d]{3,4})-(?:20)?(\d\d)\b")
_BACK_TOMORROW = re.compile(
    r"\b(back|zurück|wieder|retour|vuelvo|de vuelta)\b[^.!?]{0,40}\b(tomorrow|morgen|demain|mañana)\b", re.IGNORECASE
)
_SLASHES = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_SLASHED = re.compile(r"^(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_WEEK_BACK = re.compile(
    r"\b(?:ab|from|back in|back|wieder|à partir de la|a partir de la)(?: montag,?| monday,?)?(?: in)?(?: der)? "
    r"(?:kw|cw|calendar week|kalenderwoche|week|semaine|semana) ?(\d{1,2})\b",
    re.IGNORECASE,
)
_NUMBER_ONLY = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th|\.|er)?(?=[\s,.;!?]|$)(?!\.\d)(?! (?:[^\W\d]{3,10}\.? )?\d{4})", re.IGNORECASE
)
_THE = re.compile(r"\b(?:the|dem|den|le|el|día) $", re.IGNORECASE)
_FROM_TO = re.compile(
    r"\b(?:from|vom|von|du|del|desde el)(?: [^\W\d]+,?)? \d{1,2}(?:st|nd|rd|th|er|\.)?(?: (?:de )?[^\W\d]{3,10}\.?)?"
    r" ?(?:to|bis(?: zum)?|au|al|-|–|through|until|hasta el) ?(?:the )?(\d{1,2}(?:st|nd|rd|th|er|\.)?(?: of|"
    r" de)? [^\W\d]{3,10}.{0,6})",
    re.IGNORECASE,
)
_INCLUSIVE = re.compile(
    r"^through\b|^\W*(?:until|bis|till|jusqu'au|hasta)\b.{0,40}\b(?:inclusive|included|inclus|einschlie(?:ß|"
    r"ss)lich|incl)\b"
)
_WEEKDAYS = tuple(
    re.compile(rf"\b(?:{words.replace(' ', '|')})\b", re.IGNORECASE)
    for words in (
        "monday montag lundi lunes",
        "tuesday dienstag mardi martes",
        "wednesday mittwoch mercredi miércoles",
        "thursday donnerstag jeudi jueves",
        "friday freitag vendredi viernes",
        "saturday samstag samedi sábado",
        "sunday sonntag dimanche domingo",
    )
)
# Words and numbers, but not the parts of a date: "04/2027" in "03/04/2027" is none.
_WORD_START = re.compile(r"(?<![\w/.-])\w")
# "Mon. December 7" and "7. Dezember" go on, "until then. Call Ben" does not.
_SENTENCE_END = re.compile(r"(?<!\b[A-Z][a-z]{2})(?<!\b\d)(?<!\b\d\d)[.!?]\s+(?=[A-Z])")


def returns_on(text: str, today: date) -> date | None:
    """Return the latest day on which the text says that the writer is back; None when none is certain.

    "Until 7 December" means back on the 7th; "through 7 December" on the 8th. 03/04/2026 is two days in English, so it
    is nothing; elsewhere the day comes first.
    """
    found: list[date] = []
    text = text if language_of(text) == ENGLISH else _SLASHES.sub(r"\1.\2.\3", text)
    plain = " ".join(text[:4000].replace("\u2019", "'").split())
    plain = _DASHES.sub(lambda dashed: f"{dashed[1]}.{dashed[2]}.{dashed[3]}", plain)
    plain = _DASHED_NAME.sub(r"\1 \2 20\3", plain)
    for match in _BACK.finditer(plain):
        day = _first_day(plain[match.start(1) : match.start(1) + 70], today)
        if day:
            said = plain[match.start() : match.end() + 60].lower()
            found.append(_next_working_day(day) if _INCLUSIVE.search(said) else day)
    if not found:
        ends = (_day_at(match[1], today) for match in _FROM_TO.finditer(plain))
        found += [_next_working_day(day) for day in ends if day]
    week = _WEEK_BACK.search(plain)
    if week and not found:
        found += [day for day in [_monday_of(int(week[1]), today)] if day]
    if not found and _BACK_TOMORROW.search(plain):
        return today + timedelta(days=1)
    return max(found) if found else None


def _next_working_day(last: date) -> date:
    """Return the day after the last one of an absence, a Monday where that is a weekend."""
    day = last + timedelta(days=1)
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def _first_day(phrase: str, today: date) -> date | None:
    phrase = phrase[: _end_of_sentence(phrase)]
    for start in (m.start() for m in _WORD_START.finditer(phrase[:45])):
        text = phrase[start : start + 40]
        day = _day_at(text, today)
        if slashed := _SLASHED.match(text):  # 03/04/2027 is two days at once, unless the weekday says which
            return day or _by_weekday(slashed, _weekday_in(phrase[: start + 1]), today)
        if day := day or _numbered(text, phrase[:start], today):
            return day
    number = _weekday_in(phrase[:30])
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1) if number is not None else None


def _numbered(text: str, before: str, today: date) -> date | None:
    """Return the next day with this number ("the 19th", "Montag, dem 22."), of the weekday that stands before it."""
    match = _NUMBER_ONLY.match(text)
    if match is None or not _THE.search(before):
        return None
    weekday = _weekday_in(before)
    ahead = (today + timedelta(days=each) for each in range(1, 92))
    return next((each for each in ahead if each.day == int(match[1]) and weekday in {None, each.weekday()}), None)


def _weekday_in(phrase: str) -> int | None:
    found = [number for number, pattern in enumerate(_WEEKDAYS) if pattern.search(phrase)]
    return found[0] if len(found) == 1 else None


def _monday_of(week: int, today: date) -> date | None:
    """Return the Monday of an ISO week, the next one of that number."""
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, week, 1)
        except ValueError:
            continue
        if monday >= today - timedelta(days=14):
            return monday
    return None


def _end_of_sentence(phrase: str) -> int:
    end = _SENTENCE_END.search(phrase)
    return end.start() if end else len(phrase)


def _day_at(text: str, today: date) -> date | None:
    if match := _ISO.match(text):
        return _made(int(match[1]), int(match[2]), int(match[3]), today)
    if (match := _DAY_FIRST.match(text)) and (month := _month(match[2])):
        return _made(match[3], month, int(match[1]), today)
    if (match := _MONTH_FIRST.match(text)) and (month := _month(match[1])):
        return _made(match[3], month, int(match[2]), today)
    if match := _DOTTED.match(text):
        return _made(match[3], int(match[2]), int(match[1]), today)
    if match := _SLASHED.match(text):
        first, second = int(match[1]), int(match[2])
        if first > 12 or first == second:
            return _made(match[3], second, first, today)
        return _made(match[3], first, second, today) if second > 12 else None
    return None


def _by_weekday(slashed: re.Match[str], weekday: int | None, today: date) -> date | None:
    first, second = int(slashed[1]), int(slashed[2])
    either = [_made(slashed[3], second, first, today), _made(slashed[3], first, second, today)]
    fitting = [day for day in either if day is not None and day.weekday() == weekday]
    return fitting[0] if len(fitting) == 1 else None


def _month(word: str) -> int | None:
    lowered = word.lower()
    return _MONTHS.get(lowered[:4]) or _MONTHS.get(lowered[:3])


def _made(year: str | int | None, month: int, day: int, today: date) -> date | None:
    """A date; without a year the next one that is not long past, and never one more than a year away."""
    try:
        if year is None:
            this_year = date(today.year, month, day)
            return this_year if this_year >= today - timedelta(days=14) else date(today.year + 1, month, day)
        made = date(int(year) + (2000 if int(year) < 100 else 0), month, day)
    except ValueError:
        return None
    return made if today - timedelta(days=30) <= made <= today + timedelta(days=550) else None
