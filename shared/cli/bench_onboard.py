"""`homeroom bench onboard`: generate, validate, plan and apply a district, apply it again, apply a 1 % delta.

The work runs in a child process, so that its peak memory is its own and includes nothing of the caller's.
"""

from __future__ import annotations

import json as json_module
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.benches.processes import peak_rss_mb
from shared.clock import SystemClock, monotonic
from shared.errors import HomeroomError

DELTA_SHARE = 0.01
LIMITS = {"peak_rss_mb": 600.0, "noop_events": 0, "delta_ratio": 0.10}
SLUG = "generated"


def run(students: int, *, json: bool = False) -> dict[str, Any]:
    """Figures of one run: seconds, peak_rss_mb, noop_events, delta_seconds, delta_ratio and the stages' times.

    `json` keeps the figures from being printed as lines; the caller prints the object.
    """
    command = [sys.executable, "-m", "shared.cli.bench_onboard", str(students)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode:
        raise HomeroomError("bench.onboard", "the measured process failed", "run it with HOMEROOM_DEBUG=1",
                            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "")  # fmt: skip
    figures: dict[str, Any] = json_module.loads(done.stdout.splitlines()[-1])
    if not json:
        for name, value in figures.items():
            print(f"{name:<18} {value}")
    return figures


def measure(students: int) -> dict[str, Any]:
    """The same in this process."""
    from shared.directory import engine
    from shared.directory.generate import generate, generate_delta
    from shared.launcher.components import component
    from shared.launcher.process import build_runtime
    from shared.tenancy.cell import embedded_cell
    from shared.tenancy.provision import provision

    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="homeroom-bench-") as name:
        folder, delta = Path(name) / "folder", Path(name) / "delta"
        runtime = build_runtime(embedded_cell(Path(name) / "state", (SLUG,)), clock=SystemClock())
        provision(runtime.cell, runtime.databases, [component("directory")])

        def apply(path: Path, checksum: str | None = None) -> engine.Applied:
            with runtime.unit_of_work("directory", SLUG) as uow:
                return engine.apply(uow, path, checksum=checksum, work=Path(name))

        with _timed(times, "generate"):
            made = generate(students, seed=1, out=folder)
        generate_delta(folder, share=DELTA_SHARE, out=delta)
        with _timed(times, "validate"):
            report = engine.validate(folder)
        if not report.ok:
            raise HomeroomError("bench.folder", "the generated folder has errors", "run homeroom validate on it")
        with _timed(times, "plan"), runtime.databases.transaction("directory", SLUG) as connection:
            plan = engine.plan(connection, folder, now=runtime.clock.now())
        with _timed(times, "apply"):
            first = apply(folder, plan.checksum)
        with _timed(times, "reapply"):
            again = apply(folder)
        with _timed(times, "delta_validate"):
            engine.validate(delta)
        with _timed(times, "delta_plan"), runtime.databases.transaction("directory", SLUG) as connection:
            engine.plan(connection, delta, now=runtime.clock.now())
        with _timed(times, "delta_apply"):
            changed = apply(delta)
        runtime.databases.dispose()
    full = sum(times[stage] for stage in ("validate", "plan", "apply"))
    part = sum(times[f"delta_{stage}"] for stage in ("validate", "plan", "apply"))
    return {
        "students": made.students,
        "guardians": made.guardians,
        "enrollments": made.enrollments,
        "rows": report.rows,
        "seconds": round(times["generate"] + full, 2),
        "peak_rss_mb": round(peak_rss_mb([os.getpid()]), 1),  # not ru_maxrss: a child's begins with its parent's
        "events": first.events,
        "noop_events": again.events,
        "delta_events": changed.events,
        "delta_seconds": round(part, 2),
        "delta_ratio": round(part / full, 4),
        **{f"{stage}_seconds": round(value, 2) for stage, value in times.items()},
    }


@contextmanager
def _timed(times: dict[str, float], stage: str) -> Iterator[None]:
    begun = monotonic()
    yield
    times[stage] = monotonic() - begun


if __name__ == "__main__":
    print(json_module.dumps(measure(int(sys.argv[1]))))
