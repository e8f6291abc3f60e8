"""Templates into letters: what is missing is named at once, one's own files win, and a bad file is named by line."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.letters.facts import FACTS
from outreach.letters.render import BrokenTemplate, MissingFacts, Renderer, html_of
from outreach.rules.kinds import LetterKind

KIND = LetterKind.FOLLOW_UP
Write = Callable[..., Renderer]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def write(tmp_path: Path, own: Path) -> Write:
    """Return a function that writes templates and gives the renderer: one's own folder before the bundled one."""

    def _write(
        text: str = "Body", *, subject: str = "Subject", html: str | None = None, folder: str = "bundled"
    ) -> Renderer:
        place = tmp_path / folder / KIND
        place.mkdir(parents=True, exist_ok=True)
        (place / "subject.txt.j2").write_text(subject, encoding="utf-8")
        (place / "body.txt.j2").write_text(text, encoding="utf-8")
        if html is not None:
            (place / "body.html.j2").write_text(html, encoding="utf-8")
        return Renderer([own, tmp_path / "bundled"])

    return _write


def text_of(renderer: Renderer, **facts: object) -> str:
    return renderer.render(KIND, facts).text  # type: ignore[arg-type]


def refusal(renderer: Renderer, **facts: object) -> BrokenTemplate:
    with pytest.raises(BrokenTemplate) as caught:
        text_of(renderer, **facts)
    assert "\n" not in caught.value.message
    return caught.value


def test_every_missing_fact_of_subject_and_both_bodies_is_named_at_once_in_the_order_of_the_catalogue(
    write: Write,
) -> None:
    renderer = write("{{ topics|listed }} {{ sender_name }}", subject="{{ field }}", html="<p>{{ why_you }}</p>")
    with pytest.raises(MissingFacts) as caught:
        renderer.render(KIND, {"topics": (), "sender_name": " \t", "field": None})
    assert caught.value.names == ("sender_name", "field", "why_you", "topics")
    assert list(caught.value.problems) == [f"{name}: {FACTS[name].description}" for name in caught.value.names]
    assert "follow_up" in caught.value.message


@pytest.mark.parametrize(
    "used",
    [
        "{{ why_you }}",
        "{{ why_you|sentence }}",
        "{{ why_you|upper }}",
        "{{ why_you|length }}",
        "{% for one in topics %}{{ one }}{% endfor %}",
        "{{ topics|listed }}",
        "{{ topics|first }}",
        "{% if follow_up_number == 1 %}a{% endif %}",
        "{% if meeting_minutes > 20 %}a{% endif %}",
    ],
)
def test_a_missing_fact_may_be_tested_but_not_used(write: Write, used: str) -> None:
    name = next(name for name in FACTS if name in used)
    with pytest.raises(MissingFacts):
        text_of(write(used))
    assert text_of(write(f"a{{% if {name} %}}{used}{{% endif %}}")) == "a\n"
    assert text_of(write(f"a{{% if not {name} %}}b{{% endif %}}")) == "ab\n"
    assert text_of(write('{{ why_you|default("nothing") }}')) == "nothing\n"


def test_no_and_nought_are_facts_and_not_missing(write: Write) -> None:
    renderer = write("{{ follow_up_number }}{% if local %}near{% else %}far{% endif %}{{ local }}")
    assert text_of(renderer, follow_up_number=0, local=False) == "0farFalse\n"


def test_facts_that_are_not_in_the_catalogue_do_not_reach_a_template(write: Write) -> None:
    assert text_of(write("a"), password="secret") == "a\n"
    assert "there is no fact 'password'" in refusal(write("{{ password }}"), password="secret").message


def test_what_facts_hold_is_never_read_as_a_template_and_is_escaped_in_html(write: Write) -> None:
    nasty = "<script>{{ sender_name }}</script> & {% if %}"
    letter = write("{{ field }}", html="<p>{{ field }}</p>").render(KIND, {"field": nasty})
    assert letter.text == nasty + "\n"
    assert letter.html == "<p>&lt;script&gt;{{ sender_name }}&lt;/script&gt; &amp; {% if %}</p>\n"


