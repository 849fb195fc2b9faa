"""Where the private servers keep their files, and what is remembered about them between commands."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


def state_root(environ: Mapping[str, str] = os.environ) -> Path:
    """`HOMEROOM_STATE`, else `.state` in the repository."""
    configured = environ.get("HOMEROOM_STATE")
    return Path(configured).resolve() if configured else REPOSITORY / ".state"


def backing_root(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the private servers that `homeroom backing up` starts."""
    return state_root(environ) / "backing"


def data_root(state: Path) -> Path:
    """Where the servers' data lies: in `state`, unless their own users cannot reach it (a clone under a 0700 home)."""
    if os.geteuid() != 0 or _reachable_by_others(state):
        return state
    return Path("/var/lib/homeroom-backing") / hashlib.sha256(str(state).encode()).hexdigest()[:12]


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())


def read_record(state: Path) -> dict[str, Any]:
    """What was written by `write_record`, or an empty record."""
    try:
        record = json.loads((state / "backing.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return record if isinstance(record, dict) else {}


def write_record(state: Path, record: Mapping[str, Any]) -> None:
    """Replace the record in one step; it holds passwords, hence mode 0600."""
    state.mkdir(parents=True, exist_ok=True)
    fresh = state / f"backing.json.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(dict(record), handle, indent=1)
    fresh.replace(state / "backing.json")


def password(state: Path, record: dict[str, Any], *, name: str) -> str:
    """The generated password of that name, made on first use and kept in the record."""
    passwords = record.setdefault("passwords", {})
    if name not in passwords:
        passwords[name] = secrets.token_urlsafe(24)
        write_record(state, record)
    return str(passwords[name])


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """One `up` or `down` at a time; a second waits for the first."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "backing.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
