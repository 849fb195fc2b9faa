"""Nothing about a person reaches a log line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import SimulatedClock
from shared.observability.logs import configure, get_logger
from shared.observability.redact import REDACTED, SAFE_KEYS, exception_summary, redact
from shared.observability.trace import continuing

CANARY = "Zaphod Beeblebrox"


@given(st.dictionaries(st.text(max_size=20), st.text(), max_size=8))
def test_a_key_nobody_declared_safe_is_redacted(line: dict[str, str]) -> None:
    before = dict(line)
    after = redact(line)
    assert all(after[key] == REDACTED for key in before if key not in SAFE_KEYS)


@pytest.mark.parametrize("text", ["ana.diaz@example.org", "call +1 512 555 0134 now", "<ana@example.co.uk>"])
def test_a_contact_point_in_a_safe_field_is_redacted(text: str) -> None:
    assert not {"ana", "555"} & set(str(redact({"reason": text})["reason"]).replace("@", " ").split())
    assert REDACTED in redact({"reason": text})["reason"]


@pytest.mark.parametrize(
    "text", ["018f3c6e-1111-7000-8000-5125550134ab", "2026-09-08T14:00:00+00:00", "notifications.normal"]
)
def test_ids_times_and_names_of_queues_stay(text: str) -> None:
    assert redact({"event_id": text})["event_id"] == text


def test_a_mapping_in_a_safe_field_is_redacted_too() -> None:
    assert redact({"where": {"line": 3, "given_name": CANARY}})["where"] == {"line": 3, "given_name": REDACTED}


def test_an_exception_shows_type_and_place_and_not_its_text() -> None:
    try:
        try:
            int(CANARY)
        except ValueError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError as error:
        summary = exception_summary(error)
    assert summary.startswith("RuntimeError at test_observability_redact.py:")
    assert "caused by ValueError" in summary
    assert CANARY not in summary


@pytest.fixture
def lines(clock: SimulatedClock) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure("notifications", cell="metro", clock=clock, stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def test_a_line_is_one_json_object_with_time_service_and_trace(lines: io.StringIO) -> None:
    with continuing("00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"):
        get_logger("relay").info("batch published", count=3, recipient=CANARY)
    line = json.loads(lines.getvalue())
    assert line["timestamp"] == "2026-09-08T14:00:00.000+00:00"
    assert (line["service"], line["cell"], line["level"], line["component"]) == (
        "notifications",
        "metro",
        "info",
        "relay",
    )
    assert (line["event"], line["count"], line["recipient"]) == ("batch published", 3, REDACTED)
    assert line["trace_id"] == "ab" * 16


def test_a_foreign_library_cannot_log_a_message_body(lines: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("kombu").exception("cannot decode %r", CANARY)
    line = json.loads(lines.getvalue())
    assert CANARY not in lines.getvalue()
    assert (line["event"], line["component"]) == ("cannot decode %r", "kombu")
    assert line["exception"].startswith("ValueError at ")


def test_our_own_exception_log_hides_the_text(lines: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        get_logger("inbox").exception("handler failed")
    assert CANARY not in lines.getvalue()
    assert "ValueError at " in json.loads(lines.getvalue())["exception"]
