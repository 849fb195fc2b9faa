"""`homeroom bench invitations`: a district of so many guardians is asked a survey, school by school, all due at once.

Through the product's own campaigns: each guardian looked up, policy and boundaries asked, the assignment inserted, the link
signed, the events with a page of links each sealed and written to the outbox, on PostgreSQL with fsync. What is counted is
read back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from shared.benches import surveys_world as world
from shared.benches.cell import DISTRICT, bench_cell
from shared.benches.peers import ROOT
from shared.clock import SystemClock, monotonic
from shared.errors import HomeroomError
from shared.identity import Links
from shared.launcher.components import COMPONENTS
from shared.messaging.envelope import decode
from shared.tenancy.migrate import upgrade

PER_SCHOOL = 20_000
SAMPLED = 500  # links that are opened again
Say = Callable[[str], None]


def run(*, count: int, workers: int, say: Say) -> dict[str, Any]:
    """The keys that the issue names."""
    schools = max(workers, count // PER_SCHOOL)
    with bench_cell(components=COMPONENTS, upgrade=upgrade) as bench:
        say(f"{count} guardians move into {schools} schools")
        world.move_in(bench.runtime, count, schools=schools)
        folder = bench.file.parent
        given = world.ports(folder, bench.runtime.link_key)
        world.plan(bench.runtime, now=SystemClock().now(), schools=schools)
        command = [sys.executable, "-m", "shared.benches.invitations_worker", str(bench.file), str(folder)]
        say(f"{workers} workers")
        begun = monotonic()
        running = [subprocess.Popen(command, env=bench.environment, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(workers)]
        said = [process.communicate()[0] for process in running]
        seconds = monotonic() - begun
        if any(process.returncode for process in running):
            raise HomeroomError("WORKER_ENDED", "a worker ended with an error", "read the lines above", "bench invitations")
        with bench.connect() as connection:
            connection.execute("SET search_path = surveys")
            row = connection.execute(
                "SELECT (SELECT count(*) FROM assignment), (SELECT count(DISTINCT guardian_id) FROM assignment),"
                " (SELECT count(*) FROM outbox WHERE routing_key LIKE '%survey_assigned%'), current_setting('fsync')"
            ).fetchone()
            assert row is not None
        tokens, opened = _tokens(bench.runtime, given)
    return {
        "count": count,
        "seconds": round(seconds, 1),
        "rows": row[0],
        "guardians": row[1],
        "tokens": tokens,
        "tokens_opened": opened,
        "events": row[2],
        "per_s": round(row[0] / seconds),
        "peak_rss_mb": round(sum(json.loads(each)["peak_rss_mb"] for each in said), 1),
        "pages": [json.loads(each)["pages"] for each in said],
        "workers": workers,
        "schools": schools,
        "fsync": row[3],
    }


def _tokens(runtime: Any, given: Any) -> tuple[int, int]:
    """How many different guardians were sent a link, by the events; and how many of the first lead to their own assignment."""
    links: Links = given.links
    told: set[str] = set()
    found = 0
    with runtime.unit_of_work(world.SERVICE, DISTRICT) as uow:
        query = sa.text("SELECT body FROM outbox WHERE routing_key LIKE :one ORDER BY id")
        streamed = uow.connection.execution_options(yield_per=100).execute(query, {"one": "%survey_assigned%"})
        for body in streamed.scalars():
            for asked in decode(bytes(body), runtime.vault).data["asked"]:
                if len(told) < SAMPLED:
                    claims = links.read(asked["link"].rpartition("/")[2], uow.now, purpose="survey")
                    found += (claims.resource, claims.subject_id) == (asked["assignment_id"], asked["guardian_id"])
                told.add(asked["guardian_id"])
    return len(told), found


def met(figures: dict[str, Any]) -> bool:
    """A million in ninety seconds, and fewer in their part of it; every guardian once; two gigabytes at most."""
    whole = figures["rows"] == figures["guardians"] == figures["tokens"] == figures["count"]
    opened = figures["tokens_opened"] == min(SAMPLED, figures["count"])
    quick = figures["seconds"] <= max(10.0, 90.0 * figures["count"] / 1_000_000)
    return bool(whole and opened and quick and figures["peak_rss_mb"] <= 2_048)
