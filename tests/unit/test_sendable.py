"""The last look before a letter leaves, on values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outreach.rules.kinds import LetterKind, MeetingStatus, Stage
from outreach.rules.sendable import Verdict, World, judge

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORLD = World(
    kind=LetterKind.REQUEST_NO_LINK,
    now=NOW,
    expires_at=NOW + timedelta(days=14),
    deadline_at=None,
    do_not_contact=False,
    address_dead=False,
    stage=Stage.QUEUED,
    replied_at=None,
    approved_at=NOW - timedelta(hours=1),
    meeting=None,
    meeting_ends_at=None,
    meeting_sequence=None,
    about_sequence=None,
    partstat="",
)
MEETING = replace(
    WORLD,
    kind=LetterKind.MEETING_CONFIRMED,
    stage=Stage.BOOKED,
    meeting=MeetingStatus.CONFIRMED,
    meeting_ends_at=NOW + timedelta(days=1),
    meeting_sequence=1,
    about_sequence=1,
    partstat="NEEDS-ACTION",
)


def verdict(world: World) -> Verdict:
    found = judge(world)
    assert bool(found.reason) is (found.verdict is not Verdict.GO)
    return found.verdict


def test_what_nothing_stands_against_leaves() -> None:
    assert verdict(WORLD) is Verdict.GO
    assert verdict(MEETING) is Verdict.GO


@pytest.mark.parametrize("stage", [Stage.HELD, Stage.THANKED, Stage.NO_SHOW, Stage.BOOKED, Stage.DECLINED])
def test_nobody_is_asked_for_a_meeting_who_has_met_or_answered(stage: Stage) -> None:
    assert verdict(replace(WORLD, stage=stage)) is Verdict.CANCEL
    assert verdict(replace(WORLD, stage=stage, kind=LetterKind.FOLLOW_UP)) is Verdict.CANCEL


@pytest.mark.parametrize("stage", [Stage.BOOKED, Stage.OPTED_OUT, Stage.CLOSED])
def test_times_are_not_offered_where_a_meeting_is_booked_or_all_is_over(stage: Stage) -> None:
    assert verdict(replace(WORLD, kind=LetterKind.SLOTS_OFFERED, stage=stage)) is Verdict.CANCEL


def test_times_are_not_offered_to_somebody_who_said_no_since() -> None:
    said_no = replace(WORLD, kind=LetterKind.SLOTS_OFFERED, stage=Stage.DECLINED, replied_at=NOW)
    assert verdict(said_no) is Verdict.CANCEL


@pytest.mark.parametrize("stage", [Stage.REPLIED, Stage.SLOTS_OFFERED])
def test_times_are_still_offered_to_somebody_who_wrote_something_else_since(stage: Stage) -> None:
    assert verdict(replace(WORLD, kind=LetterKind.SLOTS_OFFERED, stage=stage, replied_at=NOW)) is Verdict.GO


@pytest.mark.parametrize("stage", [Stage.DECLINED, Stage.HELD, Stage.THANKED, Stage.CANCELLED, Stage.NO_SHOW])
def test_times_may_be_offered_after_a_no_or_a_meeting_that_lie_before_the_offer(stage: Stage) -> None:
    earlier = NOW - timedelta(days=2)
    assert verdict(replace(WORLD, kind=LetterKind.SLOTS_OFFERED, stage=stage, replied_at=earlier)) is Verdict.GO


@pytest.mark.parametrize("kind", [LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER])
def test_a_letter_that_tells_of_another_time_than_the_present_one_does_not_leave(kind: LetterKind) -> None:
    assert verdict(replace(MEETING, kind=kind, about_sequence=0)) is Verdict.CANCEL
    assert verdict(replace(MEETING, kind=kind)) is Verdict.GO


@pytest.mark.parametrize(
    "kind",
    [
        LetterKind.THANK_YOU,
        LetterKind.THANK_YOU_SHORT,
        LetterKind.DEBRIEF_REQUEST,
        LetterKind.THANK_YOU_ALARM,
        LetterKind.REMINDER,
    ],
)
def test_who_declined_the_invitation_is_neither_reminded_nor_thanked(kind: LetterKind) -> None:
    declined = replace(MEETING, kind=kind, partstat="DECLINED")
    assert verdict(declined) is Verdict.CANCEL
    if kind is not LetterKind.REMINDER:  # the owner says that they met all the same
        assert verdict(replace(declined, meeting=MeetingStatus.HELD)) is Verdict.GO


def test_thanks_do_not_mind_that_the_meeting_was_moved() -> None:
    assert verdict(replace(MEETING, kind=LetterKind.THANK_YOU_SHORT, about_sequence=0)) is Verdict.GO
