"""The bench of languages counts an engine's work once a language and fills every reader's text."""

from __future__ import annotations

from shared.benches import fanout_languages as bench


def test_an_engine_works_once_a_language_however_many_read_it() -> None:
    few = bench.run(guardians=1_000, languages=9, say=lambda line: None)
    many = bench.run(guardians=4_000, languages=9, say=lambda line: None)
    assert few["engine_calls"] == many["engine_calls"] == 8, "English is the source"
    assert (many["languages"], many["broken"], many["guardians"]) == (9, 0, 4_000)
    assert many["machine_translated"] >= 6 and many["rss_growth_mb"] < 20


def test_the_verdict_says_when_a_bar_is_missed() -> None:
    good = {"renders_per_s_per_core": 100_000, "engine_calls": 30, "broken": 0}
    assert bench.met(good)
    assert not any(bench.met(good | wrong) for wrong in ({"engine_calls": 31}, {"broken": 1}, {"renders_per_s_per_core": 99_999}))
