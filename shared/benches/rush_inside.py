"""Booking without HTTP: replies in batches through the service's own handler, on SQLite with every commit on the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from shared.benches.rush_world import Wish, doubles, fill, module, untaken
from shared.clock import SystemClock, monotonic
from shared.identity import Links
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.database import sqlite_engine
from shared.tenancy.migrate import upgrade

BATCH = 200  # what an inbox hands to a handler at once when many wait (its normal lane)
DISTRICT = "bench"


def run(wanted: Sequence[Wish], *, now: datetime) -> dict[str, Any]:
    """Every household's first choice, and for who came too late the first of the next times, until everybody has one."""
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "scheduling.sqlite")
        migrations = _migrations()
        with engine.begin() as connection:
            upgrade(connection, migrations)
            fill(connection, wanted, now=now)
        vault = Keyring.create(Path(folder) / "keys.json", new_master_key())
        booked, again, seconds = _play(engine, vault, wanted)
        with engine.begin() as connection:
            found = {"in_process_doubles": doubles(connection), "in_process_untaken": untaken(connection)}
        engine.dispose()
    return {
        "in_process_per_s": round(booked / seconds, 1),
        "in_process_booked": booked,
        "in_process_offered_again": again,
        **found,
    }


def _migrations() -> Path:
    return Path(str(module("service").__file__)).parent / "migrations"


def _play(engine: sa.Engine, vault: Keyring, wanted: Sequence[Wish]) -> tuple[int, int, float]:
    booking, ports = module("handlers.booking"), module("ports").Ports(Links("k" * 40), "")
    clock = SystemClock()
    left = [SimpleNamespace(offer_id=wish.offer_id, guardian_id=wish.guardian_id) for wish in wanted]
    booked = again = 0
    begun = monotonic()
    while left:
        part, left = left[:BATCH], left[BATCH:]
        with engine.begin() as connection:
            uow = UnitOfWork(connection, service="scheduling", district=DISTRICT, now=clock.now(), vault=vault)
            asked = {
                f"{each.offer_id}-1": booking.Answer(f"{each.offer_id}-1", each.offer_id, 1, each.guardian_id, uow.now)
                for each in part
            }
            results = booking.book(uow, ports, list(asked.values()))
            uow.flush()
        for key, result in results.items():
            booked += int(result.outcome == "booked")
            if result.outcome == "again":
                again += 1
                left.append(SimpleNamespace(offer_id=result.ref, guardian_id=asked[key].guardian_id))
    return booked, again, monotonic() - begun
