"""What each test costs: `--measure` notes it, `--quick` leaves out what is slow; browsers and the longest files begin.

`tests/timings.json` is written by `pytest --measure`, for the files that were run: seconds of processor (the test's process and the
children it waited for, so that a busy machine changes little) by file, and by name for the tests that are slow. What it
does not know yet counts as quick.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
TIMINGS = HERE / "timings.json"
SLOW = 0.05  # seconds of processor of one test, its fixtures included; `--quick` runs what is below
LONG = 4.0  # seconds of a file; such a file is begun early, so that no worker is left alone with it at the end
SERVERS = frozenset({"backing", "rabbitmq", "postgresql"})
WHOLE = "whole file"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("homeroom")
    group.addoption("--quick", action="store_true", help="leave out what needs a server and what is slow")
    group.addoption("--measure", action="store_true", help=f"note in {TIMINGS.name} what the files of this run cost")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("measure") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Scribe(), "scribe")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    costs = known()
    if config.getoption("quick"):
        left_out = [item for item in items if not _quick(item, costs)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _quick(item, costs)]

    def begins(item: pytest.Item) -> tuple[bool, float]:
        cost = costs.get(_file(item.nodeid), {}).get(WHOLE, 0.0)
        return needs_browser(item), cost if cost >= LONG else 0.0

    items.sort(key=begins, reverse=True)  # the others stay in the order that chance gave them


def needs_browser(item: pytest.Item) -> bool:
    """Of a file that takes anything from tests/browser.py. They run one after the other, so that one browser does."""
    return _takes_from_browser(getattr(item, "module", None))


@cache
def _takes_from_browser(module: ModuleType | None) -> bool:
    return any(getattr(value, "__module__", "") == "tests.browser" for value in vars(module or object).values())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None]:
    """End the browser before tests that need none: while it runs, nobody else may run an asyncio loop in this thread."""
    try:
        return (yield)
    finally:
        if (browser := sys.modules.get("tests.browser")) and (nextitem is None or not needs_browser(nextitem)):
            browser.close()


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.config.getoption("measure"):
        now = _processor()
        report.user_properties.append(("processor", now - _SPENT.get("until", now)))
        _SPENT["until"] = now
    return report


_SPENT: dict[str, float] = {}


def pytest_runtest_logstart() -> None:
    _SPENT["until"] = _processor()


def _processor() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


class _Scribe:
    """Adds up what the reports say, also those of other processes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += sum(
            float(str(value)) for name, value in report.user_properties if name == "processor"
        )

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus > pytest.ExitCode.TESTS_FAILED or not self.seconds:
            return  # broken off: what is known already is better
        files: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        dearest: dict[tuple[str, str], float] = defaultdict(float)
        for test, seconds in self.seconds.items():
            files[_file(test)][WHOLE] += seconds
            named = (_file(test), _name(test))
            dearest[named] = max(dearest[named], seconds)
        for (file, name), seconds in dearest.items():
            if seconds > SLOW:
                files[file][name] = seconds
        measured = {file: {name: round(value, 2) for name, value in costs.items()} for file, costs in files.items()}
        merged = {file: costs for file, costs in (known() | measured).items() if (HERE.parent / file).exists()}
        TIMINGS.write_text(json.dumps(merged, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def known() -> dict[str, dict[str, float]]:
    """Seconds by file and name, as last measured."""
    return dict(json.loads(TIMINGS.read_bytes())) if TIMINGS.exists() else {}


def _quick(item: pytest.Item, costs: dict[str, dict[str, float]]) -> bool:
    if item.get_closest_marker("always"):
        return True
    fixtures = {*getattr(item, "fixturenames", ())}
    if callspec := getattr(item, "callspec", None):
        fixtures |= {value for value in callspec.params.values() if isinstance(value, str)}
    return not fixtures & SERVERS and costs.get(_file(item.nodeid), {}).get(_name(item.nodeid), 0.0) <= SLOW


def _file(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def _name(nodeid: str) -> str:
    return nodeid.split("::", 1)[-1].split("[", 1)[0]
