"""Facts into a letter: subject, plain text and HTML from the templates of its kind."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TypeAlias

from jinja2 import Template, TemplateError, TemplateSyntaxError

from outreach.errors import OutreachError
from outreach.letters.facts import FACTS
from outreach.letters.names import clean_block, clean_line, clean_subject
from outreach.letters.template_rules import environment, facts_read, offences
from outreach.rules.kinds import LetterKind
from outreach.rules.wording import FactValue

__all__ = ["BrokenTemplate", "FactValue", "MissingFacts", "Rendered", "Renderer"]

SOURCE_LIMIT = 64 * 1024
OUTPUT_LIMIT = 256 * 1024
_LONGEST_FACT = 20_000
_MOST_ENTRIES = 50
_SUBJECT, _TEXT, _HTML = "subject.txt.j2", "body.txt.j2", "body.html.j2"

Stamp: TypeAlias = tuple[int, int] | None


@dataclass(frozen=True)
class Rendered:
    """A letter in words. ``html`` says what ``text`` says."""

    subject: str
    text: str
    html: str


class MissingFacts(OutreachError):
    """A letter waits for facts; ``names`` are all of them, never only the first."""

    exit_code = 65

    def __init__(self, kind: LetterKind, names: Sequence[str]) -> None:
        super().__init__(
            f"The letter ({kind}) lacks {', '.join(names)}.",
            problems=[f"{name}: {FACTS[name].description}" for name in names],
        )
        self.kind = kind
        self.names = tuple(names)


class BrokenTemplate(OutreachError):
    """A template file that cannot be used: where, what is wrong with it and how to mend it."""

    exit_code = 65

    def __init__(self, file: Path, line: int, what: str, mend: str = "") -> None:
        place = f"{file}, line {line}" if line else f"{file}"
        super().__init__(f"{place}: {what}." + (f" {mend}" if mend else ""))
        self.file = file
        self.line = line


class _Absent:
    """Stands in for a missing fact: false where it is tested, noted where it is used."""

    def __init__(self, name: str, used: set[str]) -> None:
        self._name, self._used = name, used

    def _note(self) -> None:
        self._used.add(self._name)

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        self._note()
        return ""

    __html__ = __str__

    def __iter__(self) -> Iterator[str]:
        self._note()
        return iter(())

    def __len__(self) -> int:
        self._note()
        return 0

    def __eq__(self, other: object) -> bool:
        self._note()
        return False

    __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def __hash__(self) -> int:
        return hash(self._name)


@dataclass(frozen=True)
class _Piece:
    """One compiled template file."""

    file: Path
    template: Template
    reads: frozenset[str]


@dataclass(frozen=True)
class _Pieces:
    """The templates of one kind. ``html`` is None where an own text came without: it is then made from the text."""

    subject: _Piece
    text: _Piece
    html: _Piece | None

    @cached_property
    def reads(self) -> frozenset[str]:
        """Every fact that they can read."""
        return self.subject.reads | self.text.reads | (self.html.reads if self.html else frozenset())


class Renderer:
    """Renders letters from the first folder that has their templates: one's own before the bundled ones.

    A folder holds ``<kind>/subject.txt.j2``, ``body.txt.j2`` and ``body.html.j2``. Subject and body are looked up
    apart; both bodies come from one folder, so that the two never say different things. Files that change while the
    program runs are read again.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._environment = environment()
        self._known: dict[LetterKind, tuple[tuple[Stamp, ...], _Pieces]] = {}
        self._named: dict[LetterKind, tuple[str, ...]] = {}

    def render(self, kind: LetterKind, facts: Mapping[str, FactValue]) -> Rendered:
        """Return the letter. Raises MissingFacts naming every fact that it lacks, and BrokenTemplate.

        None, "" and () are missing like an absent name. A missing fact may be tested with ``{% if %}`` but not used.
        Facts that are not in the catalogue are not seen by templates.
        """
        pieces = self._pieces(kind)
        used: set[str] = set()
        context = {name: _usable(name, facts.get(name), used) for name in pieces.reads}
        subject = _run(pieces.subject, context).strip()
        text = _tidy(_run(pieces.text, context))
        html = _tidy(_run(pieces.html, context)) if pieces.html else html_of(text)
        if used:
            raise MissingFacts(kind, [name for name in FACTS if name in used])
        return Rendered(_one_line(pieces.subject, subject), text, html)

    def needs(self, kind: LetterKind) -> frozenset[str]:
        """Return every fact that the templates of ``kind`` can read. Raises BrokenTemplate."""
        return self._pieces(kind).reads

    def _pieces(self, kind: LetterKind) -> _Pieces:
        stamps = tuple(map(_stamp, self._files(kind)))
        known = self._known.get(kind)
        if known and known[0] == stamps:
            return known[1]
        pieces = self._load(kind)
        self._known[kind] = (stamps, pieces)
        return pieces

    def _files(self, kind: LetterKind) -> tuple[str, ...]:
        """Return all files that may hold a template of the kind; asked for each letter, so they are named once."""
        if kind not in self._named:
            names = (_SUBJECT, _TEXT, _HTML)
            self._named[kind] = tuple(str(folder / kind / name) for folder in self._folders for name in names)
        return self._named[kind]

    def _load(self, kind: LetterKind) -> _Pieces:
        subject, text, html = (self._find(kind, name) for name in (_SUBJECT, _TEXT, _HTML))
        for name, found in ((_SUBJECT, subject), (_TEXT, text)):
            if found is None:
                where = " or ".join(str(folder / kind) for folder in self._folders)
                raise BrokenTemplate(Path(name), 0, f"missing: looked in {where}", "Put it there, or install again.")
        assert subject is not None
        assert text is not None
        if html is not None and html.parent != text.parent:
            if self._folders.index(html.parent.parent) < self._folders.index(text.parent.parent):
                raise BrokenTemplate(html, 0, "stands without a body.txt.j2", "Put one beside it that says the same.")
            html = None
        return _Pieces(self._compile(subject), self._compile(text), self._compile(html) if html else None)

    def _find(self, kind: LetterKind, name: str) -> Path | None:
        return next((file for folder in self._folders if (file := folder / kind / name).is_file()), None)

    def _compile(self, file: Path) -> _Piece:
        name = file.name
        try:
            tree = self._environment.parse(_source(file), name, str(file))
            for line, what in offences(tree):
                raise BrokenTemplate(file, line, what, "Change the line, or remove the file to use the bundled one.")
            code = self._environment.compile(tree, name, str(file))
        except TemplateSyntaxError as error:
            what = (error.message or "not understood").rstrip(".")
            raise BrokenTemplate(file, error.lineno, what, "Close what was opened, or remove the file.") from error
        except (RecursionError, SyntaxError, MemoryError, OverflowError) as error:
            raise BrokenTemplate(file, 0, "nested too deep to be read", "Write it with fewer levels.") from error
        return _Piece(file, Template.from_code(self._environment, code, {}), facts_read(tree))


