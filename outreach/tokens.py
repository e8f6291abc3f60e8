"""Tokens at rest: AES-256-GCM, the owner bound in, the key outside the database.

The associated data names account and purpose, so a ciphertext moved to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outreach.errors import Misconfigured

_VERSION = b"1"
_NONCE = 12


class Tokens:
    """Seals and opens secrets with the key in ``key_file``, which is made on first use (mode 0600)."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._cipher: AESGCM | None = None

    def seal(self, account_id: str, purpose: str, secret: bytes) -> bytes:
        """Return ciphertext that opens only for the same account and purpose."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._open_cipher(make=True).encrypt(nonce, secret, _bound(account_id, purpose))

    def open(self, account_id: str, purpose: str, sealed: bytes) -> bytes:
        """Return the secret. Raises Misconfigured when the key is another one or the row was tampered with."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._open_cipher(make=False).decrypt(nonce, body, _bound(account_id, purpose))
        except InvalidTag as error:
            raise Misconfigured(
                f"The stored token does not open with the key in {self._key_file}. Put the right key back, "
                "or connect the account again with `outreach account connect`."
            ) from error

    def mark(self, purpose: str, text: str, *, make: bool = True) -> str:
        """Return what only the holder of the key can have written for this text: 26 letters and digits (130 bits).

        Unless ``make`` says so, no key is made where there is none: Misconfigured is raised.
        """
        key = self._read_key(make=make)
        digest = hmac.digest(key, f"outreach mark|{purpose}|{text}".encode(), "sha256")
        return base64.b32encode(digest).decode("ascii").lower()[:26]

    def _open_cipher(self, *, make: bool) -> AESGCM:
        if self._cipher is None:
            self._cipher = AESGCM(self._read_key(make=make))
        return self._cipher

    def _read_key(self, *, make: bool) -> bytes:
        if make and not self._key_file.exists():
            _write_new_key(self._key_file)
        try:
            key = base64.b64decode(self._key_file.read_bytes(), validate=True)
        except (OSError, binascii.Error) as error:
            raise Misconfigured(f"The key that opens stored tokens cannot be read from {self._key_file}.") from error
        if len(key) != 32:
            raise Misconfigured(f"{self._key_file} does not hold a key of 32 bytes in base64.")
        return key


def _bound(account_id: str, purpose: str) -> bytes:
    return f"outreach|{account_id}|{purpose}".encode()


def _write_new_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was quicker; its key is as good
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)))