@pytest.mark.parametrize("used", ["sentence", "upfirst", "listed", "upper", "lower", "trim", "lines", "default('a')"])
def test_no_filter_opens_a_hole_in_the_escaping(write: Write, used: str) -> None:
    for fact, value in (("field", "<b>&"), ("topics", ("<b>&", "<i>&"))):
        letter = write("x", html=f"<p>{{{{ {fact}|{used} }}}}</p>").render(KIND, {fact: value})
        assert set(re.findall(r"<[^>]*>", letter.html)) == {"<p>", "</p>"}


def test_facts_lose_line_breaks_and_invisible_characters_but_the_identity_line_keeps_its_lines(write: Write) -> None:
    renderer = write("{{ field }}|{{ footer }}|{{ topics|listed }}", html="<p>{{ footer|lines }}</p>")
    facts = {"field": "a\r\nBcc: x\u202e\0b", "footer": "one\u2028two\r\nthree", "topics": (" a\n", "\u200b", "b")}
    letter = renderer.render(KIND, facts)  # type: ignore[arg-type]
    assert letter.text == "a Bcc: xb|one\ntwo\nthree|a and b\n"
    assert letter.html == "<p>one<br>\ntwo<br>\nthree</p>\n"


def test_filters_word_sentences_and_lists(write: Write) -> None:
    renderer = write("{{ field|sentence }} {{ topics|listed }} {{ slots|listed('or') }} {{ title|upfirst }}")
    facts = {"field": "i plan. towns!", "topics": ("a", "b", "c"), "slots": ("x", "y"), "title": "planner"}
    assert text_of(renderer, **facts) == "I plan. towns! a, b and c x or y Planner\n"


@pytest.mark.parametrize("variant", [0, 1, 5, 26, 65_535, None])
def test_turns_at_different_places_are_chosen_independently(write: Write, variant: int | None) -> None:
    renderer = write("{{ variant|turn(3) }}{{ variant|turn(3, 1) }}{{ variant|turn(3, 2) }}")
    number = variant or 0
    assert text_of(renderer, variant=variant) == f"{number % 3}{number // 3 % 3}{number // 9 % 3}\n"


def test_over_many_variants_every_combination_of_wordings_comes_up(write: Write) -> None:
    renderer = write("{{ variant|turn(3) }}{{ variant|turn(3, 1) }}{{ variant|turn(2) }}")
    found = {text_of(renderer, variant=variant) for variant in range(18)}
    assert len(found) == 18


def test_blank_lines_left_by_choices_are_taken_away_and_one_line_end_is_left(write: Write) -> None:
    assert text_of(write("a  \n\n{% if field %}\nb\n{% endif %}\n\n\nc\n\n\n")) == "a\n\nc\n"


# Whose files are read.


def test_ones_own_letter_wins_over_the_bundled_one(write: Write, own: Path) -> None:
    write("Bundled", html="<p>Bundled</p>")
    renderer = write("Mine", html="<p>Mine</p>", subject="My subject", folder="own")
    letter = renderer.render(KIND, {})
    assert (letter.subject, letter.text, letter.html) == ("My subject", "Mine\n", "<p>Mine</p>\n")


def test_an_own_text_without_html_is_shown_as_html_rather_than_the_bundled_html(write: Write) -> None:
    write("Bundled", html="<p>Bundled</p>")
    renderer = write("Mine, {{ field }}\nnext\n\nlast", folder="own")
    letter = renderer.render(KIND, {"field": "<b>"})
    assert letter.html == "<p>Mine, &lt;b&gt;<br>\nnext</p>\n<p>last</p>\n"


