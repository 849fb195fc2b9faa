"""`homeroom bench loop`: how long after an answer do the other services obey it; and does anything go out against a boundary.

Answers come over HTTP at a steady rate, whether or not the server keeps up. A trigger that fires at the commit notes, in
the database itself, when notifications and scheduling have the new version. While answers come, and after, everything
that could ask a family is tried against those who said "no surveys": an invitation put straight to notifications, and a
new campaign of surveys. What is not refused is counted.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from typing import Any

from kombu import Connection

from shared.backing.process import free_port
from shared.benches import surveys_world as world
from shared.benches.cell import DISTRICT, BenchCell, bench_cell
from shared.benches.fleet import Fleet
from shared.benches.processes import end_in_order, until
from shared.benches.surveys_ours import answers as web_answers
from shared.benches.surveys_ours import spawner
from shared.clock import SystemClock, monotonic
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.tenancy.migrate import upgrade

HEARING = ("notifications", "scheduling")
WORKERS = ("surveys", *HEARING)
CLIENTS = 16
STOPS_EVERY = 10  # every tenth family wants no surveys
WARM = 200
PATIENCE_S = 120.0
SURVEY = "bench_loop"
DEFINITION = """\
survey: bench_loop
kind: welcome
languages: [en]
title: {en: How shall we reach you}
intro: {en: It takes a minute.}
questions:
  - {id: often, type: single, text: {en: How often?}, sms: {en: How often?}, why: {en: So that it suits you.},
     options: [{value: weekly, digit: 1, label: {en: Every week}}, {value: monthly, digit: 2, label: {en: Every month}}],
     effects: [{rule: preference, field: contacts_per_month, values: {weekly: 4, monthly: 1}}]}
  - {id: more, type: single, text: {en: May we ask again?}, sms: {en: May we ask again?}, why: {en: So that we do not bother you.},
     options: [{value: "gladly", digit: 1, label: {en: Gladly}}, {value: "stop", digit: 2, label: {en: No more surveys}}],
     effects: [{rule: boundary, values: {stop: no_surveys}}]}
  - {id: anything, type: text, text: {en: Anything else?}, sms: {en: Anything else?}, why: {en: So that nothing is left out.}}
"""
_NOTED = """
CREATE SCHEMA IF NOT EXISTS noted;
CREATE TABLE noted.applied (service text, what text, guardian_id text, at timestamptz);
CREATE INDEX ON noted.applied (what, guardian_id);
CREATE FUNCTION noted.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO noted.applied VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.guardian_id, clock_timestamp());
  RETURN NULL;
END $$;
"""
Say = Callable[[str], None]


def run(*, rate: int, seconds: int, say: Say) -> dict[str, Any]:
    """The keys that the issue names, and what else tells how it went."""
    end_in_order()
    families = WARM + rate * seconds
    with _cell(families, say) as (bench, port, links, given):
        guardians = sorted(links)
        say("warm-up")
        _submit(port, [(each, links[each]) for each in guardians[:WARM]], rate=rate)
        _applied(bench, guardians[:WARM])
        say(f"{rate} answers a second for {seconds} s")
        measured = guardians[WARM:]
        with _pestering(bench) as pestering:
            sent = _submit(port, [(each, links[each]) for each in measured], rate=rate)
            _applied(bench, measured)
        say("everything that could ask those who want no surveys")
        tried, leaked, refused = _tried(bench, pestering, given)
        return _figures(bench, sent) | {
            "boundaries": len(tried), "attempts": len(tried) + 1, "refused": refused, "against_boundary": leaked,
            "offered_per_s": rate,
        }  # fmt: skip


@dataclass
class Sent:
    """By guardian when the answer was due to be sent (waiting for a free client counts); seconds until each receipt came."""

    at: dict[str, datetime] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)


@contextmanager
def _cell(families: int, say: Say) -> Iterator[tuple[BenchCell, int, dict[str, str], Any]]:
    """A cell in which everybody has been asked and all is quiet: cell, the web's port, paths by guardian, surveys' ports."""
    port = free_port(0)
    with bench_cell(components=COMPONENTS, upgrade=upgrade) as bench:
        declare(Connection(bench.cell.broker), HEARERS)
        for service in WORKERS:
            world.move_in(bench.runtime, families, service=service)
        given = world.ports(bench.file.parent, bench.runtime.link_key, definition=DEFINITION, survey=SURVEY)
        say(f"asking {families} families")
        world.send(bench.runtime, given, now=SystemClock().now(), survey=SURVEY)
        links = _links(bench, given)
        _watch(bench)
        bench.environment["HOMEROOM_DISTRICTS"] = str(bench.file.parent / "districts")
        spawns = {"web": spawner(bench, "web", "surveys", "--port", str(port)), "relay": spawner(bench, "relay")}
        spawns |= {name: spawner(bench, "serve", name) for name in WORKERS}
        with Fleet(spawns):
            until(lambda: web_answers(port), what="the web process", seconds=90)
            until(lambda: _quiet(bench), what="the invitations to be written", seconds=300, every=0.5)
            with bench.connect() as connection:
                connection.execute("ANALYZE")
            yield bench, port, links, given


def _links(bench: BenchCell, given: Any) -> dict[str, str]:
    tokens = world.tokens(bench.runtime, given)
    with bench.connect() as connection:
        rows = connection.execute("SELECT assignment_id, guardian_id FROM surveys.assignment").fetchall()
    return {guardian: f"/surveys/s/{tokens[assignment]}" for assignment, guardian in rows}


def _watch(bench: BenchCell) -> None:
    """Note at each commit which guardian's wish or boundary a service has from now on."""
    with bench.connect() as connection:
        connection.execute(_NOTED)
        for service in HEARING:
            for table in ("preference", "boundary"):
                connection.execute(
                    f"CREATE CONSTRAINT TRIGGER noted AFTER INSERT OR UPDATE ON {service}.{table} "
                    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION noted.note()"
                )


