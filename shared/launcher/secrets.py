"""Where secrets come from: the environment; in embedded mode, a file of the state directory that is made once."""

from __future__ import annotations

import json
import os
import secrets as random
from dataclasses import dataclass
from pathlib import Path

from shared.errors import HomeroomError
from shared.privacy.keyring import Keyring
from shared.tenancy.cell import Cell
from shared.tenancy.database import SEED

MASTER = "HOMEROOM_MASTER_KEY"
LINK = "HOMEROOM_LINK_KEY"
KEYRING = "HOMEROOM_KEYRING"


@dataclass(frozen=True)
class Secrets:
    """`repr` shows none of them."""

    master_key: bytes
    link_key: bytes

    def __repr__(self) -> str:
        return "Secrets(…)"


def load(cell: Cell) -> Secrets:
    """HomeroomError names the variable that is missing and how to make one."""
    stored = _own(cell) if cell.embedded else {}
    return Secrets(_read(MASTER, stored), _read(LINK, stored))


def keyring(cell: Cell, secrets: Secrets) -> Keyring:
    """The cell's key file: `HOMEROOM_KEYRING`, else `keyring.json` in the state directory."""
    path = Path(os.environ.get(KEYRING) or cell.state_dir / "keyring.json")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Keyring.load_or_create(path, secrets.master_key)


def _read(name: str, stored: dict[str, str]) -> bytes:
    text = os.environ.get(name) or stored.get(name)
    if not text:
        raise HomeroomError(
            "secret.missing",
            f"{name} is not set",
            f'export {name}="$(python3 -c "import secrets; print(secrets.token_hex(32))")"',
        )
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise HomeroomError("secret.malformed", f"{name} is not 64 hexadecimal digits", "make a new one (see --help)")
    return value


def _own(cell: Cell) -> dict[str, str]:
    """Embedded mode's own secrets, 0600, made on first use."""
    cell.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = cell.state_dir / "secrets.json"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found
    made = {name: random.token_hex(32) for name in (MASTER, LINK, SEED)}
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(made, file)
    return made
