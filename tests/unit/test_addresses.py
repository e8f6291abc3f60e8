"""Mail addresses: one form, one key, and what is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import BadInput
from outreach.rules.addresses import (
    Mailbox,
    address_key,
    find_addresses,
    normalise_address,
    parse_mailbox,
    parse_mailboxes,
)


@pytest.mark.parametrize(
    ("written", "email"),
    [
        ("ana@example.com", "ana@example.com"),
        (" Ana.Silva+x@EXAMPLE.Com ", "Ana.Silva+x@example.com"),
        ("zoe@bücher.example", "zoe@xn--bcher-kva.example"),
        ("a@sub.domain.example.org", "a@sub.domain.example.org"),
        ("ben@acme.test", "ben@acme.test"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_an_address_is_brought_into_one_form(written: str, email: str) -> None:
    assert normalise_address(written) == email
    assert normalise_address(email) == email


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ana",
        "ana.example.com",
        "ana@",
        "@example.com",
        "ana@example",
        "ana@@example.com",
        "ana b@example.com",
        "ana@example..com",
        ".ana@example.com",
        "ana@-example.com",
        "ana@example.com\r\nBcc: eve@example.net",
        "ana@example.com,eve@example.net",
        "ana@printer.local",
        "ana@[127.0.0.1]",
        "a" * 70 + "@example.com",
        "a@" + "b" * 400 + ".com",
        "ana@\u202eexample.com",
        "=?utf-8?q?=0ABcc=3A_e=40x?=@",
    ],
)
def test_what_is_no_address_is_refused_with_the_text_and_a_reason(written: str) -> None:
    with pytest.raises(BadInput, match="is not an address: ") as caught:
        normalise_address(written)
    assert len(caught.value.message) < 300
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("written", "name", "email"),
    [
        ("Ana Silva <ana@example.com>", "Ana Silva", "ana@example.com"),
        ('"Silva, Ana" <ana@example.com>', "Silva, Ana", "ana@example.com"),
        ("mailto:ana@example.com?subject=Hi", "", "ana@example.com"),
        ("<ana@example.com>", "", "ana@example.com"),
    ],
)
def test_a_mailbox_has_a_name_and_an_address(written: str, name: str, email: str) -> None:
    assert parse_mailbox(written) == Mailbox(name, email)


@pytest.mark.parametrize(
    "written",
    [
        "ana@example.com, bo@example.com",
        "ana@example.com; bo@example.com",
        "ana@example.com ::: bo@example.com",
        "ana@example.com\nbo@example.com",
        "ana@example.com | nonsense | bo@example.com",
    ],
)
def test_a_cell_may_hold_several(written: str) -> None:
    assert [mailbox.email for mailbox in parse_mailboxes(written)] == ["ana@example.com", "bo@example.com"]


def test_two_spellings_of_one_address_have_one_key_and_tags_stay_apart() -> None:
    assert address_key("ANA@Example.com") == address_key(" ana@example.COM")
    assert address_key("zoe@BÜCHER.example") == address_key("zoe@xn--bcher-kva.example")
    assert address_key("ana+work@example.com") != address_key("ana@example.com")


def test_addresses_are_found_in_a_sentence_with_their_places() -> None:
    text = "Write to Bo (bo@example.com), or mailto:CI@Example.org."
    assert [(text[start:end], email) for start, end, email in find_addresses(text)] == [
        ("bo@example.com", "bo@example.com"),
        ("mailto:CI@Example.org", "CI@example.org"),
    ]


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused_and_every_text_has_a_key(text: str) -> None:
    key = address_key(text)
    try:
        email = normalise_address(text)
    except BadInput:
        return
    assert email.isascii()
    assert not any(character.isspace() for character in email)
    assert address_key(email) == key


@pytest.mark.parametrize("text", ["a@" * 50_000, "a." * 50_000 + "@", "@" * 100_000, "a@b." * 30_000])
def test_odd_text_is_searched_in_no_time(text: str) -> None:
    began = time.process_time()
    find_addresses(text)
    assert time.process_time() - began < 20
