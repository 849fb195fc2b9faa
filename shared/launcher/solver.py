"""Asks the conference solver, a process of its own: it computes for a minute on every core and compiles at first use."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.backing.state import REPOSITORY
from shared.errors import HomeroomError

MODULE = "services.scheduling.solver"

Progress = Callable[[float, int], None]
"""Hears (seconds, objective) of every better plan."""


def ask(
    verb: str,
    instance: Path,
    *,
    plan: Path | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Any]:
    """The process's answer to `verb` (see the module's --help), also in the file `out`; HomeroomError where it refuses.

    `options` are its own: `time_limit=60` becomes `--time-limit 60`, True a flag, a list the option so many times.
    """
    command = [sys.executable, "-m", MODULE, verb, "--instance", str(instance.absolute())]
    command += ["--plan", str(plan.absolute())] if plan is not None else []
    for name, value in options.items():
        command += _option("--" + name.replace("_", "-"), value)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", cwd=REPOSITORY
    ) as process:
        told: list[str] = []
        listener = threading.Thread(target=_listen, args=(process.stderr, told, progress))
        listener.start()
        try:
            assert process.stdout is not None
            text = process.stdout.read()
            code = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            listener.join()
    if code != 0:
        raise _refused(told, verb)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    answer: dict[str, Any] = json.loads(text)
    return answer


def _option(name: str, value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return [name]
    if isinstance(value, list):
        return [text for one in value for text in (name, str(one))]
    return [name, str(value)]


def _listen(lines: Any, told: list[str], progress: Progress | None) -> None:
    for line in lines:
        told.append(line)
        if progress is not None and line.startswith('{"seconds"'):
            step = json.loads(line)
            progress(step["seconds"], step["objective"])


def _refused(told: list[str], verb: str) -> HomeroomError:
    for line in reversed(told):
        if line.startswith('{"error"'):
            error = json.loads(line)["error"]
            return HomeroomError(error["code"], error["message"], error["remedy"], error["where"])
    return HomeroomError(
        "SOLVER_ENDED", "the solver ended without an answer", f"run it by hand: python -m {MODULE} {verb} --help", verb
    )
