"""The field's oldest bug on purpose: look whether the time is free, then insert; no constraint, the same wishes and clients."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg

from shared.benches.rush_world import MINUTES, Wish

_TABLE = "CREATE TABLE naive (id bigserial PRIMARY KEY, staff_id text, guardian_id text, start_at timestamptz, end_at timestamptz)"
_LOOK = "SELECT 1 FROM naive WHERE (staff_id = %s OR guardian_id = %s) AND start_at < %s AND end_at > %s LIMIT 1"
_PAIRS = (
    "SELECT count(*) FROM naive a JOIN naive b ON a.id < b.id AND a.start_at < b.end_at AND b.start_at < a.end_at "
    "AND (a.staff_id = b.staff_id OR a.guardian_id = b.guardian_id)"
)


def doubles(url: str, wanted: Sequence[Wish], *, clients: int) -> tuple[int, int]:
    """(pairs booked twice, bookings) when that many clients choose at once, each the times it is shown in their order."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLE)
        connection.execute("CREATE INDEX ON naive (staff_id, start_at)")
        connection.execute("CREATE INDEX ON naive (guardian_id, start_at)")
        barrier = threading.Barrier(clients)
        by_time = sorted(wanted, key=lambda wish: (wish.slots[0], wish.staff_id))  # the popular ones are asked for together
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda n: _client(url, by_time[n::clients], barrier), range(clients)))
        pairs = connection.execute(_PAIRS).fetchone()
        count = connection.execute("SELECT count(*) FROM naive").fetchone()
        connection.execute("DROP TABLE naive")
    return int(pairs[0]) if pairs else 0, int(count[0]) if count else 0


def _client(url: str, wanted: Sequence[Wish], barrier: threading.Barrier) -> None:
    with psycopg.connect(url) as connection:
        barrier.wait(timeout=60)
        for wish in wanted:
            for start in wish.slots:
                end = start + timedelta(minutes=MINUTES)
                busy = connection.execute(_LOOK, (wish.staff_id, wish.guardian_id, end, start)).fetchone()
                if busy is None:
                    connection.execute(
                        "INSERT INTO naive (staff_id, guardian_id, start_at, end_at) VALUES (%s, %s, %s, %s)",
                        (wish.staff_id, wish.guardian_id, start, end),
                    )
                connection.commit()
                if busy is None:
                    break
