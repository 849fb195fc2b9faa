"""Every command block of the docs is executed, or, where it is long or needs servers, checked word by word.

A block of shell commands stands behind `<!-- run: block -->` (executed here, in a folder of its own) or
`<!-- run: verb -->` (its commands are what other tests and `.ci/run` run; verbs, options and files must exist).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.backing.state import REPOSITORY
from shared.cli.deploy_rules.commands import misunderstood

FENCE = re.compile(
    r"(?:<!-- run: (?P<how>\w+) -->\n)?^ *```(?P<language>\w*)\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
SHELL = {"sh", "bash", "shell", "console"}
COMMAND = re.compile(r"^(?:.*\s)?\./homeroom +([^\n|;&#]+)")
OURS = re.compile(r"(?<![\w/.])(?:deploy|docs|services|shared|tests)/[\w./-]+")


@dataclass(frozen=True)
class Block:
    """One fenced block and how it says it is run."""

    page: str
    number: int
    how: str | None
    language: str
    body: str

    def __str__(self) -> str:
        return f"{self.page}#{self.number}"


def _blocks() -> list[Block]:
    found = []
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "services/*/README.md"):
        for path in sorted(REPOSITORY.glob(pattern)):
            page = str(path.relative_to(REPOSITORY))
            for number, match in enumerate(FENCE.finditer(path.read_text(encoding="utf-8")), 1):
                found.append(Block(page, number, match["how"], match["language"], match["body"]))
    return found


BLOCKS = _blocks()
RUNS = re.compile(r"^\s*(?:\./homeroom|\.venv/bin/\w+|docker|systemctl) ", re.MULTILINE)
COMMANDS = [block for block in BLOCKS if block.language in SHELL or RUNS.search(block.body)]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that looks like a clone; what a block writes stays in it."""
    launcher = tmp_path / "homeroom"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m shared.cli "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    (tmp_path / "deploy").symlink_to(REPOSITORY / "deploy")
    return tmp_path


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_a_command_block_says_how_it_is_run(block: Block) -> None:
    assert block.language in SHELL, "a block of commands is marked ```sh"
    assert block.how in {"block", "verb"}, "put <!-- run: block --> or <!-- run: verb --> on the line before it"


@pytest.mark.parametrize("block", [block for block in COMMANDS if block.how == "block"], ids=str)
def test_a_command_block_works(block: Block, elsewhere: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "HOMEROOM_STATE": str(elsewhere / ".state")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.body],
        cwd=elsewhere,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{block.body}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_a_command_block_names_what_exists(block: Block) -> None:
    wrong = []
    for line in block.body.splitlines():
        if match := COMMAND.match(line):
            why = misunderstood(match[1].split())
            wrong += [f"{line.strip()}: {why}"] if why else []
        code = line.partition(" #")[0]
        wrong += [f"{line.strip()}: no {path}" for path in OURS.findall(code) if not (REPOSITORY / path).exists()]
    assert not wrong, "\n".join(wrong)


def test_every_link_leads_somewhere() -> None:
    link = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
    broken = [
        f"{path.relative_to(REPOSITORY)}: {target}"
        for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "services/*/README.md")
        for path in sorted(REPOSITORY.glob(pattern))
        for target in link.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


def test_the_readme_is_read_in_one_sitting() -> None:
    assert (REPOSITORY / "README.md").read_text(encoding="utf-8").count("\n") <= 150


def test_the_readme_runs_something() -> None:
    assert any(block.page == "README.md" and block.how == "block" for block in COMMANDS)
