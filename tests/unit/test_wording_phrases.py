"""What makes the linter quick loses nothing: whatever a pattern matches, the plain words before it are found too."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import wording_phrases as phrases
from outreach.rules.wording import fold
from outreach.rules.wording_phrases import Screened, Text, plain_of

SCREENED = {name: each for name, each in vars(phrases).items() if isinstance(each, Screened)}


@pytest.mark.parametrize("name", SCREENED)
@given(data=st.data())
def test_a_screen_lets_through_whatever_its_pattern_matches(name: str, data: st.DataObject) -> None:
    screened = SCREENED[name]
    shown = data.draw(st.from_regex(screened.pattern))
    assert screened.pattern.search(shown)
    assert screened.search(Text(shown, plain_of(shown)))


@given(st.from_regex(phrases.CLOCK))
def test_whatever_is_a_time_of_day_may_be_one(shown: str) -> None:
    assert phrases.MAYBE_CLOCK.search(shown)


@given(st.text())
def test_a_text_in_one_case_reads_alike_to_a_pattern_that_ignores_case(text: str) -> None:
    for letter in "aiks":
        assert (letter in plain_of(text)) >= bool(re.search(letter, text, re.IGNORECASE))


@given(st.text(st.characters() | st.sampled_from("_ \n.,ßİı"), max_size=60))
def test_folding_keeps_letters_and_digits_only(text: str) -> None:
    said = "".join(ch if ch.isalnum() else " " for ch in text.casefold())
    assert fold(text) == " ".join(said.split())