def html_of(text: str) -> str:
    """Return plain text as HTML: a paragraph for each, line breaks kept, everything escaped."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return (
        "\n".join(
            f"<p>{escape(part.strip(), quote=False).replace(chr(10), '<br>' + chr(10))}</p>" for part in paragraphs
        )
        + "\n"
    )


def _source(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(SOURCE_LIMIT + 1)
        if len(data) > SOURCE_LIMIT:
            raise BrokenTemplate(file, 0, "over 64 KiB long", "A letter is short: cut it.")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BrokenTemplate(file, line, "not UTF-8", "Save the file as UTF-8.") from error
    except OSError as error:
        raise BrokenTemplate(file, 0, f"cannot be read ({error.strerror})", "Check its permissions.") from error


def _stamp(file: str) -> Stamp:
    try:
        found = os.stat(file)  # noqa: PTH116 - making a Path takes longer than asking the disk
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _usable(name: str, value: FactValue, used: set[str]) -> object:
    if isinstance(value, bool | int):
        return value
    cleaned: str | tuple[str, ...] = ()
    if isinstance(value, str):
        cleaned = (clean_block if name == "footer" else clean_line)(value[:_LONGEST_FACT])
    elif isinstance(value, tuple) and all(isinstance(entry, str) for entry in value):
        cleaned = tuple(line for entry in value[:_MOST_ENTRIES] if (line := clean_line(entry[:_LONGEST_FACT])))
    elif value is not None:
        raise TypeError(f"the fact {name} must be text, a number, yes or no, or a tuple of texts, not {type(value)}")
    return cleaned or _Absent(name, used)


def _run(piece: _Piece, context: dict[str, object]) -> str:
    made: list[str] = []
    size = 0
    try:
        for chunk in piece.template.generate(context):
            made.append(chunk)
            size += len(chunk)
            if size > OUTPUT_LIMIT:
                raise BrokenTemplate(piece.file, 0, "makes a letter of over 256 KiB", "A letter is short: cut it.")
    except (TemplateError, TypeError, ValueError) as error:
        what = f"a fact is used as what it is not ({clean_line(str(error))[:200]})"
        raise BrokenTemplate(piece.file, 0, what, "See the catalogue of facts for what each holds.") from error
    return "".join(made)


def _tidy(text: str) -> str:
    shown = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", shown).strip() + "\n"


def _one_line(piece: _Piece, subject: str) -> str:
    if "\n" in subject or "\r" in subject:
        raise BrokenTemplate(piece.file, 0, "a subject of more than one line", "Keep it on one line.")
    cleaned = clean_subject(subject)
    if not cleaned:
        raise BrokenTemplate(piece.file, 0, "an empty subject", "Say what the letter is about.")
    return cleaned