def _quiet(bench: BenchCell) -> bool:
    """Nothing waits in an outbox or a queue of those who hear."""
    lanes = [f"{service}.{lane}" for service in WORKERS for lane in ("urgent", "normal", "bulk")]
    return _number(bench, "SELECT count(*) FROM surveys.outbox") == 0 and not any(bench.queue_depth(lane) for lane in lanes)


def answer_of(place: int) -> dict[str, Any]:
    """What the family at that place answers."""
    return {
        "often": {"values": ["weekly" if place % 2 else "monthly"]},
        "more": {"values": ["stop" if place % STOPS_EVERY == 0 else "gladly"]},
        "anything": {"text": "The bus is late on rainy days."},
    }


def _submit(port: int, journeys: Sequence[tuple[str, str]], *, rate: int) -> Sent:
    """Every answer at its moment."""
    clock, began, turns, lock = SystemClock(), monotonic(), count(), threading.Lock()
    start, sent, wrong = clock.now(), Sent(), list[int]()
    pause = threading.Event()

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while (place := next(turns)) < len(journeys):
            guardian, path = journeys[place]
            wait = began + place / rate - monotonic()
            if wait > 0:
                pause.wait(wait)
            body = json.dumps({"answers": answer_of(int(guardian.rpartition("-")[2])), "wish": "send"})
            connection.request("POST", path, body, {"Content-Type": "application/json", "Accept": "application/json"})
            response = connection.getresponse()
            response.read()
            with lock:
                if response.status == 200:
                    sent.at[guardian] = start + timedelta(seconds=place / rate)
                    sent.accepted[guardian] = monotonic() - began - place / rate
                else:
                    wrong.append(response.status)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} answers were not taken: {sorted(set(wrong))}")
    return sent


def _applied(bench: BenchCell, guardians: Sequence[str]) -> None:
    """Return when both services have the wishes of all of them."""
    first, last = guardians[0], guardians[-1]
    query = (
        "SELECT count(DISTINCT (service, guardian_id)) FROM noted.applied "
        "WHERE what = 'preference' AND guardian_id BETWEEN %s AND %s"
    )
    wanted = len(HEARING) * len(guardians)
    until(lambda: _number(bench, query, first, last) >= wanted, what="the wishes to be applied", seconds=PATIENCE_S, every=0.5)


@contextmanager
def _pestering(bench: BenchCell) -> Iterator[dict[str, str]]:
    """Whoever's boundary notifications has is at once sent an invitation, as a service gone wrong would; by guardian."""
    tried: dict[str, str] = {}
    ending = threading.Event()

    def pester() -> None:
        last = False
        while not last:
            last = ending.wait(0.25)
            with bench.connect() as connection:
                rows = connection.execute(
                    "SELECT guardian_id FROM noted.applied WHERE what = 'boundary' AND service = 'notifications'"
                ).fetchall()
            fresh = sorted({row[0] for row in rows} - tried.keys())
            if fresh:
                tried.update(_invite(bench, fresh))

    thread = threading.Thread(target=pester)
    thread.start()
    try:
        yield tried
    finally:
        ending.set()
        thread.join()


