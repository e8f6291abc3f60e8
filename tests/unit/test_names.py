"""What strangers typed, cleaned before it comes near a header."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.letters.names import (
    NAME_LIMIT,
    SUBJECT_LIMIT,
    UnsafeLetter,
    clean_block,
    clean_line,
    clean_name,
    clean_subject,
    plain_address,
)

ANY_TEXT = st.one_of(
    st.text(st.characters(), max_size=60),  # lone surrogates among them
    st.lists(st.sampled_from(["=?", "?=", "=", "?", "utf-8?q?", "\r\n", "\u202e", "\u037e", ",", "<", "é", " "])).map(
        "".join
    ),
)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Ana Silva", "Ana Silva"),
        ("  Ana \t\r\n Silva ", "Ana Silva"),
        ("Ana\0Sil\x07va\x7f", "AnaSilva"),
        ("Ana\u202eavliS\u2066", "AnaavliS"),
        ("A\u200bn\u2060a\ufeff", "Ana"),
        ("Ana\u2028Silva\u2029x\x85y", "Ana Silva x y"),
        ("Ana\ud800 Silva", "Ana Silva"),
        ("Ana\ue000\U0010ffff", "Ana"),
        ("Jose\u0301 Ünal", "José Ünal"),
        ("山田 太郎", "山田 太郎"),
        ('O\'Neill-Smith, "Jr" <a@b.c>', 'O\'Neill-Smith, "Jr" <a@b.c>'),
        ("", ""),
    ],
)
def test_a_line_keeps_what_can_be_seen_and_stays_one_line(typed: str, clean: str) -> None:
    assert clean_line(typed) == clean


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Maria O'Neill-Smith", "Maria O'Neill-Smith"),
        ("Silva, Ana", "Silva Ana"),
        ('"Ana" Silva', "Ana Silva"),
        ("Ana <eve@x.test>", "Ana eve at x.test"),
        ("Ana (CEO); Bob: [x]\\", "Ana CEO Bob x"),
        ("=?utf-8?q?=0ABcc=3A_e=40x?=", "utf-8?q0ABcc=3A_e=40x"),
        ("==??x", "x"),
        ("?==?", ""),
        ("\u202e\0", ""),
        (" , ; ", ""),
        ("Ana\u037e Silva", "Ana Silva"),
        ("Łukasz Żółć", "Łukasz Żółć"),
    ],
)
def test_a_display_name_loses_what_structures_an_address_list(typed: str, clean: str) -> None:
    assert clean_name(typed) == clean


def test_names_and_subjects_have_an_end() -> None:
    assert clean_name("ab " * 500) == ("ab " * 500)[:NAME_LIMIT].strip()
    assert len(clean_subject("é" * 9_000)) == SUBJECT_LIMIT


def test_a_subject_keeps_its_punctuation_but_no_encoded_word() -> None:
    assert clean_subject('Re: "Towns", (and) <why>: a question?') == 'Re: "Towns", (and) <why>: a question?'
    assert clean_subject("a =?utf-8?b?Cg==?= b\r\nBcc: x@y.z") == "a utf-8?b?Cg== b Bcc: x@y.z"


def test_a_block_keeps_its_lines() -> None:
    assert clean_block(" Ana \r\n\u202eRua\t 7\u2028Lisboa\n\n") == "Ana\nRua 7\nLisboa"


@given(text=ANY_TEXT)
def test_whatever_was_typed_comes_out_clean_and_cleaning_twice_changes_nothing(text: str) -> None:
    for clean in (clean_line, clean_name, clean_subject):
        once = clean(text)
        assert clean(once) == once
        assert once == once.strip()
        assert not {unicodedata.category(ch) for ch in once} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        once.encode("utf-8")
    name, subject = clean_name(text), clean_subject(text)
    assert not set(name) & set('<>"\\,;:()[]@')
    for each in (name, subject):
        assert "=?" not in each
        assert "?=" not in each


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ana@example.com", "ana@example.com"),
        (" ana.silva+x@sub.example.com ", "ana.silva+x@sub.example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("o'neill@example.com", "o'neill@example.com"),
    ],
)
def test_one_address_comes_back_plain(typed: str, plain: str) -> None:
    assert plain_address(typed) == plain


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ana", "@example.com", "ana@", "ana@@example.com", "ana@example..com", ".ana@example.com"),
        *("ana@example.com, eve@x.test", "ana@example.com eve@x.test", "Ana <ana@example.com>", '"a b"@example.com'),
        *("ana@example.com\r\nBcc: eve@x.test", "a\0na@example.com", "ana@-example.com", "añа@example.com"),
        *("=?utf-8?q?a?=@example.com", "ana@[127.0.0.1]", "a" * 65 + "@example.com", "ana@" + "a." * 130 + "com"),
        *(
            "ana@exam\u202eple.com",
            "ana(c)@example.com",
            "ana@example.com>",
            "ana@" + "ü" * 70 + ".de",
            "\ud800@x.test",
        ),
    ],
)
def test_anything_else_is_no_address_to_write_to(typed: str) -> None:
    with pytest.raises(UnsafeLetter, match="no address"):
        plain_address(typed)


@given(text=st.one_of(st.text(max_size=40), st.from_regex(r"\A[a-z=?@.,<> \r\n]{1,30}\Z")))
def test_an_address_is_plain_or_refused(text: str) -> None:
    try:
        plain = plain_address(text)
    except UnsafeLetter:
        return
    assert plain.isascii()
    assert plain.count("@") == 1
    assert not set(plain) & set(' \r\n\t<>",;:()[]\\')
    assert "=?" not in plain
