"""Take away what a probe has left: drafts, letters as far as the consent allows, its event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from outreach.actions.probe_bench import Bench
from outreach.edge import AccessLost, EdgeError, Gone, NotDone
from outreach.rules.probing import is_of_run, subject_words

log = structlog.get_logger(__name__)

#: At most so many messages that came in meanwhile are looked at; each look costs 20 quota units.
_MOST = 25


@dataclass(frozen=True)
class Cleared:
    """What was done. ``kept`` are the subjects of letters that the consent does not allow to move into the trash;
    ``troubles`` say what could not be taken away, ``again`` that trying later may do it."""

    trashed: int
    kept: tuple[str, ...]
    troubles: tuple[str, ...]
    again: bool


def clear_probe(bench: Bench) -> Cleared:
    """Take away what the run has left, as far as that can be done. What goes wrong is reported, not raised."""
    bench.say("clearing up")
    troubles: list[str] = []
    put_off: list[EdgeError] = []

    def attempt(what: str, work: Callable[[], object]) -> None:
        try:
            bench.patiently(work)
        except EdgeError as error:
            log.warning("probe_not_cleared", account=bench.account_id, what=what, error=error.message)
            troubles.append(f"{what}: {error.message}")
            put_off.extend([error] if isinstance(error, NotDone | AccessLost) else [])

    if bench.in_doubt:
        attempt("drafts that may be there", lambda: _find_drafts(bench))
    for draft_id in bench.drafts:
        attempt("a draft", lambda: bench.mailbox.delete_draft(draft_id))  # noqa: B023 - called at once
    attempt("letters that were not seen yet", lambda: _find_messages(bench))
    moved: dict[str, bool] = {}
    for message_id in bench.messages:
        if False not in moved.values():
            attempt("a letter", lambda: moved.update({message_id: bench.trial.trash(message_id)}))  # noqa: B023
    for event_id in bench.events:
        attempt("the event", lambda: bench.calendar.delete_event(event_id, notify=False))  # noqa: B023 - called at once
    allowed = False not in moved.values()
    kept = () if allowed else tuple(sorted(text for each, text in bench.messages.items() if not moved.get(each)))
    return Cleared(sum(moved.values()), kept, tuple(dict.fromkeys(troubles)), bool(put_off))


def _find_drafts(bench: Bench) -> None:
    for draft_id, headers in bench.trial.recent_drafts(subject_words(bench.run)).items():
        if is_of_run(headers, bench.run) and draft_id not in bench.drafts:
            bench.drafts.append(draft_id)


def _find_messages(bench: Bench) -> None:
    """Note the run's letters that nobody has looked at: it may have been stopped before that."""
    new = dict.fromkeys(each for each in _listed(bench) if each not in bench.messages)
    for message_id in list(new)[:_MOST]:
        try:
            head = bench.mailbox.head(message_id)
        except Gone:
            continue
        if is_of_run(head.headers, bench.run) and not {"DRAFT", "TRASH"} & head.labels:
            bench.messages[message_id] = head.headers.get("subject", "")


def _listed(bench: Bench) -> Iterator[str]:
    """Yield the ids of what search finds of the run, and of what came in since it began, the newest first."""
    found, _ = bench.mailbox.list_messages(f'subject:"{subject_words(bench.run)}"')
    yield from (message_id for message_id, _ in found)
    try:
        page = bench.mailbox.history(bench.history_id)
    except Gone:
        return
    yield from (message_id for message_id, _, labels in reversed(page.added) if "DRAFT" not in labels)
