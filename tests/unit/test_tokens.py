"""Tokens at rest open with the right key for the right account, and with nothing else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from outreach.errors import Misconfigured
from outreach.tokens import Tokens


def test_what_was_sealed_opens_for_the_same_account_and_purpose(tmp_path: Path) -> None:
    sealed = Tokens(tmp_path / "key").seal("a", "google", b"secret")
    assert b"secret" not in sealed
    assert Tokens(tmp_path / "key").open("a", "google", sealed) == b"secret"


@pytest.mark.parametrize(("account", "purpose"), [("b", "google"), ("a", "other")])
def test_a_token_moved_to_another_row_does_not_open(tmp_path: Path, account: str, purpose: str) -> None:
    tokens = Tokens(tmp_path / "key")
    sealed = tokens.seal("a", "google", b"secret")
    with pytest.raises(Misconfigured, match="does not open"):
        tokens.open(account, purpose, sealed)


def test_another_key_does_not_open_it_and_no_key_is_made_for_opening(tmp_path: Path) -> None:
    sealed = Tokens(tmp_path / "key").seal("a", "google", b"secret")
    Tokens(tmp_path / "other").seal("a", "google", b"x")
    with pytest.raises(Misconfigured):
        Tokens(tmp_path / "other").open("a", "google", sealed)
    with pytest.raises(Misconfigured, match="cannot be read"):
        Tokens(tmp_path / "missing").open("a", "google", sealed)
    assert not (tmp_path / "missing").exists()


def test_the_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Tokens(tmp_path / "key").seal("a", "google", b"secret")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
