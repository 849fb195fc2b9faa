"""The corpus that identification is measured with is what the bench says of it, and apart from what the models are made of."""

from __future__ import annotations

import pytest
import yaml

from services.translation.langid import texts
from services.translation.langid.letters import padded
from services.translation.langid.scripts import words_of
from shared.benches import langid as bench


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[str]]:
    return yaml.safe_load(bench.DATA.read_text(encoding="utf-8"))


def test_it_has_replies_of_one_to_four_words_in_more_than_forty_languages(corpus):
    assert len(corpus) > bench.LEAST_LANGUAGES
    for tag, replies in corpus.items():
        assert len(replies) == len(set(replies)) >= 14, tag
        assert all(isinstance(reply, str) and 1 <= len(reply.split()) <= bench.MOST_WORDS for reply in replies), tag


def test_no_reply_of_several_words_is_in_the_running_text_and_none_that_is_measured_in_the_everyday_words(corpus):
    measured = bench._unseen(corpus)
    assert sum(map(len, measured.values())) > 800
    for tag, replies in measured.items():
        page = texts.page(tag.split("-")[0])
        if page is None:
            continue
        running = [padded(words_of(line)) for line in page.running]
        everyday = {padded(words_of(line)) for line in page.everyday}
        for reply in replies:
            line = padded(words_of(reply))
            assert line not in everyday, tag
            assert len(reply.split()) == 1 or not any(line in text for text in running), tag


def test_saying_always_the_declared_language_is_worth_half():
    declared = [("a", "so", []), ("b", "vi", [])]
    english = [("yes", "so", []), ("yes", "vi", [])]
    assert bench._balanced(["so", "vi"], ["so", "vi"], declared, english) == 0.5
    assert bench._balanced(["so", "vi"], ["en", "en"], declared, english) == 1.0


def test_a_missed_bar_is_said():
    good = {"accuracy": 0.98, "languages": 57, "us_per_text": 50, "mb": 80, "most_words": 4}
    assert bench.met(good)
    for change in ({"accuracy": 0.96}, {"languages": 39}, {"us_per_text": 201}, {"mb": 121}, {"most_words": 5}):
        assert not bench.met(good | change)
