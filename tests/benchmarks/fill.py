"""Fills tables with set-based SQL, the same on both backends: a million rows in seconds rather than an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase

from outreach.app import App
from outreach.letters.compose import Envelope, compose
from outreach.model import Account, Contact, Conversation, Letter
from outreach.rules.kinds import LetterKind, LetterState, Stage
from tests.benchmarks.contenders import letter
from tests.benchmarks.stage import MONDAY

#: What leaves is the same for all: the sandbox and the null mailbox do not mind.
FROZEN = compose(
    Envelope(
        "0" * 20,
        letter.MY_NAME,
        letter.ME,
        "Grace",
        "grace@city.example.com",
        "A question",
        letter.TEXT,
        letter.HTML,
        MONDAY,
    )
)


def scheduled(app: App, account_ids: list[str], letters: int, due_at: datetime, *, name: str) -> None:
    """Add approved first letters, due at an instant, each with its contact and conversation, account by account.

    ``name`` keeps their ids apart from those of other calls.
    """
    with app.database.connect(write=True) as connection:
        for each, account_id in enumerate(account_ids):
            share = letters // len(account_ids) + (each < letters % len(account_ids))
            if share:
                _letters_of(connection, account_id, share, due_at, f"{name}{each}-")
        connection.commit()


def bystanders(app: App, letters: int, due_at: datetime, *, sent: bool, of_one: int = 1000) -> None:
    """Add letters of other accounts (``of_one`` each) that are in the way: due at an instant, or sent then."""
    n = _numbers(letters)
    account = n.c.i // of_one
    words: dict[str, Any] = {"state": LetterState.SCHEDULED, "due_at": due_at, "approved_at": MONDAY}
    if sent:
        words |= {"state": LetterState.SENT, "sent_at": due_at, "message_id": "<gone@mail.example.com>"}
    with app.database.connect(write=True) as connection:
        others = _numbers(-(-letters // of_one))
        values = {"id": _named("other", others.c.i), "address": _named("other", others.c.i) + "@student.example.com"}
        _insert(connection, Account, others, values, _ACCOUNT)
        _insert(
            connection,
            Letter,
            n,
            {"id": _named("by", n.c.i), "account_id": _named("other", account), "dedupe_key": _named("by", n.c.i)},
            _LETTER | {"frozen": b"x"} | words,
        )
        connection.commit()
        if not app.database.is_sqlite:
            connection.execute(text("ANALYZE"))
            connection.commit()


def _letters_of(connection: Connection, account_id: str, letters: int, due_at: datetime, name: str) -> None:
    n = _numbers(letters)
    own = {"id": _named(name, n.c.i)}
    address = _named(name, n.c.i) + "@city.example.com"
    _insert(
        connection, Contact, n, own | {"email": address, "address_key": address}, _CONTACT | {"account_id": account_id}
    )
    _insert(connection, Conversation, n, own | {"contact_id": own["id"]}, _TALK | {"account_id": account_id})
    links = {"contact_id": own["id"], "conversation_id": own["id"], "dedupe_key": own["id"]}
    to = {"to_address": address, "to_key": address}
    words = {"account_id": account_id, "due_at": due_at, "frozen": FROZEN, "state": LetterState.SCHEDULED}
    _insert(connection, Letter, n, own | links | to, _LETTER | words | {"approved_at": MONDAY})


_ACCOUNT = {
    "name": "",
    "name_source": "",
    "zone": "Europe/London",
    "state": "active",
    "state_reason": "",
    "preferences": {},
}
_ACCOUNT |= {"sending_days": 0, "last_sending_day": "", "findings": {}, "created_at": MONDAY}
_CONTACT = dict.fromkeys(("last_name", "organization", "title", "phone", "city", "referred_by", "why_you"), "")
_CONTACT |= dict.fromkeys(("notes", "linkedin_url"), "")
_CONTACT |= {"first_name": "Grace", "address_dead": False, "created_at": MONDAY, "updated_at": MONDAY}
_TALK = {"stage": Stage.QUEUED, "subject": "", "needs_you": "", "follow_ups_sent": 0, "opened_at": MONDAY}
_LETTER = {"kind": LetterKind.REQUEST_NO_LINK, "to_name": "Grace", "to_address": "", "to_key": "", "facts": {}}
_LETTER |= {"subject": "A question", "body_text": "", "body_html": "", "missing": [], "findings": [], "priority": 5}
_LETTER |= {"why_then": "", "attempts": 0, "recoveries": 0, "looks": 0, "last_error": "", "created_at": MONDAY}


def _insert(
    connection: Connection,
    mapped: type[DeclarativeBase],
    n: CTE,
    made: dict[str, ColumnElement[Any]],
    same: dict[str, Any],
) -> None:
    table = table_of(mapped)
    columns = made | {name: literal(value, table.c[name].type) for name, value in same.items() if name not in made}
    connection.execute(insert(table).from_select(list(columns), select(*columns.values()).select_from(n)))


def table_of(mapped: type[DeclarativeBase]) -> Table:
    """Return the table of a mapped class."""
    table = mapped.__table__
    assert isinstance(table, Table)
    return table


def _numbers(count: int) -> CTE:
    """Return the numbers from 0 to below ``count`` as a table with the column ``i``."""
    n = select(literal(0).label("i")).cte("n", recursive=True)
    return n.union_all(select(n.c.i + 1).where(n.c.i < count - 1))


def _named(name: str, number: ColumnElement[int]) -> ColumnElement[str]:
    return literal(name, String()) + cast(number, String(20))
