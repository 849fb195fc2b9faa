"""The peers' own environments: each made from its lock in `tests/bench/` on first use."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "bench" / "peers"
LIBRETRANSLATE = "libretranslate"  # pins what the other peers cannot live with


def python(peer: str | None = None) -> Path:
    """The interpreter of the peers, or of one that needs an environment of its own; installs it (a minute, once)."""
    lock = ROOT / "tests" / "bench" / f"{peer or 'requirements'}.lock"
    venv = ROOT / (f".venv-{peer}" if peer else ".venv-bench")
    stamp = venv / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    interpreter = venv / "bin" / "python"
    turn = ROOT / ".state" / f"{venv.name}.lock"
    turn.parent.mkdir(exist_ok=True)
    with turn.open("w") as held:  # tests of several processes may want it at once: one installs, the others wait
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == wanted):
            _install(venv, lock, interpreter)
            stamp.write_text(wanted)
    return interpreter


def _install(venv: Path, lock: Path, interpreter: Path) -> None:
    print(f"installing {lock.name} into {venv.name} …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True, stdout=sys.stderr)
    command = [str(interpreter), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)]
    subprocess.run(command, check=True, stdout=sys.stderr)


def versions(names: Sequence[str] = ("nameko", "celery", "kombu", "psycopg2-binary")) -> dict[str, str]:
    """What is measured beside us."""
    script = (
        "import json; from importlib.metadata import version; "
        f"print(json.dumps({{name: version(name) for name in {tuple(names)!r}}}))"
    )
    output = subprocess.run([str(python()), "-c", script], check=True, capture_output=True, text=True).stdout
    import json

    found: dict[str, str] = json.loads(output)
    return found
