"""Find out, by letters from an account to itself, what nobody could try without a mailbox at Google; store and obey it.

What the run has left is written down before anything is written to the mailbox, so that a later run can clear up after
one that was killed. What was found is stored before the clearing up, and also when the run was stopped half way.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from outreach.actions.clear_probe import Cleared, clear_probe
from outreach.actions.hold_back import stop_account
from outreach.actions.probe_bench import Bench
from outreach.actions.try_event import try_event
from outreach.actions.try_letters import try_letters
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone, NotDone
from outreach.errors import NotAllowed, OutreachError, TryLater, Unavailable
from outreach.model import Account
from outreach.rules.addresses import address_key
from outreach.rules.probing import (
    NOT_TRIED,
    UNDER_WAY,
    Finding,
    Question,
    in_store,
    laid_over,
    why_not_alone,
)

log = structlog.get_logger(__name__)

#: No run takes longer; after that another may begin, whatever has become of this one.
LONGEST = timedelta(minutes=20)


@dataclass(frozen=True)
class Probed:
    """What a run found out, and what it has left. ``why_not_alone`` is empty where letters in doubt are settled by
    looking; ``kept`` are the subjects of letters that the consent does not allow to move into the trash."""

    address: str
    run: str
    findings: tuple[Finding, ...]
    why_not_alone: tuple[str, ...]
    trashed: int
    kept: tuple[str, ...]
    troubles: tuple[str, ...]


def probe_account(app: App, account_id: str, say: Callable[[str], None] = lambda _: None) -> Probed:
    """Ask all questions, store the findings, clear up, and return what was found. ``say`` is told how far it is.

    Raises NotAllowed when the consent opens another mailbox, TryLater when another run is under way or Google asks for
    time, AccessLost without consent, Unavailable when Google refuses. What was found until then is stored, and the
    mailbox is cleared up, then too, and when the run is interrupted.
    """
    bench = _begin(app, account_id, say)
    found: list[Finding] = []
    try:
        for finding in _ask(bench):
            log.info("probe_found", account=account_id, question=finding.question, holds=finding.holds)
            found.append(finding)
    except BaseException as error:
        cleared = _end(bench, found, complete=False)
        if isinstance(error, EdgeError):
            raise _stopped(bench, found, cleared, error) from error
        raise
    found += NOT_TRIED
    cleared = _end(bench, found, complete=True)
    latest = {finding.question: finding for finding in found}
    with app.database.read(EVERYBODY) as session:
        reasons = why_not_alone(session.get_one(Account, account_id).findings)
    log.info("account_probed", account=account_id, settles_alone=not reasons)
    in_order = tuple(latest[question] for question in Question)
    return Probed(bench.address, bench.run, in_order, reasons, cleared.trashed, cleared.kept, cleared.troubles)


def _ask(bench: Bench) -> Iterator[Finding]:
    with bench.app.database.read(EVERYBODY) as session:
        account = session.get_one(Account, bench.account_id)
    settings = bench.app.settings_for(account)
    yield from try_letters(bench, timedelta(seconds=settings.sending.settle_seconds))
    yield from try_event(bench)


# Beginning.


def _begin(app: App, account_id: str, say: Callable[[str], None]) -> Bench:
    """Return the bench for a run, once it is sure whose mailbox that is and that nobody else is at it."""
    with app.database.read(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
    if account.paused_until is not None and account.paused_until > app.now():
        raise TryLater(f"Google asked for a pause until {account.paused_until:%Y-%m-%d %H:%M} UTC: probe after that.")
    try:
        profile = app.google.mailbox(account_id).profile()
    except AccessLost as error:
        stop_account(app, account_id, error, account.credentials)
        raise
    except NotDone as error:
        raise TryLater(f"Nothing was asked yet: {error.message} Run it again later.") from error
    if address_key(profile.address) != address_key(account.address):
        raise NotAllowed(
            f"The consent of {account.address} opens the mailbox of {profile.address}, and a probe writes to its own "
            "mailbox only: mend it with `outreach account connect`."
        )
    bench = Bench(app, account_id, account.address, account.name, secrets.token_hex(4), profile.history_id, say)
    earlier = _take_turn(bench)
    if earlier is not None:
        _clear_earlier(bench, earlier)
    return bench


def _take_turn(bench: Bench) -> Mapping[str, Any] | None:
    """Write down that this run is under way. Return what an earlier one has written that did not come to its end.

    Raises TryLater while another run is alive.
    """
    app, now = bench.app, bench.now()
    mine = {
        "run": bench.run,
        "token": app.mark.lease_token(),
        "until": (now + LONGEST).isoformat(),
        "history_id": bench.history_id,
    }
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, bench.account_id, with_for_update=True)
        earlier = account.findings.get(UNDER_WAY)
        if earlier and _is_alive(app, earlier, now):
            raise TryLater(f"Another probe of {account.address} is under way: wait until it is done.")
        account.findings = account.findings | {UNDER_WAY: mine}
    return earlier


def _is_alive(app: App, run: Mapping[str, Any], now: datetime) -> bool:
    in_time = now < datetime.fromisoformat(run["until"]) <= now + LONGEST
    return in_time and not app.mark.is_dead(run["token"])


def _clear_earlier(bench: Bench, earlier: Mapping[str, Any]) -> None:
    """Clear up after a run that was killed, or that could not clear up. Raises TryLater when Google puts it off."""
    bench.say("clearing up after an earlier probe")
    left = Bench(
        *(bench.app, bench.account_id, bench.address, bench.name, earlier["run"], earlier["history_id"], bench.say),
        in_doubt=True,
    )
    left.events.append(left.event_id())
    cleared = clear_probe(left)
    if cleared.again:
        _give_turn_back(bench, earlier)
        raise TryLater(
            "What an earlier probe has left cannot be cleared up just now: run it again later.",
            problems=cleared.troubles,
        )


# Ending.


def _end(bench: Bench, found: list[Finding], *, complete: bool) -> Cleared:
    """Store what was found, then clear up; where that fails, a later run is left the note to try again."""
    try:
        _store(bench, found, complete=complete)
    finally:
        interrupted, cleared = _clear(bench)
    _give_turn_back(bench, {"run": bench.run, "history_id": bench.history_id} if cleared.again else None)
    if interrupted is not None:
        raise interrupted
    return cleared


def _clear(bench: Bench) -> tuple[KeyboardInterrupt | None, Cleared]:
    """Clear up, and begin again where that is interrupted once: only a second time is it left to the next run."""
    try:
        return None, clear_probe(bench)
    except KeyboardInterrupt as error:
        return error, clear_probe(bench)


def _give_turn_back(bench: Bench, unfinished: Mapping[str, Any] | None) -> None:
    """End this run's turn; of a run that is not cleared up the note stays, for the next one."""
    with bench.app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, bench.account_id, with_for_update=True)
        kept = dict(account.findings)
        if kept.get(UNDER_WAY, {}).get("run") != bench.run:
            return
        mine = kept.pop(UNDER_WAY)
        if unfinished is not None:
            kept[UNDER_WAY] = mine | dict(unfinished) | {"until": bench.now().isoformat()}
        account.findings = kept


