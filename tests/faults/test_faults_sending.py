"""Every process killed while texts, calls and mails are handed over: nothing lost, no text and no call twice."""

from __future__ import annotations

import pytest

from shared.benches import sendfaults


@pytest.mark.timeout(600)
def test_each_sort_of_process_killed_once_loses_nothing_and_sends_no_text_or_call_twice(backing: object) -> None:
    """`backing` first: it installs what a fresh machine lacks."""
    said: list[str] = []
    figures = sendfaults.run(kills=len(sendfaults.KINDS), seed=3, rate=10, say=said.append)
    assert set(figures["kills"]) == set(sendfaults.KINDS), "every sort had its turn"
    assert figures["lost"] == 0, (figures["lost_how"], figures["states"], said[-10:])
    assert (figures["duplicate_sms"], figures["duplicate_voice"]) == (0, 0)
    assert figures["came_to_rest_s"] is not None
    assert figures["sent"] + figures["unknown"] >= figures["promised"]
    assert figures["mails"] - figures["email_duplicates"] > 0 and len(figures["taken_by_account"]) == 4