def test_an_own_subject_alone_keeps_the_bundled_bodies(write: Write, own: Path) -> None:
    renderer = write("Bundled", html="<p>Bundled</p>")
    (own / KIND).mkdir(parents=True)
    (own / KIND / "subject.txt.j2").write_text("Mine")
    letter = renderer.render(KIND, {})
    assert (letter.subject, letter.text, letter.html) == ("Mine", "Bundled\n", "<p>Bundled</p>\n")


def test_an_own_html_without_its_text_is_refused(write: Write, own: Path) -> None:
    renderer = write("Bundled", html="<p>Bundled</p>")
    (own / KIND).mkdir(parents=True)
    (own / KIND / "body.html.j2").write_text("<p>Mine</p>")
    assert "body.txt.j2" in refusal(renderer).message


def test_a_changed_file_is_read_again_and_a_removed_one_gives_way_to_the_bundled_one(write: Write, own: Path) -> None:
    write("Bundled")
    renderer = write("Mine", folder="own")
    assert text_of(renderer) == "Mine\n"
    (own / KIND / "body.txt.j2").write_text("Mine, but longer")
    assert text_of(renderer) == "Mine, but longer\n"
    (own / KIND / "body.txt.j2").unlink()
    assert text_of(renderer) == "Bundled\n"


def test_a_letter_that_is_nowhere_is_missing_by_name_of_every_place(write: Write, own: Path) -> None:
    renderer = write()
    with pytest.raises(BrokenTemplate) as caught:
        renderer.render(LetterKind.REMINDER, {})
    assert "subject.txt.j2" in caught.value.message
    assert str(own / "reminder") in caught.value.message


def test_needs_are_read_from_all_three_files(write: Write) -> None:
    renderer = write("{% if local %}{{ city }}{% endif %}", subject="{{ field }}", html="{{ footer|lines }}")
    assert renderer.needs(KIND) == {"local", "city", "field", "footer"}


# Files that cannot be used.


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{% if field %}open", "expected"),
        ("{{ field", "unexpected end of template"),
        ("{% endif %}", "endif"),
        ("{{ feild }}", "there is no fact 'feild'; did you mean 'field'?"),
        ("{{ field|sentense }}", "there is no filter 'sentense'; did you mean 'sentence'?"),
        ("{{ field.__class__ }}", "facts have no parts"),
        ("{{ field.upper() }}", "a call"),
        ("{{ topics[0] }}", "[ ]"),
        ("{{ field * 9 }}", "arithmetic"),
        ("{{ 9 ** 9 ** 9 }}", "pow"),
        ("{{ field ~ field }}", "concat"),
        ("{{ (1, 2) }}", "tuple"),
        ("{{ {} }}", "dict"),
        ("{% set field = 'a' %}", "assign"),
        ("{% include '/etc/passwd' %}", "include"),
        ("{% import 'a' as b %}", "import"),
        ("{% extends 'a' %}", "extends"),
        ("{% macro a() %}{% endmacro %}", "macro"),
        ("{% block a %}{% endblock %}", "block"),
        ("{% filter upper %}{% endfilter %}", "filter"),
        ("{% if field is defined %}{% endif %}", '"is" is not allowed'),
        ("{{ loop.index }}", "there is no fact 'loop'"),
        ("{% for a in topics %}{{ loop.cycle }}{% endfor %}", "facts have no parts"),
        ("{% for a in topics %}{% for b in slots %}{% endfor %}{% endfor %}", "a loop within a loop"),
        ("{% for a, b in topics %}{% endfor %}", "a loop is written"),
        ("{% for field in topics %}{% endfor %}", "the name of a fact"),
        ("{% for a in topics %}{% endfor %}{{ a }}", "there is no fact 'a'"),
        ("{{ variant|turn(99) }}", "1 to 9 wordings"),
        ("{{ variant|turn(3, 99) }}", "1 to 9 wordings"),
        ("{{ variant|turn }}", "1 to 9 wordings"),
        ("{{ field|default(instead='a') }}", "is written"),
        ("{{ field|default(title) }}", "plain values only"),
        ("{{ request }}", "there is no fact 'request'"),
        ("{{ self }}", "there is no fact 'self'"),
    ],
)
def test_whatever_a_template_may_not_do_is_refused_by_file_and_line_in_one_sentence(
    write: Write, tmp_path: Path, bad: str, said: str
) -> None:
    error = refusal(write(f"First line\nSecond line\n{bad}\n"), field="a", topics=("a",), slots=("b",), variant=1)
    file = tmp_path / "bundled" / KIND / "body.txt.j2"
    assert error.file == file
    assert error.line == 3 or "expected" in error.message  # an unclosed one is noticed where the file ends
    assert error.message.startswith(f"{file}, line ")
    assert said.lower() in error.message.lower()


