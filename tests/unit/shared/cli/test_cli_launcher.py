"""The launcher, in a copy of its own with a Python and a pip that only pretend: no network."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.backing.state import REPOSITORY

# Answers the launcher's questions, notes each installation, and "runs" the CLI by printing its arguments.
PYTHON = r"""#!/bin/sh
here="{here}"
case "$*" in
  "-c import sys; sys.exit(sys.version_info"*) exit 0 ;;
  "-c import ensurepip, venv") [ {venv} = 0 ] || [ -e "$here/apt" ]; exit $? ;;
  "-c import pip") exit 0 ;;
  "-c import sys; print"*) echo python3.11-venv ;;
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo venv >>"$here/log" ;;
  "-m pip install"*) echo "pip $(basename "$(eval echo \${{$#}})")" >>"$here/log"; sleep {slow}; exit {pip} ;;
  "-P -m shared.cli"*) echo "cli from $PWD:$*" ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone: launcher and locks, no .venv."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    shutil.copy(REPOSITORY / "homeroom", folder / "homeroom")
    (folder / "requirements.lock").write_text("a==1 \\\n", encoding="utf-8")
    (folder / "requirements-dev.lock").write_text("b==1 \\\n", encoding="utf-8")
    _pretend(folder)
    return folder


def _pretend(clone: Path, *, venv: int = 0, pip: int = 0, slow: str = "0") -> None:
    python = clone / "python"
    python.write_text(PYTHON.format(here=clone, venv=venv, pip=pip, slow=slow), encoding="utf-8")
    python.chmod(0o755)


def _start(clone: Path, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    env = {"PATH": os.environ["PATH"], "HOMEROOM_PYTHON": str(clone / "python")}
    return subprocess.Popen(
        [str(clone / "homeroom"), *arguments], cwd=cwd or clone, env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _run(clone: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    process = _start(clone, *arguments, cwd=cwd)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def _log(clone: Path) -> list[str]:
    return (clone / "log").read_text(encoding="utf-8").splitlines()


def test_the_first_use_installs_and_runs_where_the_person_stands(clone: Path, tmp_path: Path) -> None:
    code, out, err = _run(clone, "demo", "--json", cwd=tmp_path)
    assert (code, out) == (0, f"cli from {tmp_path}:-P -m shared.cli demo --json\n")
    assert "homeroom: making .venv" in err
    assert _log(clone) == ["venv", "pip requirements.lock"]


def test_the_second_use_installs_nothing(clone: Path) -> None:
    _run(clone, "demo")
    _, _, err = _run(clone, "demo")
    assert err == ""
    assert _log(clone) == ["venv", "pip requirements.lock"]


def test_tests_install_their_own_lock_too(clone: Path) -> None:
    _run(clone, "demo")
    _run(clone, "test")
    assert _log(clone) == ["venv", "pip requirements.lock", "pip requirements-dev.lock"]


def test_a_changed_lock_is_installed(clone: Path) -> None:
    _run(clone, "demo")
    (clone / "requirements.lock").write_text("a==2 \\\n", encoding="utf-8")
    _run(clone, "demo")
    assert _log(clone) == ["venv", "pip requirements.lock", "pip requirements.lock"]


def test_a_failed_installation_says_what_to_do_and_starts_over(clone: Path) -> None:
    _pretend(clone, pip=1)
    code, out, err = _run(clone, "demo")
    assert (code, out) == (1, "")
    assert "run the same command again" in err
    _pretend(clone)
    code, _, err = _run(clone, "demo")
    assert code == 0
    assert "interrupted; starting again" in err
    assert _log(clone) == ["venv", "pip requirements.lock", "venv", "pip requirements.lock"]


def test_two_first_uses_at_once_install_once(clone: Path) -> None:
    _pretend(clone, slow="1")
    both = [_start(clone, "demo"), _start(clone, "demo")]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all("shared.cli demo" in out for out, _ in said)
    assert _log(clone) == ["venv", "pip requirements.lock"]


def _as(clone: Path, uid: int) -> subprocess.CompletedProcess[str]:
    """Run as somebody of that user id, with an apt-get that notes what it is asked."""
    fake = clone / "bin"
    fake.mkdir()
    for name, body in (("id", f"echo {uid}"), ("apt-get", f'echo "$*" >>"{clone}/apt"')):
        (fake / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (fake / name).chmod(0o755)
    env = {"PATH": f"{fake}:{os.environ['PATH']}", "HOMEROOM_PYTHON": str(clone / "python")}
    return subprocess.run([str(clone / "homeroom"), "demo"], env=env, capture_output=True, text=True, check=False)


def test_without_ensurepip_somebody_else_than_root_is_told_exactly_what_to_run(clone: Path) -> None:
    _pretend(clone, venv=1)
    done = _as(clone, 1000)
    assert done.returncode == 1
    assert "Run: sudo apt-get update && sudo apt-get install -y python3.11-venv" in done.stderr
    assert not (clone / "apt").exists()


def test_without_ensurepip_root_gets_it_installed(clone: Path) -> None:
    _pretend(clone, venv=1)
    done = _as(clone, 0)
    assert done.returncode == 0
    assert (clone / "apt").read_text(encoding="utf-8").splitlines()[-1].endswith("install -y -qq python3.11-venv")