def _store(bench: Bench, found: list[Finding], *, complete: bool) -> None:
    now = bench.now()
    with bench.app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, bench.account_id, with_for_update=True)
        account.findings = laid_over(account.findings, in_store(found, now.isoformat()))
        if complete:
            account.probed_at = now


def _stopped(bench: Bench, found: list[Finding], cleared: Cleared, error: EdgeError) -> OutreachError | AccessLost:
    """Return what to raise when Google stopped the run."""
    log.warning("probe_stopped", account=bench.account_id, error=error.message)
    if isinstance(error, AccessLost):
        with bench.app.database.read(EVERYBODY) as session:
            used = session.get_one(Account, bench.account_id).credentials
        stop_account(bench.app, bench.account_id, error, used)
        return error
    answered = len({finding.question for finding in found if finding.holds is not None})
    problems = [f"{answered} of {len(Question) - len(NOT_TRIED)} questions were answered; the answers are kept."]
    problems += [f"Not cleared up: {trouble}" for trouble in cleared.troubles]
    problems += [f"Left in your mailbox, for you to delete: {subject}" for subject in cleared.kept]
    if isinstance(error, NotDone | Gone):
        return TryLater(f"The probe stopped: {error.message} Run it again later.", problems=problems)
    return Unavailable(f"The probe stopped: {error.message}", problems=problems)
