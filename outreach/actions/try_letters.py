"""The probe's questions about letters: four of them, from the account to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesHeaderParser
from threading import Barrier

from outreach.actions.deliver_letter import FIRST_LOOK
from outreach.actions.probe_bench import Bench
from outreach.edge import Answered, DraftRef, Gone, MessageHead, NotDone
from outreach.letters.compose import Envelope, compose
from outreach.rules import probe_answers
from outreach.rules.probe_answers import NamedLetter, Sends
from outreach.rules.probing import Finding, is_of_run, letter_mark, subject_of

#: Seconds between looks for a letter that was sent: two minutes in all.
_LOOKS = (0.0, 1, 1, 2, 3, 5, 8, 10, 15, 20, 25, 30)
#: The same where what counts is how many letters come of it, not when.
_FEW_LOOKS = (0.0, 1, 2, 4, 8)
#: The same for a letter that may not come at all.
_DOUBTFUL_LOOKS = (1.0, 1, 2, 4, 8, 15)
#: Before letters are counted for good, for those that come late.
_LATE = 3.0
_AT_ONCE = 10
_WORDS = (
    "This letter was written by `outreach account probe`, which finds out how this mailbox behaves.\n"
    "It was sent from your address to your own. You may delete it."
)


@dataclass(frozen=True)
class _Test:
    """A letter of the probe as a draft, and where history stood before it was sent."""

    number: int
    mark: str
    message_id: str
    draft: DraftRef
    before: str


@dataclass
class _Seen:
    """The sent letters that came of one draft, and after how many seconds history and search showed the first."""

    heads: dict[str, MessageHead] = field(default_factory=dict)
    history: float | None = None
    search: float | None = None
    waited: float = 0.0

    def first(self) -> MessageHead | None:
        return next(iter(self.heads.values()), None)


def try_letters(bench: Bench, within: timedelta) -> Iterator[Finding]:
    """Yield what is found out, each as soon as it is known. ``within`` is how long settling looks for a letter.

    May raise what the mailbox raises.
    """
    bench.say("a letter to yourself, asked for twice in a row")
    first = _draft(bench, 1, f"<{letter_mark(bench.run, 1)}@{bench.address.rpartition('@')[2]}>")
    named = [_in_draft(bench, first)]
    asked_at = bench.now()
    answers = [_send(bench, first.draft.id)]
    asked_at = bench.now() if answers[0].error is None else asked_at
    answers.append(_send(bench, first.draft.id))
    bench.say("waiting until history and search show it (two minutes at most)")
    seen = _watch(bench, first, asked_at, answers, _LOOKS, lambda so_far: None not in (so_far.history, so_far.search))
    in_a_row = _sends(bench, first, answers, seen)
    yield probe_answers.sent_once(in_a_row, None)
    yield from _about(bench, first, seen, within + FIRST_LOOK)
    yield probe_answers.message_ids(_second(bench, [_as_sent(named[0], seen)]))
    bench.say(f"a third one, asked for {_AT_ONCE} times at once")
    yield probe_answers.sent_once(in_a_row, _at_once(bench))
    bench.say("a fourth one: hanging up right after asking")
    yield _cut_off(bench)


def _draft(bench: Bench, number: int, message_id: str = "") -> _Test:
    mark = letter_mark(bench.run, number)
    envelope = Envelope(
        letter_id=mark,
        sender_name=bench.name,
        sender_address=bench.address,
        to_name=bench.name,
        to_address=bench.address,
        subject=subject_of(bench.run, number),
        text=_WORDS,
        html=f"<p>{_WORDS}</p>",
        date=bench.now(),
        message_id_hint=message_id,
    )
    raw = compose(envelope)

    def create() -> DraftRef:
        try:
            return bench.mailbox.create_draft(raw, None)
        except BaseException:
            bench.in_doubt = True
            raise

    draft = bench.patiently(create)
    bench.drafts.append(draft.id)
    before = bench.patiently(lambda: bench.mailbox.profile().history_id)
    return _Test(number, mark, message_id, draft, before)


def _send(bench: Bench, draft_id: str) -> Answered:
    def ask() -> Answered:
        answered = bench.trial.send(draft_id)
        if isinstance(answered.error, NotDone):  # surely not carried out, so that it may be asked again
            raise answered.error
        return answered

    return bench.patiently(ask)


# Looking.


def _watch(
    bench: Bench,
    test: _Test,
    asked_at: datetime,
    answers: Sequence[Answered],
    waits: Sequence[float],
    enough: Callable[[_Seen], object],
) -> _Seen:
    """Return what is seen of the letter: looked for until it is ``enough``, and once more for what comes late."""
    seen = _Seen()
    for wait in waits:
        bench.pause(wait)
        _look(bench, test, asked_at, seen)
        if enough(seen):
            break
    bench.pause(_LATE)
    _look(bench, test, asked_at, seen)
    seen.waited = bench.seconds_since(asked_at)
    for head in _thread(bench, test):
        _note(bench, test, seen, head)
    for message_id in {answer.id for answer in answers if answer.id and answer.error is None} - set(seen.heads):
        answered = _head(bench, message_id)
        if answered is not None:
            _note(bench, test, seen, answered)
    return seen


def _look(bench: Bench, test: _Test, asked_at: datetime, seen: _Seen) -> None:
    """Look where settling a letter looks."""
    try:
        listed = bench.patiently(lambda: list(bench.mailbox.sent_since(test.before)))
    except Gone:
        listed = []
    if sum(_note(bench, test, seen, head) for head in listed) and seen.history is None:
        seen.history = bench.seconds_since(asked_at)
    if seen.search is None:
        subject, since = subject_of(bench.run, test.number), asked_at - timedelta(days=1)
        found = bench.patiently(lambda: bench.mailbox.search_sent(bench.address, subject, since))
        if sum(_note(bench, test, seen, head) for head in found):
            seen.search = bench.seconds_since(asked_at)


def _thread(bench: Bench, test: _Test) -> list[MessageHead]:
    """Return the messages of the draft's thread, where a letter stands that history and search do not show."""
    try:
        return bench.patiently(lambda: bench.mailbox.thread(test.draft.thread_id)) if test.draft.thread_id else []
    except Gone:
        return []