def _invite(bench: BenchCell, guardians: Sequence[str]) -> dict[str, str]:
    """An invitation for each, said by surveys' own outbox; the assignment that it names."""
    due_at = SystemClock().now() + timedelta(days=7)
    named = {guardian: f"pestering-{guardian}" for guardian in guardians}
    with bench.runtime.unit_of_work("surveys", DISTRICT) as uow:
        for guardian, assignment in named.items():
            uow.emit(
                "surveys.survey_assigned",
                {
                    "survey_id": f"pestering-{guardian}", "kind": "welcome", "school_id": world.SCHOOL, "question_ids": ["often"],
                    "due_at": due_at, "reminder": False,
                    "asked": [{
                        "assignment_id": assignment, "guardian_id": guardian, "student_ids": [guardian.replace("g-", "s-")],
                        "link": "https://example.org/s/none",
                    }],
                },
            )  # fmt: skip
    return named


def _tried(bench: BenchCell, tried: Mapping[str, str], given: Any) -> tuple[list[str], int, int]:
    """(who was tried, what was not refused, what was): invitations to notifications, and a new campaign of surveys."""
    until(lambda: _quiet(bench), what="the attempts to be heard", seconds=PATIENCE_S, every=0.5)
    again = "bench_again"
    world.ports(bench.file.parent, bench.runtime.link_key, definition=DEFINITION.replace(SURVEY, again), survey=again)
    world.send(bench.runtime, given, now=SystemClock().now(), survey=again)
    new = "SELECT count(*) FROM surveys.assignment a WHERE a.survey_id = %s"
    bounded = "(SELECT guardian_id FROM surveys.boundary WHERE active)"
    others = f"SELECT count(*) FROM surveys.guardian WHERE guardian_id NOT IN {bounded}"
    until(lambda: _number(bench, new, again) >= _number(bench, others), what="the new campaign", seconds=PATIENCE_S, every=0.5)
    asked = _number(bench, f"{new} AND guardian_id IN {bounded}", again)
    invited = "SELECT count(*) FROM notifications.delivery WHERE opens->>'ref' LIKE 'pestering-%'"
    refused = _number(bench, f"{invited} AND state = 'refused'")
    return sorted(tried), len(tried) - refused + asked, refused


def _number(bench: BenchCell, query: str, *values: str) -> int:
    with bench.connect() as connection:
        row = connection.execute(query, list(values) or None).fetchone()
    return int(row[0]) if row else 0


def _figures(bench: BenchCell, made: Sent) -> dict[str, Any]:
    """Waits from an answer's moment until the second of the two services had it."""
    sent = made.at
    with bench.connect() as connection:
        rows = connection.execute(
            "SELECT what, guardian_id, min(at), max(at), count(DISTINCT service) FROM noted.applied GROUP BY what, guardian_id"
        ).fetchall()
    waits = {what: sorted((last - sent[who]).total_seconds() for w, who, _, last, _ in rows if w == what and who in sent)
             for what in ("preference", "boundary")}  # fmt: skip
    wishes = [(who, last) for what, who, _, last, _ in rows if what == "preference" and who in sent]
    later = sorted((last - sent[who]).total_seconds() - made.accepted[who] for who, last in wishes)
    both = [who for what, who, _, _, services in rows if what == "preference" and who in sent and services == len(HEARING)]
    return {
        "p99_s": _part(waits["preference"], 0.99),
        "p50_s": _part(waits["preference"], 0.5),
        "max_s": _part(waits["preference"], 1.0),
        "receipt_p99_s": _part(sorted(made.accepted.values()), 0.99),
        "after_receipt_p99_s": _part(later, 0.99),
        "boundary_p99_s": _part(waits["boundary"], 0.99),
        "answers": len(sent),
        "lost": len(sent) - len(both),
    }


def _part(waits: Sequence[float], part: float) -> float | None:
    return round(waits[min(len(waits) - 1, int(len(waits) * part))], 3) if waits else None
