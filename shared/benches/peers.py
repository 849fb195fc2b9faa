"""The peers' own environment: made from `tests/bench/requirements.lock` on first use."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "bench" / "peers"
_LOCK = ROOT / "tests" / "bench" / "requirements.lock"
_VENV = ROOT / ".venv-bench"


def python() -> Path:
    """The peers' interpreter; installs what is missing (a minute, once)."""
    stamp = _VENV / "lock.sha256"
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    interpreter = _VENV / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return interpreter
    print("installing the peers into .venv-bench …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(_VENV)], check=True, stdout=sys.stderr)
    command = [str(interpreter), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(_LOCK)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    stamp.write_text(wanted)
    return interpreter


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
