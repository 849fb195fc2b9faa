"""The oracle of clock changes bites, and finds nothing to bite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.scheduling.domain import availability_clock, series
from shared.benches import dst
from shared.benches.dst_oracle import EPOCH, Clocks


@pytest.fixture
def one_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dst, "ZONES", {"Australia/Lord_Howe": 2026})
    monkeypatch.setattr(dst, "WALLS", dst.WALLS[4:7])


def test_nothing_is_wrong_over_two_changes_of_clocks(one_zone: None):
    figures = dst.run(last=2026, say=lambda _: None)
    assert figures["wrong"] == 0 and figures["clock_changes"] == 2
    assert figures["slots_checked"] > 5_000 and figures["occurrences_checked"] > 1_500
    assert figures["nonexistent_skipped"] and figures["doubled_skipped"], "the critical hours were among them"
    assert all(figures["peers_nonexistent_emitted"].values()), "the libraries that we do not use give hours that never come"


def test_an_hour_taken_once_too_often_is_found(one_zone: None, monkeypatch: pytest.MonkeyPatch):
    def careless(zone, wall):
        return int(zone.utcoffset(wall).total_seconds())

    monkeypatch.setattr(availability_clock, "_offset_at", careless)
    availability_clock.offset_of_day.cache_clear()
    assert dst.run(last=2026, say=lambda _: None)["wrong"] > 0
    availability_clock.offset_of_day.cache_clear()


def test_a_series_on_an_hour_that_never_comes_is_found(one_zone: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        series, "instant", lambda day, at, zone: datetime.combine(day, at, zone).astimezone(UTC)
    )
    assert dst.run(last=2026, say=lambda _: None)["wrong"] > 0


def test_the_oracle_knows_of_apia_s_missing_day_and_of_new_york_s_long_night():
    def shown(clocks: Clocks, text: str) -> int:
        return len(clocks.instants((datetime.fromisoformat(text) - EPOCH) // timedelta(seconds=1)))

    apia, new_york = Clocks("Pacific/Apia", 2011, 2011), Clocks("America/New_York", 2027, 2027)
    assert [shown(apia, f"2011-12-{day}T12:00") for day in (29, 30, 31)] == [1, 0, 1]
    assert [shown(new_york, each) for each in ("2027-03-14T02:30", "2027-11-07T01:30", "2027-11-07T02:00")] == [0, 2, 1]
