"""Near matches: what rapidfuzz finds by comparing everything, found by comparing a little."""

from __future__ import annotations

import hashlib
import random

import pytest
from rapidfuzz import fuzz, process

from services.translation.domain.memory_fuzzy import FuzzyIndex, terms
from shared.benches.memory_texts import changed, segments


def key(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def index(*texts: str, **options: int) -> FuzzyIndex:
    return FuzzyIndex([(key(text), text) for text in texts], **options)


@pytest.fixture(scope="module")
def many() -> list[str]:
    return sorted(set(segments(8_000, seed=3)))


def test_the_best_match_of_a_comparison_with_everything_is_found(many):
    built, draw = index(*many), random.Random(5)
    missed = 0
    for _ in range(100):
        asked = changed(draw.choice(many), draw)
        best = process.extractOne(asked, many, scorer=fuzz.ratio, score_cutoff=70)
        found = built.nearest(asked, limit=1)
        missed += best is not None and (not found or found[0].score < best[1])
    assert missed <= 1


def test_the_same_letters_score_a_hundred_and_nothing_below_the_floor_is_told():
    built = index("the bus is late", "the bus is early", "bring your lunch on monday")
    near = built.nearest("the bus is late", limit=3)
    assert [(one.key, one.score) for one in near][:1] == [(key("the bus is late"), 100.0)]
    assert all(one.score >= 70 for one in near) and len(near) == 2
    assert built.nearest("photosynthesis") == []


def test_what_was_approved_a_moment_ago_is_found_and_indexing_again_loses_nothing(many):
    built = index(*many[:500], rebuild_at=20)
    for text in many[500:600]:
        built.add([(key(text), text)])
    assert len(built) == 600
    assert all(built.nearest(text, limit=1)[0].score == 100.0 for text in many[:600:7])


@pytest.mark.parametrize("text", ["", " ", "⟦0⟧", "…", "🙂🙂", "\u200f\u202b", "\ud800", "ok", "a" * 70_000, "ab " * 20_000])
def test_odd_texts_are_asked_and_kept_without_error(text):
    built = index("see you on monday", text)
    assert all(near.score <= 100 for near in built.nearest(text))
    assert FuzzyIndex().nearest(text) == []


def test_scripts_without_spaces_are_found_by_pairs_of_characters():
    assert terms("明天没有课") == ["明天", "天没", "没有", "有课"]
    assert terms("le chat noir") == ["le", "chat", "noir"]
    built = index("明天没有课请在家", "รถโรงเรียนมาสาย")
    assert built.nearest("明天没有课请在家吧")[0].key == key("明天没有课请在家")
    assert built.nearest("รถโรงเรียนมาสายมาก")[0].score > 80


def test_long_texts_are_weighed_by_their_rarest_words_without_overflow():
    long = " ".join(f"word{number} common text here" for number in range(120))
    built = index(long, "common text here", *(f"common text {n}" for n in range(50)))
    assert built.nearest(long + " more", limit=1)[0].key == key(long)
