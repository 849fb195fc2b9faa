"""`homeroom bench report`: the reach report of a large district late in its school year, on PostgreSQL.

The year is drawn by the database: families, a million deliveries with their outcomes, replies, notes, nights, and the facts
that a count each night would have left. Then the product's own count runs (it must find nothing to correct: the drawn
facts are what it would have written), and reports are asked for: of the district and of schools, as of now and of past nights.
"""

from __future__ import annotations

import random
import secrets
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import sqlalchemy as sa

from shared.backing import urls
from shared.benches.report_year import BEGIN, DAYS, fill
from shared.clock import monotonic
from shared.launcher.components import component
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.migrate import upgrade

Say = Callable[[str], None]
LIMIT_MS = 500
COLD = 5


def run(
    *, guardians: int = 41_000, deliveries: int = 1_000_000, reports: int = 60, seed: int = 7, say: Say
) -> dict[str, Any]:
    """Milliseconds from the question to the figures with small groups hidden, over reports of several scopes and times."""
    notifications = component("notifications")
    tell = notifications.load(f"{notifications.package}.reports.verb:tell")
    count = notifications.load(f"{notifications.package}.handlers.reporting:count")
    keep = notifications.load(f"{notifications.package}.handlers.reporting:tally")
    chance = random.Random(seed)
    now = BEGIN + timedelta(days=DAYS, hours=7)
    with _district() as (engine, vault):
        say(f"drawing a year of {guardians} guardians and {deliveries} deliveries …")
        with engine.begin() as connection:
            schools = fill(connection, guardians=guardians, deliveries=deliveries, seed=seed)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))

        def timed(act: Callable[[UnitOfWork], Any]) -> tuple[float, Any]:
            began = monotonic()
            with engine.begin() as connection:
                found = act(UnitOfWork(connection, service="notifications", district="bench", now=now, vault=vault))
            return (monotonic() - began) * 1000, found

        before = _facts(engine)
        nightly_ms, _ = timed(lambda uow: count(uow, far=True))
        near_ms, _ = timed(lambda uow: count(uow))
        say(f"a night's count {nightly_ms / 1000:.1f} s, one in between {near_ms / 1000:.1f} s")
        asked = [_question(chance, schools, now) for _ in range(reports)]
        for night in {how["as_of"] for how in asked}:
            for weekly in (False, True):
                timed(partial(keep, as_of=night, weekly=weekly))
        timed(lambda uow: tell(uow, as_of=now))  # the first question of a process compiles
        times = [timed(partial(tell, **how))[0] for how in asked]
        year_ms, _ = timed(lambda uow: tell(uow, as_of=now, days=365))
        twice = [timed(lambda uow: tell(uow, as_of=asked[0]["as_of"]))[1].payload for _ in range(2)]
        cold = [_cold(engine, timed, lambda uow: tell(uow, as_of=now)) for _ in range(COLD)]
        after = _facts(engine)
    return {
        "p95_ms": round(_quantile(times, 0.95), 1),
        "p50_ms": round(statistics.median(times), 1),
        "max_ms": round(max(times), 1),
        "cold_ms": round(statistics.median(cold), 1),
        "year_ms": round(year_ms, 1),
        "nightly_count_s": round(nightly_ms / 1000, 2),
        "near_count_s": round(near_ms / 1000, 2),
        "guardians": guardians,
        "deliveries": deliveries,
        "facts": before,
        "facts_corrected": after - before,
        "schools": len(schools),
        "reports": reports,
        "as_of_repeats": twice[0] == twice[1],
    }


def _cold(engine: sa.Engine, timed: Callable[[Any], tuple[float, Any]], act: Callable[[UnitOfWork], Any]) -> float:
    """A report after every kept tally is gone."""
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM reach_tally"))
    return timed(act)[0]


def _question(chance: random.Random, schools: list[str], now: datetime) -> dict[str, Any]:
    """A third each: the district today, a school today, the district or a school on a night of the past months."""
    school = chance.choice(["", chance.choice(schools)])
    past = now - timedelta(days=chance.randint(1, 200)) if chance.random() < 1 / 3 else now
    return {"as_of": past, "school": school}


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _facts(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM reach_fact")).scalar_one())


@contextmanager
def _district() -> Iterator[tuple[sa.Engine, Any]]:
    """A database of its own on the servers that answer, with the tables as the migrations make them."""
    import tempfile

    admin, name = urls().pg, f"bench_report_{secrets.token_hex(4)}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = urlunsplit(urlsplit(admin)._replace(path=f"/{name}", scheme="postgresql+psycopg"))
    engine = sa.create_engine(url)
    try:
        with tempfile.TemporaryDirectory() as folder:
            with engine.begin() as connection:
                upgrade(connection, component("notifications").migrations)
            yield engine, Keyring.create(Path(folder) / "keys.json", new_master_key())
    finally:
        engine.dispose()
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
