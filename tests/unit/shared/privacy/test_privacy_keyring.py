"""What is sealed opens only where it belongs, and not at all once the district's keys are destroyed."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import HomeroomError
from shared.privacy.keyring import (
    KeyDestroyed,
    Keyring,
    MasterKeyWrong,
    SealBroken,
    derive_key,
    new_master_key,
    read_master_key,
)

MASTER = new_master_key()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def keyring(path: Path) -> Keyring:
    return Keyring.create(path, MASTER)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """One ring for the property tests: making a file per example would only measure the disk."""
    return Keyring.create(tmp_path_factory.mktemp("keys") / "keys.json", MASTER)


@given(plain=st.binary(max_size=300), aad=st.binary(max_size=40))
def test_what_is_sealed_opens_again_through_json(lasting: Keyring, plain: bytes, aad: bytes) -> None:
    sealed = json.loads(json.dumps(lasting.seal("riverside", plain, aad=aad).to_json()))
    assert set(sealed) == {"kid", "n", "ct"}
    assert lasting.open("riverside", sealed, aad=aad) == plain


@given(plain=st.binary(min_size=1, max_size=60), position=st.integers(min_value=0), flip=st.integers(1, 255))
def test_a_changed_byte_is_noticed(lasting: Keyring, plain: bytes, position: int, flip: int) -> None:
    sealed = lasting.seal("riverside", plain, aad=b"x").to_json()
    raw = bytearray(base64.urlsafe_b64decode(sealed["ct"] + "=" * (-len(sealed["ct"]) % 4)))
    raw[position % len(raw)] ^= flip
    with pytest.raises(SealBroken):
        lasting.open("riverside", {**sealed, "ct": base64.urlsafe_b64encode(raw).decode().rstrip("=")}, aad=b"x")


def test_a_value_moved_to_another_field_or_district_does_not_open(keyring: Keyring) -> None:
    sealed = keyring.seal("riverside", b"Ana", aad=b"event-1:name").to_json()
    with pytest.raises(SealBroken):
        keyring.open("riverside", sealed, aad=b"event-2:name")
    keyring.seal("greenview", b"", aad=b"")
    with pytest.raises(HomeroomError):
        keyring.open("greenview", sealed, aad=b"event-1:name")


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"kid": "a"},
        {"kid": 1, "n": "AAAA", "ct": "AAAA"},
        {"kid": "a", "n": "%", "ct": "x"},
        {"kid": "a", "n": "AA", "ct": "AA"},
    ],
)
def test_a_malformed_value_is_refused(keyring: Keyring, damaged: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        keyring.open("riverside", damaged, aad=b"")


def test_after_rotation_new_values_use_the_new_key_and_old_ones_still_open(keyring: Keyring) -> None:
    old = keyring.seal("riverside", b"before", aad=b"")
    kid = keyring.rotate("riverside")
    new = keyring.seal("riverside", b"after", aad=b"")
    assert (old.kid, new.kid) == (keyring.kids("riverside")[0], kid)
    assert keyring.open("riverside", old, aad=b"") == b"before"


def test_destroying_a_districts_keys_erases_it_in_every_process_at_once(path: Path, keyring: Keyring) -> None:
    other_process = Keyring.load(path, MASTER)
    sealed = other_process.seal("riverside", b"Ana", aad=b"")
    neighbour = keyring.seal("greenview", b"Lan", aad=b"")
    assert other_process.open("riverside", sealed, aad=b"") == b"Ana"
    keyring.destroy("riverside")
    for ring in (keyring, other_process):
        with pytest.raises(KeyDestroyed):
            ring.open("riverside", sealed, aad=b"")
        with pytest.raises(KeyDestroyed):
            ring.seal("riverside", b"again", aad=b"")
        with pytest.raises(KeyDestroyed):
            ring.rotate("riverside")
        with pytest.raises(KeyDestroyed):
            ring.blind("riverside", "email", "a@example.org")
        assert ring.open("greenview", neighbour, aad=b"") == b"Lan"


def test_two_processes_meeting_a_district_first_share_its_key(path: Path, keyring: Keyring) -> None:
    other_process = Keyring.load(path, MASTER)
    sealed = keyring.seal("riverside", b"hello", aad=b"")
    assert other_process.open("riverside", sealed, aad=b"") == b"hello"
    assert other_process.seal("riverside", b"", aad=b"").kid == sealed.kid


def test_the_file_is_private_and_shows_no_key(path: Path, keyring: Keyring) -> None:
    keyring.seal("riverside", b"x", aad=b"")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert MASTER not in path.read_text()


def test_a_wrong_master_key_is_named_without_showing_it(path: Path, keyring: Keyring) -> None:
    wrong = new_master_key()
    with pytest.raises(MasterKeyWrong) as caught:
        Keyring.load(path, wrong)
    assert wrong not in str(caught.value)
    with pytest.raises(MasterKeyWrong):
        Keyring.load(path, "short")


def test_an_existing_key_file_is_never_overwritten(path: Path, keyring: Keyring) -> None:
    with pytest.raises(FileExistsError):
        Keyring.create(path, MASTER)
    assert Keyring.load_or_create(path, MASTER).kids("riverside") == []


def test_a_missing_or_damaged_key_file_says_what_to_do(path: Path, keyring: Keyring) -> None:
    path.write_text("not json")
    with pytest.raises(HomeroomError, match="key file"):
        Keyring.load(path, MASTER)
    path.unlink()
    with pytest.raises(HomeroomError, match="missing"):
        Keyring.load(path, MASTER)


def test_a_crash_while_writing_leaves_the_old_file(
    path: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = keyring.seal("riverside", b"kept", aad=b"")

    def disk_full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shared.privacy.keyfile.os.fsync", disk_full)
    with pytest.raises(OSError, match="space"):
        keyring.rotate("riverside")
    monkeypatch.undo()
    assert keyring.open("riverside", sealed, aad=b"") == b"kept"
    assert keyring.kids("riverside") == [sealed.kid]
    assert sorted(child.name for child in path.parent.iterdir()) == ["keys.json", "keys.lock"]


@settings(max_examples=30)
@given(value=st.emails())
def test_blind_indexes_ignore_case_and_blanks_but_differ_by_column_and_district(lasting: Keyring, value: str) -> None:
    index = lasting.blind("riverside", "email", value)
    assert (
        index == lasting.blind("riverside", "email", f"  {value.upper()} ")
        or value.upper().casefold() != value.casefold()
    )
    assert index != lasting.blind("riverside", "phone", value)
    assert index != lasting.blind("greenview", "email", value)
    assert value not in index


def test_a_blind_index_survives_rotation(keyring: Keyring) -> None:
    before = keyring.blind("riverside", "email", "ana@example.org")
    keyring.rotate("riverside")
    assert keyring.blind("riverside", "email", "ana@example.org") == before


def test_a_master_key_is_read_from_hex_base64_or_bytes_and_derives_separate_keys() -> None:
    raw = read_master_key(MASTER)
    assert read_master_key(raw) == read_master_key(raw.hex()) == raw
    assert derive_key(MASTER, "links") != derive_key(MASTER, "sessions")
