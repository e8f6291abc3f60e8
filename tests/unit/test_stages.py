"""The tables of transitions, and that docs/stages.md draws exactly them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from outreach.errors import NotAllowed
from outreach.rules.kinds import LetterState, MeetingStatus, Stage
from outreach.rules.stages import (
    LETTER_TRANSITIONS,
    MEETING_TRANSITIONS,
    TRANSITIONS,
    can_move,
    can_move_letter,
    can_move_meeting,
    move,
    move_letter,
    move_meeting,
)

DRAWINGS = Path(__file__).parents[2] / "docs" / "stages.md"
TABLES: list[tuple[str, type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]], set[str]]] = [
    ("Conversation", Stage, TRANSITIONS, {"drafted"}),  # type: ignore[list-item]
    ("Letter", LetterState, LETTER_TRANSITIONS, {"drafted"}),  # type: ignore[list-item]
    ("Meeting", MeetingStatus, MEETING_TRANSITIONS, {"hold", "confirmed"}),  # type: ignore[list-item]
]


def section(heading: str) -> str:
    text = DRAWINGS.read_text(encoding="utf-8")
    return re.split(r"^## ", text.split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]


def arrows(heading: str) -> list[tuple[str, str]]:
    blocks = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", section(heading), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    found = [re.fullmatch(r" {4}(\S+) --> ([^\s:]+)(?:: .+)?", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    return [(match[1], match[2]) for match in found if match]


@pytest.mark.parametrize(("heading", "kind", "table", "starts"), TABLES)
def test_the_drawing_is_the_table(
    heading: str, kind: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]], starts: set[str]
) -> None:
    drawn = arrows(heading)
    assert len(drawn) == len(set(drawn)), "an arrow is drawn twice"
    pairs = {(frm.value, to.value) for frm, tos in table.items() for to in tos}
    ends = {frm.value for frm, tos in table.items() if not tos}
    assert set(drawn) == pairs | {("[*]", start) for start in starts} | {(end, "[*]") for end in ends}
    assert set(table) == set(kind)


@pytest.mark.parametrize(("heading", "kind"), [(heading, kind) for heading, kind, _, _ in TABLES])
def test_every_state_is_told_in_a_sentence(heading: str, kind: type[StrEnum]) -> None:
    told = re.findall(r"^- \*\*(\w+)\*\*: .+\.$", section(heading), re.MULTILINE)
    assert sorted(told) == sorted(each.value for each in kind)


@pytest.mark.parametrize(("heading", "kind", "table", "starts"), TABLES)
def test_every_state_can_be_reached_and_has_a_way_to_an_end(
    heading: str, kind: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]], starts: set[str]
) -> None:
    def reached(begin: set[str]) -> set[str]:
        seen = set(begin)
        while more := {to.value for frm, tos in table.items() if frm.value in seen for to in tos} - seen:
            seen |= more
        return seen

    assert reached(starts) == {each.value for each in kind}
    if heading == "Conversation":
        assert all("closed" in reached({each.value}) for each in kind)


ROAD = [Stage.DRAFTED, Stage.QUEUED, Stage.SENT, Stage.FOLLOWED_UP, Stage.REPLIED, Stage.SLOTS_OFFERED]
ROAD += [Stage.BOOKED, Stage.HELD, Stage.THANKED, Stage.CLOSED]


def test_the_whole_road_can_be_walked() -> None:
    for frm, to in itertools.pairwise(ROAD):
        assert move(frm, to) is to


@pytest.mark.parametrize(
    ("frm", "to"),
    [
        (Stage.SENT, Stage.REPLIED),
        (Stage.SENT, Stage.BOOKED),
        (Stage.REPLIED, Stage.BOOKED),
        (Stage.NO_RESPONSE, Stage.REPLIED),
        (Stage.DECLINED, Stage.REPLIED),
        (Stage.DECLINED, Stage.CLOSED),
        (Stage.BOOKED, Stage.CANCELLED),
        (Stage.CANCELLED, Stage.SLOTS_OFFERED),
        (Stage.NO_SHOW, Stage.SLOTS_OFFERED),
        (Stage.QUEUED, Stage.DRAFTED),
        (Stage.DRAFTED, Stage.OPTED_OUT),
        (Stage.QUEUED, Stage.OPTED_OUT),
        (Stage.SENT, Stage.OPTED_OUT),
        (Stage.FOLLOWED_UP, Stage.FOLLOWED_UP),
        (Stage.BOOKED, Stage.BOOKED),
        (Stage.BOUNCED, Stage.QUEUED),
    ],
)
def test_real_life_is_allowed(frm: Stage, to: Stage) -> None:
    assert can_move(frm, to)
    assert move(frm, to) is to


@pytest.mark.parametrize(
    ("frm", "to"),
    [
        (Stage.SENT, Stage.SENT),
        (Stage.DRAFTED, Stage.SENT),
        (Stage.REPLIED, Stage.FOLLOWED_UP),
        (Stage.DECLINED, Stage.FOLLOWED_UP),
        (Stage.OPTED_OUT, Stage.SENT),
        (Stage.OPTED_OUT, Stage.REPLIED),
        (Stage.BOOKED, Stage.THANKED),
        (Stage.BOOKED, Stage.CLOSED),
        (Stage.CANCELLED, Stage.THANKED),
        (Stage.NO_SHOW, Stage.THANKED),
        (Stage.CLOSED, Stage.REPLIED),
    ],
)
def test_what_must_not_happen_is_refused_with_both_ends_named(frm: Stage, to: Stage) -> None:
    assert not can_move(frm, to)
    with pytest.raises(NotAllowed) as caught:
        move(frm, to)
    assert frm.value.replace("_", " ") in str(caught.value)
    assert f"cannot become {to.value.replace('_', ' ')}" in str(caught.value)


def test_a_letter_that_was_sent_or_is_being_sent_cannot_be_taken_back() -> None:
    for frm in (LetterState.SENDING, LetterState.SENT):
        for to in (LetterState.CANCELLED, LetterState.DRAFTED, LetterState.LEASED):
            with pytest.raises(NotAllowed):
                move_letter(frm, to)
    assert not LETTER_TRANSITIONS[LetterState.SENT]


def test_only_a_letter_that_was_sending_can_become_unknown_and_an_unknown_one_is_never_sent_without_a_claim() -> None:
    into_unknown = {frm for frm, tos in LETTER_TRANSITIONS.items() if LetterState.UNKNOWN in tos}
    # A leased one whose earlier attempt was sending, when its draft is gone.
    assert into_unknown == {LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN}
    into_sending = {frm for frm, tos in LETTER_TRANSITIONS.items() if LetterState.SENDING in tos}
    assert into_sending == {LetterState.LEASED}
    assert can_move_letter(LetterState.UNKNOWN, LetterState.SENT)
    assert move_letter(LetterState.UNKNOWN, LetterState.SCHEDULED) is LetterState.SCHEDULED


def test_a_cancelled_meeting_stays_cancelled_and_a_slip_can_be_put_right() -> None:
    assert not any(can_move_meeting(MeetingStatus.CANCELLED, to) for to in MeetingStatus)
    assert move_meeting(MeetingStatus.HELD, MeetingStatus.NOT_HELD) is MeetingStatus.NOT_HELD
    assert move_meeting(MeetingStatus.NOT_HELD, MeetingStatus.HELD) is MeetingStatus.HELD
    with pytest.raises(NotAllowed, match="cancelled cannot become confirmed"):
        move_meeting(MeetingStatus.CANCELLED, MeetingStatus.CONFIRMED)


def test_the_tables_cannot_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[Stage.CLOSED] = frozenset()  # type: ignore[index]
