"""Keys of districts, and the sealing of fields under them.

Every district has random data keys, kept wrapped (encrypted) under one master key in a small file. Sealing is
AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D §8.2.2: at most 2**32 values per key; rotate long before).
The district and the key id are authenticated with every value, so that a value moved to another district does not open.
Destroying a district's keys erases everything ever sealed for it, wherever copies lie (crypto-shredding).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import HomeroomError
from shared.privacy.keyfile import KeyFile

KEY_BYTES = 32
NONCE_BYTES = 12
BLIND_BYTES = 16


class KeyDestroyed(HomeroomError):
    """The district's keys are gone for good, or were never made here: nothing sealed for it can be read."""


class SealBroken(HomeroomError):
    """A sealed value is malformed, was changed, or belongs elsewhere. Never carries the value."""


class MasterKeyWrong(HomeroomError):
    """The master key does not open the key file."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value: key id, nonce (12 bytes), ciphertext with its 16-byte tag at the end."""

    kid: str
    nonce: bytes
    ciphertext: bytes

    def to_json(self) -> dict[str, str]:
        """`{"kid", "n", "ct"}`, base64url without padding."""
        return {"kid": self.kid, "n": _encode(self.nonce), "ct": _encode(self.ciphertext)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Sealed:
        """Read `to_json`'s shape; raises SealBroken when a part is missing or is not base64url."""
        try:
            kid, nonce, ciphertext = value["kid"], _decode(value["n"]), _decode(value["ct"])
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            raise _broken() from None
        if not isinstance(kid, str) or len(nonce) != NONCE_BYTES:
            raise _broken()
        return cls(kid, nonce, ciphertext)


class Keyring:
    """Seals and opens values for districts. Safe to share between threads; follows changes other processes make."""

    def __init__(self, file: KeyFile, master_key: bytes | str) -> None:
        self._file = file
        self._master = AESGCM(read_master_key(master_key))
        self._data_keys: dict[tuple[str, str], AESGCM] = {}
        self._index_keys: dict[str, bytes] = {}
        self._check_master()
        self._generation = file.seen

    @classmethod
    def create(cls, path: Path | str, master_key: bytes | str) -> Keyring:
        """Make an empty key file (0600) and open it; an existing file is refused with FileExistsError."""
        master = AESGCM(read_master_key(master_key))
        file = KeyFile(Path(path))
        file.create({"version": 1, "check": _wrap(master, b"homeroom", "check"), "districts": {}})
        return cls(file, master_key)

    @classmethod
    def load(cls, path: Path | str, master_key: bytes | str) -> Keyring:
        """Open an existing key file; raises MasterKeyWrong, or HomeroomError when the file is missing or damaged."""
        return cls(KeyFile(Path(path)), master_key)

    @classmethod
    def load_or_create(cls, path: Path | str, master_key: bytes | str) -> Keyring:
        """`load`, or `create` when there is no file yet (two processes may start at once)."""
        if not Path(path).exists():
            try:
                return cls.create(path, master_key)
            except FileExistsError:
                pass
        return cls.load(path, master_key)

    def seal(self, district: str, plaintext: bytes, *, aad: bytes) -> Sealed:
        """Encrypt under the district's current key (made on first use); `aad` must be given again to open.

        Raises KeyDestroyed for a district whose keys were destroyed.
        """
        kid = self._current(district)
        nonce = os.urandom(NONCE_BYTES)
        return Sealed(kid, nonce, self._data_key(district, kid).encrypt(nonce, plaintext, _bind(district, kid, aad)))

    def open(self, district: str, sealed: Mapping[str, Any] | Sealed, *, aad: bytes) -> bytes:
        """Decrypt; raises SealBroken (changed, moved, or other `aad`) or KeyDestroyed."""
        value = sealed if isinstance(sealed, Sealed) else Sealed.from_json(sealed)
        self._follow()
        key = self._data_key(district, value.kid)
        try:
            return key.decrypt(value.nonce, value.ciphertext, _bind(district, value.kid, aad))
        except (InvalidTag, ValueError):
            raise _broken() from None

    def blind(self, district: str, column: str, value: str) -> str:
        """A look-up value for a column of e-mail addresses or phone numbers: equal inputs, equal 128-bit HMACs.

        Normalised (NFKC, case-folded, outer blanks cut) and keyed per district and column, as CipherSweet does.
        Not for columns of few values (language, grade): how often each occurs would give it away.
        """
        self._current(district)
        key = hmac.digest(self._index_key(district), column.encode(), "sha256")
        folded = unicodedata.normalize("NFKC", value).strip().casefold()
        return _encode(hmac.digest(key, folded.encode(), "sha256")[:BLIND_BYTES])

    def rotate(self, district: str) -> str:
        """Seal with a new key from now on; older values still open. Returns the new key id."""
        with self._file.change() as content:
            self._refuse_destroyed(content, district)
            kid = self._add_key(content, district)
        self._forget()
        return kid

    def destroy(self, district: str) -> None:
        """Erase every key of the district, for good: what was sealed or blinded under them is noise from now on."""
        with self._file.change() as content:
            content["districts"][district] = {"destroyed": True, "current": None, "keys": {}, "index": None}
        self._forget()

    def kids(self, district: str) -> list[str]:
        """Ids of the district's keys, oldest first; empty when it has none."""
        return list(self._file.read()["districts"].get(district, {}).get("keys", {}))

    def _current(self, district: str) -> str:
        content = self._follow()
        self._refuse_destroyed(content, district)
        entry = content["districts"].get(district)
        if entry is None:
            with self._file.change() as content:
                entry = content["districts"].get(district)
                if entry is None:  # another process may have been quicker
                    self._add_key(content, district)
            self._forget()
            entry = self._file.read()["districts"][district]
            self._refuse_destroyed({"districts": {district: entry}}, district)
        return str(entry["current"])

    def _data_key(self, district: str, kid: str) -> AESGCM:
        """Of the file as `_follow` has just found it."""
        key = self._data_keys.get((district, kid))
        if key is None:
            content = self._file.read()
            self._refuse_destroyed(content, district)
            wrapped = content["districts"].get(district, {}).get("keys", {}).get(kid)
            if wrapped is None:
                raise KeyDestroyed(
                    "KEY_UNKNOWN",
                    "No key of this id is kept for this district.",
                    "Restore the key file that belongs to this database, or accept that its keys were destroyed.",
                    f"district {district}",
                )
            key = AESGCM(self._unwrap(wrapped, f"data:{district}:{kid}"))
            self._data_keys[district, kid] = key
        return key

    def _index_key(self, district: str) -> bytes:
        if district not in self._index_keys:
            wrapped = self._file.read()["districts"][district]["index"]
            self._index_keys[district] = self._unwrap(wrapped, f"index:{district}")
        return self._index_keys[district]

    def _add_key(self, content: dict[str, Any], district: str) -> str:
        entry = content["districts"].setdefault(
            district, {"destroyed": False, "keys": {}, "index": self._new_key(f"index:{district}")}
        )
        kid = os.urandom(6).hex()
        entry["keys"][kid] = self._new_key(f"data:{district}:{kid}")
        entry["current"] = kid
        return kid

    def _new_key(self, label: str) -> str:
        return _wrap(self._master, os.urandom(KEY_BYTES), label)

    def _unwrap(self, wrapped: str, label: str) -> bytes:
        try:
            raw = _decode(wrapped)
            return self._master.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], label.encode())
        except (InvalidTag, ValueError, binascii.Error):
            raise MasterKeyWrong(
                "MASTER_KEY_WRONG",
                "The master key does not open the key file.",
                "Set HOMEROOM_MASTER_KEY to the key this file was made with.",
                str(self._file.path.name),
            ) from None

    def _check_master(self) -> None:
        self._unwrap(self._file.read()["check"], "check")

    def _refuse_destroyed(self, content: Mapping[str, Any], district: str) -> None:
        if content["districts"].get(district, {}).get("destroyed"):
            raise KeyDestroyed(
                "KEY_DESTROYED",
                "This district's keys were destroyed; its sealed data is erased.",
                "Nothing can bring it back. A district that returns is onboarded under a new slug.",
                f"district {district}",
            )

    def _follow(self) -> Mapping[str, Any]:
        """The file's content; drops cached keys when another process changed it, so that a destroyed key stops working at once.

        One look at the file per value sealed or opened: it is asked thousands of times a second.
        """
        content = self._file.read()
        if self._file.seen != self._generation:
            self._forget()
        return content

    def _forget(self) -> None:
        self._data_keys = {}
        self._index_keys = {}
        self._generation = self._file.seen


