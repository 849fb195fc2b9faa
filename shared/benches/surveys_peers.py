"""What stands beside us in `bench surveys`: django-survey-and-report under gunicorn, and survey-core as a validator."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from shared.backing.process import free_port
from shared.benches import peers
from shared.benches import surveys_world as world
from shared.benches.agreement_node import node
from shared.benches.calendars import packages
from shared.benches.cell import BenchCell
from shared.benches.processes import until
from shared.benches.surveys_ours import client

SCHEMA = "peer_survey"
VERSIONS = ("django-survey-and-report", "django", "gunicorn")


@dataclass
class Django:
    """The app with its survey published; `ids` names our questions as its form does."""

    bench: BenchCell
    port: int
    survey: int
    ids: Mapping[str, int]
    taken: int = 0

    def go(self, count: int, *, clients: int) -> dict[str, Any]:
        """So many journeys; the forms are those of ours."""
        numbers = range(self.taken, self.taken + count)
        self.taken += count
        journeys = [(f"/survey/{self.survey}/", self._form(world.answers(number))) for number in numbers]
        return client(self.bench.file.parent, [self.port], journeys, clients=clients, rate=0)

    def rows(self) -> tuple[int, int]:
        """Responses and answers that it has kept."""
        with self.bench.connect() as connection:
            row = connection.execute(
                f"SELECT (SELECT count(*) FROM {SCHEMA}.survey_response), (SELECT count(*) FROM {SCHEMA}.survey_answer)"
            ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _form(self, form: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
        slugs = {"not_at_all": "not_at_all"}
        return {
            f"question_{self.ids[name.partition('.')[0]]}": [slugs.get(value, value) for value in values]
            for name, values in form.items()
        }


@contextmanager
def django(bench: BenchCell, *, workers: int) -> Iterator[Django]:
    """Migrated, published and served: on the same PostgreSQL as ours, each worker with threads that keep connections."""
    with bench.connect() as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    environment = _environment(bench)
    python = str(peers.python())
    made = subprocess.run(
        [python, "-W", "ignore", "survey_django.py", "migrate"],
        cwd=peers.PEERS, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    known = json.loads(made.stdout.strip().splitlines()[-1])
    port = free_port(0)
    command = [python, "-m", "gunicorn", "survey_django:application", "-b", f"127.0.0.1:{port}", "-w", str(workers)]
    command += ["-k", "gthread", "--threads", "4", "--keep-alive", "60", "--log-level", "critical"]
    process = subprocess.Popen(command, cwd=peers.PEERS, env=environment)
    try:
        until(lambda: _answers(port, known["survey"]), what="the Django app", seconds=60)
        yield Django(bench, port, known["survey"], known["questions"])
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(port: int, survey: int) -> bool:
    import requests

    try:
        return requests.get(f"http://127.0.0.1:{port}/survey/{survey}/", timeout=10).ok
    except requests.RequestException:
        return False


def _environment(bench: BenchCell) -> dict[str, str]:
    url = urlsplit(bench.database_url)
    parts = {
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or 5432),
        "SCHEMA": SCHEMA,
    }
    return {**os.environ, **{f"PEER_PG_{name}": value for name, value in parts.items()}}


def survey_core(folder: Path, *, seconds: float) -> dict[str, Any]:
    """How many answers survey-core validates per CPU-second, in a Node process of its own."""
    file = folder / "answers.json"
    file.write_text(json.dumps([_plain(number) for number in range(500)]))
    command = [node(), str(peers.PEERS / "survey_core.mjs"), str(packages()), str(file), str(seconds)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return found


def _plain(number: int) -> dict[str, Any]:
    form = world.answers(number)
    one = {name.partition(".")[0]: values[0] for name, values in form.items() if name != "times"}
    return {**one, "times": form["times"]}


def versions() -> dict[str, str]:
    return peers.versions(VERSIONS)