@pytest.mark.parametrize("name", ["subject.txt.j2", "body.txt.j2", "body.html.j2"])
def test_each_of_the_three_files_is_named_when_it_is_the_broken_one(write: Write, tmp_path: Path, name: str) -> None:
    renderer = write(html="<p>Body</p>")
    (tmp_path / "bundled" / KIND / name).write_text("a\n{{ nonsense }}")
    error = refusal(renderer)
    assert (error.file.name, error.line) == (name, 2)


def test_a_subject_is_one_line_and_not_empty(write: Write) -> None:
    assert "more than one line" in refusal(write(subject="one\ntwo")).message
    assert "empty subject" in refusal(write(subject="  \n")).message
    assert write(subject="\n{{ field }}\n").render(KIND, {"field": "a\r\nBcc: x@y.z"}).subject == "a Bcc: x@y.z"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"one\ntwo \xff", "line 2: not UTF-8"),
        (b"a" * (64 * 1024 + 1), "over 64 KiB"),
        (b"{% if field %}" * 2_000 + b"{% endif %}" * 2_000, "too deep"),
        (b"{% for one in topics %}" + b"a" * 20_000 + b"{% endfor %}", "256 KiB"),
        (b"{{ variant|listed }}", "a fact is used as what it is not"),
    ],
)
def test_files_that_are_too_much_or_unreadable_are_refused_in_one_sentence(
    write: Write, tmp_path: Path, content: bytes, said: str
) -> None:
    renderer = write()
    (tmp_path / "bundled" / KIND / "body.txt.j2").write_bytes(content)
    error = refusal(renderer, field="a", variant=1, topics=tuple("abcdefghijklmnop"))
    assert said in error.message


def test_a_byte_order_mark_and_windows_line_ends_are_read(write: Write, tmp_path: Path) -> None:
    renderer = write()
    (tmp_path / "bundled" / KIND / "body.txt.j2").write_bytes(b"\xef\xbb\xbfone\r\n\r\ntwo\r\n")
    assert text_of(renderer) == "one\n\ntwo\n"


def test_a_fact_of_the_wrong_kind_is_a_mistake_of_the_program(write: Write) -> None:
    with pytest.raises(TypeError, match="field"):
        text_of(write("{{ field }}"), field=["a"])


PIECES = ("{{", "}}", "{%", "%}", "field", "topics", "if ", "for a in ", "endif", "|", ".", "(", ")", "'", "1", " ")


@settings(max_examples=150, deadline=None)
@given(source=st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_a_file_holds_it_renders_or_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, source: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    (folder / KIND).mkdir(parents=True, exist_ok=True)
    (folder / KIND / "subject.txt.j2").write_text("a")
    (folder / KIND / "body.txt.j2").write_text(source, encoding="utf-8")
    with contextlib.suppress(BrokenTemplate, MissingFacts):
        Renderer([folder]).render(KIND, {"field": "a", "topics": ("b",), "variant": 3})


@given(text=st.text(max_size=200))
def test_text_as_html_shows_the_same_words_and_no_markup_of_its_own(text: str) -> None:
    made = html_of(text)
    assert set(re.findall(r"<[^>]*>", made)) <= {"<p>", "</p>", "<br>"}
    assert html.unescape(re.sub(r"<[^>]*>", "", made)).split() == text.split()