def new_master_key() -> str:
    """A fresh master key as the text HOMEROOM_MASTER_KEY takes: 32 random bytes, base64url."""
    return _encode(os.urandom(KEY_BYTES))


def read_master_key(value: bytes | str) -> bytes:
    """The 32 key bytes from raw bytes, base64url or hex text; raises MasterKeyWrong for any other length."""
    raw = value
    if isinstance(raw, str):
        text = raw.strip()
        try:
            raw = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else _decode(text)
        except (ValueError, binascii.Error):
            raw = b""
    if len(raw) != KEY_BYTES:
        raise MasterKeyWrong(
            "MASTER_KEY_SHAPE",
            "A master key is 32 bytes, written as hexadecimal or base64url.",
            'Make one with: python3 -c "import secrets; print(secrets.token_hex(32))"',
            "HOMEROOM_MASTER_KEY",
        )
    return raw


def derive_key(master_key: bytes | str, purpose: str) -> bytes:
    """A 32-byte key for one purpose from the master key, for installations that keep a single secret."""
    return hmac.new(read_master_key(master_key), f"homeroom:{purpose}".encode(), hashlib.sha256).digest()


def _wrap(master: AESGCM, plain: bytes, label: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return _encode(nonce + master.encrypt(nonce, plain, label.encode()))


def _bind(district: str, kid: str, aad: bytes) -> bytes:
    """What a sealed value is tied to; lengths first, so that no two bindings read alike."""
    parts = [district.encode(), kid.encode(), aad]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _broken() -> SealBroken:
    return SealBroken(
        "SEAL_BROKEN",
        "A sealed value is damaged, was changed, or belongs to another record.",
        "Compare the record with a backup; if it came as an event, look at it with `homeroom dlq show`.",
        "sealed field",
    )
