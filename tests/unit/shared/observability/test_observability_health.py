"""Alive is about us, ready is about what we need; a trace survives hops; labels stay few."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backing.state import REPOSITORY
from shared.observability import metrics
from shared.observability.health import Health
from shared.observability.supervisor import Watchdog, notify, watchdog_seconds, without_supervision
from shared.observability.trace import TraceParent, continuing, current, outgoing


def _refuse() -> None:
    raise ConnectionRefusedError("host=10.1.2.3 password=secret")


def test_a_process_without_its_database_is_alive_and_not_ready() -> None:
    health = Health("surveys")
    health.add("broker", lambda: None)
    health.add("database", _refuse)
    assert health.livez()[0] == 200
    status, body = health.readyz()
    assert (status, body["status"]) == (503, "not ready")
    checks = body["checks"]
    assert isinstance(checks, dict)
    assert checks["broker"] == "ok"
    assert checks["database"].startswith("ConnectionRefusedError")
    assert "secret" not in str(body)


def test_a_draining_process_takes_no_more_work_and_lives() -> None:
    health = Health("surveys")
    assert health.readyz()[0] == 200
    health.drain()
    assert health.readyz()[1]["status"] == "draining"
    assert health.livez()[0] == 200


def test_a_loop_that_stops_coming_round_is_stalled() -> None:
    time = [0.0]
    health = Health("relay", stall_after=30, elapsed=lambda: time[0])
    time[0] = 31
    assert health.livez()[0] == 503
    health.beat()
    assert health.livez()[0] == 200


@given(st.from_regex(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", fullmatch=True))
def test_a_traceparent_reads_back_as_written(header: str) -> None:
    parsed = TraceParent.parse(header)
    assert parsed is None or str(parsed) == header


@given(st.text() | st.none())
def test_any_other_header_starts_a_new_trace(header: str | None) -> None:
    with continuing(header) as span:
        assert TraceParent.parse(str(span)) == span


def test_what_leaves_during_a_span_belongs_to_its_trace() -> None:
    assert current() is None
    with continuing(str(TraceParent("ab" * 16, "cd" * 8))):
        sent = TraceParent.parse(outgoing())
    assert sent is not None
    assert sent.trace_id == "ab" * 16
    assert sent.span_id != "cd" * 8
    assert current() is None


def test_the_hundred_and_first_district_is_counted_as_other() -> None:
    labels = {metrics.district_label(f"district-{number}") for number in range(150)}
    assert "other" in labels
    assert len(labels) <= metrics.MOST_DISTRICTS + 1


def test_the_exposition_carries_declared_names_only() -> None:
    metrics.INBOX_DUPLICATES.labels(service="surveys", lane="normal").inc()
    body, content_type = metrics.exposition()
    assert b'inbox_duplicates_total{lane="normal",service="surveys"}' in body
    assert content_type.startswith("text/plain")


def test_the_metrics_page_is_the_one_in_the_docs() -> None:
    assert (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8") == metrics.page()


def test_systemd_hears_that_we_are_ready(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        assert notify("READY=1", environ={"NOTIFY_SOCKET": address})
        assert receiver.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_sent() -> None:
    assert not notify("READY=1", environ={})
    assert watchdog_seconds({}) is None
    assert watchdog_seconds({"WATCHDOG_USEC": "60000000"}) == 30


def test_a_watchdog_is_told_as_often_as_it_asks(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    now = [0.0]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.setblocking(False)
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000000"}
        watchdog = Watchdog(environ, elapsed=lambda: now[0])
        for second in range(31):
            now[0] = second
            watchdog.beat()
        told = [receiver.recv(100) for _ in range(3)]
        assert told == [b"WATCHDOG=1"] * 3  # at 0, 15 and 30 s: twice as often as half of what is allowed
        with pytest.raises(BlockingIOError):
            receiver.recv(100)


def test_children_of_a_supervised_process_do_not_answer_for_it() -> None:
    assert without_supervision({"NOTIFY_SOCKET": "s", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "PATH": "p"}) == {
        "PATH": "p"
    }


def test_readiness_is_asked_at_each_scrape() -> None:
    well = [True]

    def check() -> None:
        if not well[0]:
            raise ConnectionError

    health = Health("scraped")
    health.add("database", check)
    assert metrics.REGISTRY.get_sample_value("ready", {"service": "scraped"}) == 1
    well[0] = False
    assert metrics.REGISTRY.get_sample_value("ready", {"service": "scraped"}) == 0