def _note(bench: Bench, test: _Test, seen: _Seen, head: MessageHead) -> bool:
    """Note the message if it is this letter, sent. Return whether it is."""
    if not is_of_run(head.headers, bench.run, test.number) or "SENT" not in head.labels:
        return False
    seen.heads[head.id] = head
    bench.messages[head.id] = subject_of(bench.run, test.number)
    return True


def _draft_left(bench: Bench, test: _Test, *, sent: bool) -> bool:
    """Return whether the draft is there; one whose letter was sent may take a moment to go."""
    for wait in (0.0, 2.0, 5.0) if sent else (0.0,):
        bench.pause(wait)
        if not bench.patiently(lambda: bench.mailbox.draft_exists(test.draft.id)):
            return False
    return True


def _sends(bench: Bench, test: _Test, answers: Sequence[Answered], seen: _Seen) -> Sends:
    return Sends(
        statuses=tuple(answer.status for answer in answers),
        sent=len(seen.heads),
        draft_left=_draft_left(bench, test, sent=bool(seen.heads)),
        bodies={str(answer.status): answer.body for answer in answers if answer.error is not None},
    )


# What is asked of them.


def _about(bench: Bench, test: _Test, seen: _Seen, within: timedelta) -> Iterator[Finding]:
    """Yield what the first letter shows: thread, header, and how soon it was seen."""
    head = seen.first()
    yield probe_answers.thread(test.draft.thread_id, head.thread_id if head else None)
    yield probe_answers.letter_id(
        test.mark,
        in_headers=head.headers.get("x-outreach-id", "") if head else None,
        stored=_bears_mark(bench, test, head.id) if head else None,
        arrived=_arrived(bench, test, head) if head else None,
    )
    yield probe_answers.shown(
        sent=head is not None,
        history=seen.history,
        search=seen.search,
        waited=seen.waited,
        within=within.total_seconds(),
    )


