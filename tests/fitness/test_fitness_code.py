"""House rules that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from shared.backing.state import REPOSITORY

if TYPE_CHECKING:
    from conftest import Module

LONGEST_MODULE = 400
LARGE_MODULE = 250
FEW = 0.08
TIME_READS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "time_ns"), ("time", "monotonic"), ("time", "perf_counter"), ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip


def _time_reads(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
        if (name, node.func.attr) in TIME_READS:
            yield node.lineno, f"{name}.{node.func.attr}()"


def test_only_the_clock_reads_the_time(modules: list[Module]) -> None:
    found = [
        f"{module.place}:{line} {call} → take a shared.clock.Clock, or shared.clock.monotonic for durations"
        for module in modules
        if module.place != "shared/clock.py"
        for line, call in _time_reads(module.tree)
    ]
    assert not found, "\n".join(found)


def test_a_module_is_a_thought(modules: list[Module]) -> None:
    """Most 30 to 120 lines, few above 250 (docs/architecture.md), none beyond what one can hold in mind."""
    sizes = {module.place: module.source.count("\n") for module in modules}
    monstrous = [f"{place}: {size} lines" for place, size in sizes.items() if size > LONGEST_MODULE and "/versions/" not in place]
    assert not monstrous, "\n".join(monstrous)
    large = [
        f"{place}: {size} lines" for place, size in sizes.items() if size > LARGE_MODULE and "/versions/" not in place
    ]
    assert len(large) <= FEW * len(modules), "more than a few large modules:\n" + "\n".join(large)


def test_every_module_says_what_it_is_for(modules: list[Module]) -> None:
    silent = [
        module.place
        for module in modules
        if module.source.strip() and "/versions/" not in module.place and not ast.get_docstring(module.tree)
    ]
    assert not silent, "\n".join(silent)


def test_sql_lives_in_stores_and_tables(modules: list[Module]) -> None:
    """Services only: shared machinery (outbox, inbox, migrations) is itself the store."""
    sql = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s", re.DOTALL)
    found = [
        f"{module.place}:{node.lineno}"
        for module in modules
        if module.place.startswith("services/")
        and module.path.name not in {"store.py", "tables.py"}
        and not {"migrations", "store", "tables"} & set(module.path.parent.parts)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.search(node.value)
    ]
    assert not found, "\n".join(found)


def test_nothing_is_left_to_do(modules: list[Module]) -> None:
    marker = re.compile(r"#\s*(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    found = [
        f"{module.place}:{number}"
        for module in modules
        for number, line in enumerate(module.source.splitlines(), 1)
        if marker.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def committed() -> list[tuple[str, str]]:
    """Path and text of every text file that is, or is about to be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=REPOSITORY, capture_output=True,
        text=True, check=True,
    ).stdout  # fmt: skip
    found = []
    for name in filter(None, listed.split("\0")):
        path = REPOSITORY / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            found.append((name, path.read_bytes().decode("utf-8", errors="ignore")))
    return found


def test_the_tree_names_no_machine_and_no_registry(committed: list[tuple[str, str]]) -> None:
    # Written in pieces, or this file would find itself.
    places = (
        "/work" + r"/(main|shared|\.library)\b", "/root" + "/", "/home" + r"/[a-z]+/", "/opt" + "/(pypi|wheels)",
        r"\bpypi" + r"\.(org|python)", "pythonhosted" + r"\.org", r"registry\." + "npmjs", "proxy.golang" + ".org",
    )  # fmt: skip
    pattern = re.compile("|".join(places))
    found = [
        f"{name}:{number}"
        for name, text in committed
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_test_is_skipped_or_sleeps(committed: list[tuple[str, str]]) -> None:
    """Conformance alone may skip, where the bundles are absent."""
    evasion = re.compile(r"pytest\." + r"(skip|xfail|mark\.skip|mark\.xfail)|time\." + "sleep")
    found = [
        f"{name}:{number}"
        for name, text in committed
        if re.match(r"tests/(?!conformance/).*\b(test_\w+|conftest)\.py", name)
        for number, line in enumerate(text.splitlines(), 1)
        if evasion.search(line)
    ]
    assert not found, "\n".join(found)
