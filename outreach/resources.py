"""Finds the data that ships with the code: ``templates`` and ``config``, in wheel, editable install and checkout."""

from __future__ import annotations

from pathlib import Path

from outreach.errors import Misconfigured

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder of bundled data called ``name``. Raises Misconfigured naming both places that were tried."""
    bundled = _PACKAGE / "_bundled" / name
    if bundled.is_dir():
        return bundled
    checkout = _PACKAGE.parent / name
    # Without the pyproject beside it, a stranger's site-packages/templates could be taken for ours.
    if checkout.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    raise Misconfigured(f"The folder {name!r} is missing from this installation: looked in {bundled} and {checkout}.")
