"""Queue outreach: people in, first letters drafted, those that are ready approved; or the same on a scratch copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import load_only

from outreach.actions.approve_letters import Plan, approve_letters
from outreach.actions.crash_points import crash_point
from outreach.actions.draft_letters import draft_letters
from outreach.actions.import_contacts import ImportReport, import_contacts
from outreach.actions.prepare_letter import obstacles
from outreach.actions.rehearse import rehearsal
from outreach.app import App
from outreach.model import Account, Contact, Letter
from outreach.queries.queue_plan import PlannedLetter, planned_letter
from outreach.rules.edited import was_edited
from outreach.rules.kinds import FIRST_LETTERS, LetterState

_CHUNK = 500
_FEW = 200
_SHOWN_OF_LETTERS = (
    *(Letter.kind, Letter.to_address, Letter.subject, Letter.body_text),
    *(Letter.missing, Letter.findings),
)
_SHOWN_OF_CONTACTS = (Contact.first_name, Contact.last_name, Contact.email, Contact.organization, Contact.zone)
_T = TypeVar("_T")
Progress: TypeAlias = Callable[[int, int], None]


def _silent(_done: int, _all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class PeopleFileBytes:
    """A people file as it came in: its bytes and how it is called."""

    data: bytes
    name: str


@dataclass(frozen=True)
class Queued:
    """What was queued, or would be.

    ``planned`` leave by themselves; ``waiting`` lack something that only a person can add; ``beyond_limit`` are ready
    but were not asked for. ``imported`` is None when no file was given.
    """

    imported: ImportReport | None
    undo_seconds: int
    planned: tuple[PlannedLetter, ...]
    waiting: tuple[PlannedLetter, ...]
    beyond_limit: int


def queue_people(
    app: App,
    account_id: str,
    file: PeopleFileBytes | None = None,
    *,
    limit: int | None = None,
    approve: bool = True,
    progress: Progress = _silent,
) -> Queued:
    """Import ``file`` if given, draft a first letter for everybody in it (or for all contacts), approve what is ready.

    With ``limit`` at most so many are approved, and people are drafted to only until so many are ready; without
    ``approve`` none. ``progress`` is told how many of how many are done. Raises BadInput for a file or a template that
    cannot be used, with nothing changed.
    """
    for kind in FIRST_LETTERS:
        app.renderer.needs(kind)
    report = import_contacts(app, account_id, file.data, name=file.name) if file else None
    crash_point("people_imported")
    drafted = _draft(app, account_id, report.contact_ids if report else None, limit if approve else None, progress)
    ready, waiting = _drafts(app, account_id, drafted)
    chosen = ready[:limit] if approve else []
    plans: dict[str, Plan] = {}
    for chunk in _chunks(chosen):
        plans |= {plan.letter_id: plan for plan in approve_letters(app, account_id, [one.letter_id for one in chunk])}
        crash_point("people_approved")
    # Not planned by us: what another process approved, cancelled or changed at the same moment.
    ours = [one for one in chosen if one.letter_id in plans and not plans[one.letter_id].obstacles]
    with app.database.read(account_id) as session:
        undo = app.settings_for(session.get_one(Account, account_id)).sending.undo_seconds
    return Queued(
        imported=report,
        undo_seconds=undo,
        planned=tuple(one.at(plans[one.letter_id].due_at, plans[one.letter_id].why_then) for one in ours),
        waiting=tuple(waiting),
        beyond_limit=len(ready) - len(chosen),
    )


def preview_queue(
    app: App,
    account_id: str,
    file: PeopleFileBytes | None = None,
    *,
    limit: int | None = None,
    progress: Progress = _silent,
) -> Queued:
    """Return what ``queue_people`` would do, found out by doing it on a scratch copy; change nothing."""
    with rehearsal(app, account_id) as copy:
        return queue_people(copy, account_id, file, limit=limit, progress=progress)


def _draft(
    app: App, account_id: str, contact_ids: Sequence[str] | None, enough: int | None, progress: Progress
) -> list[str]:
    """Draft what can be drafted, until ``enough`` are ready; return the contacts that were looked at.

    Letters that somebody worded by hand keep their words.
    """
    with app.database.read(account_id) as session:
        drafts = session.execute(
            select(Letter.contact_id, Letter.facts).where(
                Letter.state == LetterState.DRAFTED, Letter.kind.in_(FIRST_LETTERS)
            )
        )
        by_hand = {contact_id for contact_id, facts in drafts if was_edited(facts)}
        if contact_ids is None:
            contact_ids = session.scalars(select(Contact.id).order_by(Contact.created_at, Contact.id)).all()
    looked_at: list[str] = []
    for chunk in _chunks(contact_ids, _CHUNK if enough is None else _FEW + 2 * enough):
        draft_letters(app, account_id, [contact_id for contact_id in chunk if contact_id not in by_hand])
        crash_point("people_drafted")
        looked_at += chunk
        progress(len(looked_at), len(contact_ids))
        if enough is not None and len(_drafts(app, account_id, looked_at)[0]) >= enough:
            break
    return looked_at


def _drafts(app: App, account_id: str, contact_ids: Sequence[str]) -> tuple[list[PlannedLetter], list[PlannedLetter]]:
    """Return the first letters that are drafts, in the order of their contacts: the ready ones, and the rest."""
    ready: list[PlannedLetter] = []
    waiting: list[PlannedLetter] = []
    wanted = set(contact_ids)
    query = (
        select(Letter, Contact)
        .join(Contact, Contact.id == Letter.contact_id)
        .where(Letter.state == LetterState.DRAFTED, Letter.kind.in_(FIRST_LETTERS))
        .order_by(Contact.created_at, Contact.id)
        .options(load_only(*_SHOWN_OF_LETTERS), load_only(*_SHOWN_OF_CONTACTS))
        .execution_options(yield_per=500)
    )
    with app.database.read(account_id) as session:
        for letter, contact in session.execute(query):
            if contact.id in wanted:
                problems = obstacles(letter)
                (waiting if problems else ready).append(planned_letter(letter, contact, problems))
    return ready, waiting


def _chunks(items: Sequence[_T], size: int = _CHUNK) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
