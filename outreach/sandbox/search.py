"""The part of Gmail's search language that mail programs use, as a test on one message."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from outreach.sandbox.mailbox import Message

Test = Callable[[Message], bool]

_TERM = re.compile(
    r'(?P<not>-)?(?:(?P<name>[a-z_0-9]+):)?(?:"(?P<phrase>[^"]*)"|\((?P<group>[^)]*)\)|(?P<word>[^\s"]+))', re.I
)
_AGE = re.compile(r"(\d+)([hdmy])")
_DATE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_AGE_DAYS = {"h": 1 / 24, "d": 1, "m": 30, "y": 365}
_PLACES = {"sent": "SENT", "inbox": "INBOX", "draft": "DRAFT", "drafts": "DRAFT", "trash": "TRASH", "spam": "SPAM"}
_HIDDEN = frozenset({"TRASH", "SPAM"})


def matcher(query: str, now: datetime) -> Test:
    """Return the test for ``query``. Terms must all hold; ``OR`` between two asks for either; ``-`` turns one round.

    Known: from: to: cc: bcc: subject: after: before: newer_than: older_than: in: is: label: has:attachment
    rfc822msgid: "phrases" and words. Dates are UTC. As with Gmail, nothing in a query is ever an error.
    """
    groups: list[list[Test]] = []
    joined = False
    for found in _TERM.finditer(query):
        if found["word"] == "OR" and not found["name"]:
            joined = True
            continue
        test = _term(found, now)
        if joined and groups:
            groups[-1].append(test)
        else:
            groups.append([test])
        joined = False
    return lambda message: all(any(test(message) for test in group) for group in groups)


def shows_hidden(query: str) -> bool:
    """Return whether the query itself asks for spam or trash."""
    return bool(re.search(r"\bin:(anywhere|trash|spam)\b", query, re.IGNORECASE))


def is_hidden(message: Message) -> bool:
    """Return whether the message lies in spam or trash."""
    return bool(message.labels & _HIDDEN)


def _term(found: re.Match[str], now: datetime) -> Test:
    value = next(each for each in (found["phrase"], found["group"], found["word"]) if each is not None)
    name = (found["name"] or "").lower()
    maker = _OPERATORS.get(name)
    test = maker(value, now) if maker else _says(f"{name} {value}")
    return (lambda message: not test(message)) if found["not"] else test


def _says(text: str) -> Test:
    wanted = _words(text)
    headers = ("Subject", "From", "To", "Cc")

    def says(message: Message) -> bool:
        return any(_contains(_words(message.header(name)), wanted) for name in headers) or _contains(
            _words(message.text), wanted
        )

    return says


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _contains(words: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return size == 0 or any(words[at : at + size] == wanted for at in range(len(words) - size + 1))


def _header(*names: str) -> Callable[[str, datetime], Test]:
    def make(value: str, _now: datetime) -> Test:
        wanted = value.casefold()
        return lambda message: any(wanted in message.header(name).casefold() for name in names)

    return make


def _subject(value: str, _now: datetime) -> Test:
    wanted = _words(value)
    return lambda message: _contains(_words(message.header("Subject")), wanted)


def _moment(value: str) -> datetime | None:
    if value.isdecimal() and len(value) <= 11:
        return datetime.fromtimestamp(int(value), UTC)
    found = _DATE.fullmatch(value)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def _after(value: str, _now: datetime) -> Test:
    moment = _moment(value)
    return lambda message: moment is None or message.received >= moment


def _before(value: str, _now: datetime) -> Test:
    moment = _moment(value)
    return lambda message: moment is None or message.received < moment


def _newer_than(value: str, now: datetime) -> Test:
    found = _AGE.fullmatch(value.lower())
    since = now - timedelta(days=int(found[1][:6]) * _AGE_DAYS[found[2]]) if found else None
    return lambda message: since is None or message.received >= since


def _older_than(value: str, now: datetime) -> Test:
    newer = _newer_than(value, now)
    return lambda message: not newer(message)


def _in(value: str, _now: datetime) -> Test:
    label = _PLACES.get(value.lower())
    return lambda message: label is None or label in message.labels


def _label(value: str, _now: datetime) -> Test:
    return lambda message: value.upper() in {label.upper() for label in message.labels}


def _has(value: str, _now: datetime) -> Test:
    wanted = value.lower() == "attachment"
    return lambda message: not wanted or any(part.get_filename() for part in message.parsed.walk())


def _message_id(value: str, _now: datetime) -> Test:
    wanted = value.strip("<>")
    return lambda message: message.message_id.strip("<>") == wanted


_OPERATORS: dict[str, Callable[[str, datetime], Test]] = {
    "from": _header("From"),
    "to": _header("To", "Cc", "Bcc"),
    "cc": _header("Cc"),
    "bcc": _header("Bcc"),
    "subject": _subject,
    "after": _after,
    "newer": _after,
    "before": _before,
    "older": _before,
    "newer_than": _newer_than,
    "older_than": _older_than,
    "in": _in,
    "is": _label,
    "label": _label,
    "has": _has,
    "rfc822msgid": _message_id,
}
