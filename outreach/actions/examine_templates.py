"""Render every letter with sample facts, one's own templates included, before a real letter needs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from outreach import resources
from outreach.errors import OutreachError
from outreach.letters.facts import FACTS
from outreach.letters.render import FactValue, MissingFacts, Renderer
from outreach.rules.checkup import Check, broken, fine, note
from outreach.rules.kinds import LetterKind

_SAMPLES: dict[str, FactValue] = {
    "salutation_name": "Maria",
    "first_name": "Maria",
    "last_name": "Sample",
    "full_name": "Maria Sample",
    "local": False,
    "variant": 1,
    "slots": ("Tuesday 3 March, 10:00–10:25 (Europe/Lisbon)", "Thursday 5 March, 14:00–14:25 (Europe/Lisbon)"),
    "topics": ("the move from practice to teaching", "which courses were worth it"),
    "names_given": ("Grace Lindqvist",),
    "meeting_minutes": 25,
    "follow_up_number": 1,
    "outcome": "met",
    "person_name": "Grace Lindqvist",
    "original_subject": "A question about your work",
}


def examine_templates(home: Path) -> Iterator[Check]:
    """Yield whether all letters can be rendered, and which of them are the user's own."""
    own = home / "templates" / "letters"
    try:
        renderer = Renderer([own, resources.folder("templates") / "letters"])
    except OutreachError as error:
        yield broken("templates", error.message, "Install the program again.")
        return
    problems = [problem for kind in LetterKind if (problem := _problem(renderer, kind))]
    strangers = _unknown(own)
    if problems:
        yield broken("templates", "; ".join(problems), f"Mend them in {own}, or move them away to use ours.")
    elif strangers:
        kinds = ", ".join(strangers)
        said = f"{own} has folders for no kind of letter: {kinds}"
        yield note("templates", said, f"Name them as {', '.join(LetterKind)}.")
    else:
        mine = sorted(each.name for each in own.iterdir()) if own.is_dir() else []
        said = f"{len(LetterKind)} kinds of letters render"
        yield fine("templates", said + (f", your own: {', '.join(mine)}" if mine else ""))


def _problem(renderer: Renderer, kind: LetterKind) -> str:
    """Return what is wrong with a kind of letter; rendered with every fact, and with only those it needs."""
    facts: dict[str, FactValue] = {name: _SAMPLES.get(name, f"sample {name}") for name in FACTS}
    needed = {name: value for name, value in facts.items() if not FACTS[name].optional}
    for given in (facts, needed):
        try:
            renderer.render(kind, given)
        except MissingFacts:
            continue  # a letter that wants an optional fact waits for it and says so
        except OutreachError as error:
            return f"{kind}: {error.message}"
    return ""


def _unknown(own: Path) -> list[str]:
    if not own.is_dir():
        return []
    return sorted(each.name for each in own.iterdir() if each.is_dir() and each.name not in set(LetterKind))
