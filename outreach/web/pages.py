"""Renders pages: everything is escaped, and a fact that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach import resources


def page(name: str, facts: Mapping[str, Any]) -> str:
    """Return the page as HTML."""
    return _environment().get_template(name).render(facts)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(resources.folder("templates") / "booking")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def asset(name: str) -> bytes:
    """Return a file that pages load."""
    return (resources.folder("templates") / "booking" / name).read_bytes()