def _bears_mark(bench: Bench, test: _Test, message_id: str) -> bool | None:
    try:
        raw = bench.patiently(lambda: bench.mailbox.raw(message_id))
    except Gone:
        return None
    header = BytesHeaderParser(policy=policy.default).parsebytes(raw).get("X-Outreach-Id")
    return str(header or "").strip() == test.mark


def _arrived(bench: Bench, test: _Test, sent: MessageHead) -> bool | None:
    """Return whether the copy that arrived bears the mark, None when none was seen: it may be the sent one itself."""
    for wait in _FEW_LOOKS:
        bench.pause(wait)
        now = _head(bench, sent.id)
        if now is not None and "INBOX" in now.labels:
            return _bears_mark(bench, test, sent.id)
        for message_id in _added(bench, test):
            head = _head(bench, message_id)
            if head is None or {"SENT", "DRAFT"} & head.labels:
                continue
            if is_of_run(head.headers, bench.run, test.number):
                bench.messages[head.id] = subject_of(bench.run, test.number)
                return _bears_mark(bench, test, head.id)
    return None


def _head(bench: Bench, message_id: str) -> MessageHead | None:
    try:
        return bench.patiently(lambda: bench.mailbox.head(message_id))
    except Gone:
        return None


def _added(bench: Bench, test: _Test) -> list[str]:
    """Return the ids of what came into the mailbox since the letter was written, without drafts and known ones."""
    try:
        page = bench.patiently(lambda: bench.mailbox.history(test.before))
    except Gone:
        return []
    ids = (each for each, _, labels in page.added if "DRAFT" not in labels and each not in bench.messages)
    return list(dict.fromkeys(ids))


def _in_draft(bench: Bench, test: _Test) -> NamedLetter:
    head = _head(bench, test.draft.message_id)
    return NamedLetter(given=test.message_id, in_draft=head.headers.get("message-id", "") if head else "", sent="")


def _as_sent(named: NamedLetter, seen: _Seen) -> NamedLetter:
    head = seen.first()
    sent = head.headers.get("message-id", "").strip() if head else ""
    return NamedLetter(given=named.given, in_draft=named.in_draft, sent=sent)


def _second(bench: Bench, named: list[NamedLetter]) -> list[NamedLetter]:
    bench.say("a second one, under a Message-ID of mail.gmail.com")
    test = _draft(bench, 2, f"<{letter_mark(bench.run, 2)}@mail.gmail.com>")
    in_draft, asked_at = _in_draft(bench, test), bench.now()
    answers = [_send(bench, test.draft.id)]
    seen = _watch(bench, test, asked_at, answers, _FEW_LOOKS, lambda so_far: so_far.heads)
    return [*named, _as_sent(in_draft, seen)]


def _at_once(bench: Bench) -> Sends:
    test, asked_at = _draft(bench, 3), bench.now()
    gate = Barrier(_AT_ONCE)

    def ask(_: int) -> Answered:
        try:
            trial = bench.trial
            gate.wait(timeout=60)
        except BaseException:
            gate.abort()
            raise
        try:
            return trial.send(test.draft.id)
        except NotDone as error:
            return Answered(None, error.message, error=error)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        answers = list(threads.map(ask, range(_AT_ONCE)))
    put_off = [answer.error for answer in answers if isinstance(answer.error, NotDone)]
    if len(put_off) == _AT_ONCE:
        raise put_off[0]
    return _sends(bench, test, answers, _watch(bench, test, asked_at, answers, _FEW_LOOKS, lambda so_far: so_far.heads))


def _cut_off(bench: Bench) -> Finding:
    test, asked_at = _draft(bench, 4), bench.now()
    bench.patiently(lambda: bench.trial.send_and_hang_up(test.draft.id))
    seen = _watch(bench, test, asked_at, (), _DOUBTFUL_LOOKS, lambda so_far: so_far.heads)
    left = _draft_left(bench, test, sent=bool(seen.heads))
    if not seen.heads and not left:  # it may have been carried out between the two looks
        seen = _watch(bench, test, asked_at, (), _DOUBTFUL_LOOKS, lambda so_far: so_far.heads)
    shown = [each for each in (seen.history, seen.search) if each is not None]
    return probe_answers.cut_off(sent=len(seen.heads), draft_left=left, after=min(shown, default=None))
